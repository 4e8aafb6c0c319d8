"""The configuration as one registry: datasets, stages, chains, experiments; checked as a whole."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError

from pipeline_src.run.checking import check_known, check_name, validated
from pipeline_src.run.errors import InputError
from pipeline_src.run.items import KEY, Items, make_experiments, read_item, read_sizes
from pipeline_src.run.overrides import merge, with_its_levels
from pipeline_src.run.settings import Dataset, Experiment, Stage, explain
from pipeline_src.run.settings.base import Settings
from pipeline_src.run.settings.levels import LevelOptions
from pipeline_src.run.settings.paper import Item
from pipeline_src.run.settings.reference import ReferenceSet
from pipeline_src.run.settings.samplers import sampler_of
from pipeline_src.run.settings.sampling import SourceSettings
from pipeline_src.run.yaml_files import read_mapping

SOURCES: tuple[str, ...] = get_args(SourceSettings.model_fields["source"].annotation)
IMPORTED = "imported"  # in results/stages beside the datasets: stages that are not trained here
_RESERVED = (  # folders of results/ beside those of the experiments
    "benchmarks", "datasets", "logs", "overlap", "paper", "properties", "property_scores",
    "references", "relaxed", "samples", "scores", "stages", "validity_scores")
_RULES = ("experiments", "export_generated", "generate",
          *(file.stem for file in Path(__file__).resolve().parents[1].glob("*.py")))


class _OnlyLevels(Settings):
    """The options of levels apart from the stages they are for."""

    levels: LevelOptions = LevelOptions()


# Any stage: what an override changes is looked at even where no chain has a stage.
_BARE = {"level": "all", "guide": {"level": "heavy"}, "backbone": {"kind": "guided_dual_encoder"}}


@dataclass(frozen=True)
class Registry:
    """All named settings; stages stay raw because experiments merge their overrides into them."""

    datasets: dict[str, Dataset]
    stages: dict[str, dict[str, Any]]
    chains: dict[str, tuple[str, ...]]
    experiments: dict[str, Experiment]
    references: dict[str, ReferenceSet] = field(default_factory=dict)
    paper: Items = field(default_factory=Items)
    _stages: dict[tuple[str, str], Stage] = field(
        default_factory=dict, init=False, repr=False, compare=False)  # as experiments see them

    @property
    def listed(self) -> dict[str, Experiment]:
        """The experiments with a file of their own, which are not made from an item."""
        return {name: experiment for name, experiment in self.experiments.items()
                if name not in self.paper.origins}

    def file_of(self, experiment: str) -> str:
        """Where an experiment is written, for messages."""
        origin = self.paper.origins.get(experiment)
        return origin.words if origin else f"experiments/{experiment}.yaml"

    def stage(self, name: str, experiment: str) -> Stage:
        """The stage as ``experiment`` sees it: registered settings, then its overrides.

        Raises:
            InputError: a key of the registered stage or of the overrides is wrong.
        """
        if (name, experiment) in self._stages:
            return self._stages[name, experiment]
        override = self.experiments[experiment].override
        own = override.stages.get(name, {})
        raw = merge(merge(self.stages[name], override.every_stage), own)
        raw = with_its_levels(raw, override.every_stage, own)
        stage = validated(Stage, raw, f"stage '{name}' of experiment '{experiment}'")
        self._stages[name, experiment] = stage.identity()
        return self._stages[name, experiment]

    def seen_from(self, folder: Path, root: Path) -> "Registry":
        """The same with the paths, which are relative to ``root``, relative to ``folder``."""
        def move(path: str) -> str:
            return seen_from(folder, root, path)

        return replace(
            self, datasets={name: d.moved(move) for name, d in self.datasets.items()},
            references={name: r.moved(move) for name, r in self.references.items()})


def seen_from(folder: Path, root: Path, path: str) -> str:
    """``path``, relative to ``root``, relative to ``folder``; an absolute one stays."""
    if folder == root or os.path.isabs(path):
        return path
    return os.path.relpath(root / path, folder)


def load_registry(config: Path) -> Registry:
    """Read and check everything under the folder ``config``.

    Raises:
        InputError: a file is missing or not YAML, a key is unknown, a name is not registered, or
            a chain does not fit together; says where, what came and what was expected.
    """
    datasets = {name: validated(Dataset, raw, f"datasets.yaml: {name}")
                for name, raw in read_mapping(config / "datasets.yaml").items()}
    stages = read_mapping(config / "stages.yaml")
    for name, raw in stages.items():
        validated(Stage, raw, f"stages.yaml: {name}")
        if name in SOURCES:
            raise InputError("stages.yaml", name, f"a name that is no source ({SOURCES})")
    if IMPORTED in datasets:
        raise InputError("datasets.yaml", IMPORTED, "another name: stages with weights of others "
                         "lie in a folder of that name")
    chains = {name: validated(tuple[str, ...], raw, f"chains.yaml: {name}")
              for name, raw in read_mapping(config / "chains.yaml").items()}
    for file in (config / "experiments").glob("*.yml"):
        raise InputError(f"experiments/{file.name}", file.suffix, "a file that ends in .yaml",
                         f"Rename it to {file.stem}.yaml.")
    for chain, elements in chains.items():
        _check_elements(f"chains.yaml: {chain}", elements, stages)
    references = _references(config / "references.yaml")
    own, items = _experiments(config / "experiments")
    paper, made = make_experiments(items, read_sizes(config / "sizes"), stages, chains, datasets)
    experiments = own | made
    if twice := sorted(set(own) & set(made)):
        raise InputError("experiments", f"{twice[0]}.yaml", "another file name: an item of the "
                         "paper makes an experiment of that name")
    registry = Registry(datasets, stages, chains, experiments, references, paper)
    for where, names in (("datasets.yaml", datasets), ("stages.yaml", stages),
                         ("chains.yaml", chains), ("experiments", experiments),
                         ("references.yaml", references)):
        for name in names:
            check_name(where, name)
    for name in (*experiments, *paper.targets()):
        for taken, what in ((_RESERVED, "results/ has a folder"), (_RULES, "there is a rule")):
            if name in taken:
                raise InputError("experiments", f"{name}.yaml", f"another file name: {what} of "
                                 f"that name (as of {', '.join(sorted(taken))})")
    for name in experiments:
        check_experiment(registry, name)
        _check_use(registry, name)
    return registry


def _experiments(folder: Path) -> tuple[dict[str, Experiment], dict[str, Item]]:
    """The experiments of a folder, and the items."""
    experiments, items = {}, {}
    for file in sorted(folder.glob("*.yaml")):
        raw = read_mapping(file)
        if KEY in raw:
            items[file.stem] = read_item(file, raw)
        else:
            experiments[file.stem] = validated(Experiment, raw, f"experiments/{file.name}")
    return experiments, items


def _references(file: Path) -> dict[str, ReferenceSet]:
    """The reference sets; a configuration without the file has none."""
    return {name: validated(ReferenceSet, raw, f"references.yaml: {name}")
            for name, raw in (read_mapping(file) if file.exists() else {}).items()}


def check_experiment(registry: Registry, name: str) -> None:
    """Raise ``InputError`` unless every name of the experiment is registered and its chains fit."""
    experiment, where = registry.experiments[name], registry.file_of(name)
    for dataset in (*experiment.test, *([experiment.train] if experiment.train else [])):
        check_known(f"{where}: train/test", dataset, registry.datasets)
    _check_override(experiment, where)
    for stage in experiment.override.stages:
        check_known(f"{where}: override.stages", stage, registry.stages)
        registry.stage(stage, name)
    for sampler in experiment.samplers:
        check_name(f"{where}: samplers", sampler)
    if experiment.properties and experiment.properties.dataset not in experiment.test:
        raise InputError(f"{where}: properties.dataset", experiment.properties.dataset,
                         f"one of the test datasets {list(experiment.test)}")
    for chain in experiment.chains:
        check_known(f"{where}: chains", chain, registry.chains)
        _check_chain(registry, name, chain)
    _check_baselines(experiment, where)


def _check_use(registry: Registry, name: str) -> None:
    """Refuse samplers by process, and options of levels, that no stage of its chains uses.

    ``generate`` may leave some unused: it draws one of an experiment's chains.
    """
    experiment, where = registry.experiments[name], registry.file_of(name)
    stages = [registry.stage(element, name) for chain in experiment.chains
              for element in registry.chains[chain] if element not in SOURCES]
    processes = sorted({stage.process.kind for stage in stages})
    for label, choice in experiment.samplers.items():
        for sampler in getattr(choice, "samplers", ()):
            if sampler.undoes not in processes:
                raise InputError(
                    f"{where}: samplers.{label}.samplers", sampler.kind, "samplers of its chains' "
                    f"processes only ({', '.join(processes) or 'none'})",
                    f"It undoes '{sampler.undoes}': leave it out.")
    levels = sorted({level for stage in stages for level in stage.level_names()})
    for level in experiment.override.every_stage.get("levels") or ():
        if level not in levels:
            raise InputError(f"{where}: override.every_stage.levels", level, "levels of its "
                             f"chains' stages only ({', '.join(levels) or 'none'})",
                             "Leave its options out.")


def _check_override(experiment: Experiment, where: str) -> None:
    """Refuse wrong keys and types of ``every_stage``; each stage is looked at as a whole apart."""
    shared = experiment.override.every_stage
    options = {"levels": shared["levels"]} if "levels" in shared else {}
    for model, raw in ((Stage, with_its_levels(merge(_BARE, shared), shared, {})),
                       (_OnlyLevels, options)):
        try:
            model.model_validate(raw)
        except ValidationError as error:
            if any(problem["type"] != "value_error" for problem in error.errors()):
                raise explain(error, f"{where}: override.every_stage", model) from None


def _check_baselines(experiment: Experiment, where: str) -> None:
    for chain, baseline in experiment.baselines.items():
        check_known(f"{where}: baselines", chain, dict.fromkeys(experiment.chains))
        check_known(f"{where}: baselines.{chain}", baseline, dict.fromkeys(experiment.chains))
        if chain == baseline:
            raise InputError(f"{where}: baselines.{chain}", baseline,
                             "another chain of the experiment than itself")


def _check_elements(where: str, elements: tuple[str, ...], stages: Mapping) -> None:
    if not elements:
        raise InputError(where, "an empty list", "a source or at least one stage")
    for element in elements[elements[0] in SOURCES:]:
        if element in SOURCES:
            raise InputError(where, element, "a stage", "A source may only stand first.")
        check_known(where, element, stages)


def _check_samplers(experiment: Experiment, where: str, name: str, stage: Stage) -> None:
    for sampler, choice in experiment.samplers.items():
        try:
            misfit = sampler_of(choice, stage.process).misfit(stage.process)
        except InputError as error:
            raise InputError(f"{where}: samplers.{sampler}", error.received,
                             f"{error.expected} of stage '{name}'", error.hint) from None
        if misfit:
            field, value, expected = misfit
            raise InputError(f"{where}: samplers.{sampler}.{field}", value,
                             f"{expected} of stage '{name}'")


def _check_chain(registry: Registry, experiment: str, chain: str) -> None:
    where, elements = f"chains.yaml: {chain}", registry.chains[chain]
    file, settings = registry.file_of(experiment), registry.experiments[experiment]
    previous = None  # level of the coarser element; '' after a source, which gives any level
    options: LevelOptions | None = None  # of the levels of the trained stages before
    for position, element in enumerate(elements):
        if element in SOURCES:
            previous = ""
            continue
        stage = registry.stage(element, experiment)
        if settings.train is None and not stage.weights:
            raise InputError(f"{file}: train", None,
                             f"a dataset: chain '{chain}' has the trained stage '{element}'")
        _check_samplers(settings, file, element, stage)
        wanted = stage.guide.level if stage.guide else None
        if position == 0 and wanted:
            raise InputError(where, f"'{element}' first",
                             f"a stage without a guide, or a source before it: '{element}' is "
                             f"conditioned on level '{wanted}'")
        if position and (wanted is None or previous not in ("", wanted)):
            raise InputError(where, f"'{element}' after level '{previous or elements[0]}'",
                             f"a stage whose guide has that level; its guide is {wanted!r}")
        if stage.guide and stage.guide.upsampler.kind == "oracle" and elements[0] != "oracle":
            raise InputError(where, elements[0], "source 'oracle' before an oracle upsampler")
        if wanted and options and (one := getattr(options, wanted, None)) != (
                other := getattr(stage.levels, wanted, None)):
            raise InputError(f"{where}: '{element}': levels.{wanted}", other,
                             f"the options of the stage before it: {one}")
        previous, options = stage.level, stage.levels
    if previous not in ("", "all"):
        raise InputError(where, f"an end at level '{previous}'", "a last stage of level 'all'")
