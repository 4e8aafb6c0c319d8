"""One part of an item at one size: the paper's T, network and budget become the size's."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any, Protocol

from pipeline_src.run.checking import check_known, validated
from pipeline_src.run.errors import InputError
from pipeline_src.run.overrides import merge
from pipeline_src.run.settings import Dataset, Experiment, Stage
from pipeline_src.run.settings.experiment import GeometryScores, Override, Properties
from pipeline_src.run.settings.guides import PaperAugmentation, ReleasedAugmentation
from pipeline_src.run.settings.paper import Item, Part, Walk
from pipeline_src.run.settings.samplers import ByProcess, Langevin, SamplerChoice
from pipeline_src.run.settings.sampling import SampleCount
from pipeline_src.run.settings.sizes import Scalings, Size

DIFFUSION = "ve_diffusion"


class From(Protocol):
    """Item, size and part that an experiment is made of."""

    item: str
    size: str
    part: str
    words: str


def check_patterns(where: str, scalings: Scalings, stages: Mapping[str, dict]) -> None:
    """Raise ``InputError`` if a name or pattern of stages is that of none."""
    for pattern in scalings.stages:
        if not any(fnmatchcase(stage, pattern) for stage in stages):
            check_known(where, pattern, stages)


def part_experiment(origin: From, item: Item, size: Size, stages: Mapping[str, dict],
                    chains: Mapping[str, tuple[str, ...]], datasets: Mapping[str, Dataset],
                    ) -> Experiment:
    """The part as an experiment that names every change of every stage of its chains.

    Raises:
        InputError: the size has no dataset, T or sampler that the part needs.
    """
    part = item.parts[origin.part]
    walked = [[element for element in chains[chain] if element in stages] for chain in part.chains]
    papers = {name: _as_papers(origin, part, name, stages[name])
              for name in dict.fromkeys(name for chain in walked for name in chain)}
    levels = {name: _papers_steps(part, name, stage) for name, stage in papers.items()}
    changes = {name: merge(_told(part, name), _scaled(origin, part, size, name, papers[name],
                                                      levels[name], _coarse(walked, name, levels)))
               for name in papers}
    test = tuple(_dataset(origin, size, role) for role in part.test)
    for row in item.rows:
        if row.delta_angstrom and item.part_of(row) == origin.part:
            name = _dataset(origin, size, row.dataset or part.test[0])
            if row.delta_angstrom not in (known := datasets[name].deltas_angstrom):
                raise InputError(f"{origin.words}: rows: {row.label}: delta_angstrom",
                                 row.delta_angstrom, f"one of dataset {name}'s: {list(known)}")
    return Experiment(
        description=f"{item.title}: {part.description}" if part.description else item.title,
        train=_dataset(origin, size, part.train), test=test, chains=part.chains,
        seeds=size.item_seeds.get(origin.item, size.seeds), baselines=part.baselines,
        notes=(*size.notes, *part.notes), stereo="ignore", overlap=part.overlap,
        samplers={name: _sampler(origin, part, size, walk, papers)
                  for name, walk in part.samplers.items()},
        samples=SampleCount(count=size.properties.conformers) if part.properties else size.samples,
        override=Override(stages=changes),
        geometry=GeometryScores(bootstrap_resamples=size.bootstrap_resamples),
        properties=Properties(dataset=test[0], **size.properties.model_dump())
        if part.properties else None,
        validity=size.validity.section() if part.validity and size.validity else None)


def _told(part: Part, name: str) -> dict[str, Any]:
    """What the part changes of a stage."""
    return merge(part.override.every_stage, part.override.stages.get(name, {}))


def _as_papers(origin: From, part: Part, name: str, raw: Mapping[str, Any]) -> Stage:
    """The stage in the paper's units."""
    return validated(Stage, merge(raw, _told(part, name)), f"stage '{name}' of {origin.words}")


def _papers_steps(part: Part, name: str, stage: Stage) -> int | None:
    """The paper's T of a stage; None where time is continuous."""
    if stage.process.kind == DIFFUSION and part.steps is not None:
        steps = part.steps if isinstance(part.steps, int) else part.steps.get(name)
        return steps or stage.process.steps
    return stage.process.steps


def _coarse(walked: list[list[str]], name: str, levels: Mapping[str, int | None]) -> set[int]:
    """The paper's T of the stages that come before ``name`` and have one."""
    before = {chain[k - 1] for chain in walked for k in range(1, len(chain)) if chain[k] == name}
    return {steps for stage in before if (steps := levels[stage])}


def _scaled(origin: From, part: Part, size: Size, name: str, stage: Stage, steps: int | None,
            coarse: set[int]) -> dict[str, Any]:
    """What the size changes of a stage: its network, its training, and each T."""
    changes: dict[str, Any] = {}
    for scalings in (size, size.roles[part.train]) if part.train in size.roles else (size,):
        changes = merge(changes, scalings.every_stage.changes())
        for pattern, scaling in scalings.stages.items():
            if fnmatchcase(name, pattern):
                changes = merge(changes, scaling.changes())
    if steps is not None:
        kind = stage.process.kind
        scaled = _mapped(origin, size, kind, steps)
        changes["process"] = {"steps": scaled}
        if kind == DIFFUSION and scaled in size.beta_ends:
            changes["process"]["beta_end"] = size.beta_ends[scaled]
    augmentation = stage.guide.augmentation if stage.guide else None
    if hasattr(augmentation, "steps"):
        changes["guide"] = {"augmentation": _noise(
            origin, size, augmentation, _augmented(origin, part, name, stage, coarse))}
    return changes


def _noise(origin: From, size: Size, augmentation: PaperAugmentation | ReleasedAugmentation,
           steps: int) -> dict[str, Any]:
    """The noise on a guide with the size's T in the place of the paper's ``steps``.

    Levels 1 to 10 of 500 are noise to 0.02 Å, of 40 to 0.2 Å: the highest one is scaled as T is.
    """
    scaled = _mapped(origin, size, DIFFUSION, steps)
    found = {"kind": augmentation.kind, "steps": scaled}
    if isinstance(augmentation, PaperAugmentation):
        found["max_step"] = max(1, round(augmentation.max_step * scaled / steps))
    return found


def _augmented(origin: From, part: Part, name: str, stage: Stage, coarse: set[int]) -> int:
    """The paper's T that the noise on a stage's guide is of: that of the stage before."""
    if len(coarse) > 1:
        raise InputError(f"{origin.words}: steps", sorted(coarse), "one T of all stages that come "
                         f"before '{name}', which its augmentation takes")
    if coarse and stage.process.kind == DIFFUSION:
        return next(iter(coarse))
    return part.steps if isinstance(part.steps, int) else stage.guide.augmentation.steps


def _mapped(origin: From, size: Size, process: str, steps: int) -> int:
    known = size.steps.get(process, {})
    if steps not in known:
        raise InputError(f"sizes/{origin.size}.yaml: steps.{process}", sorted(known),
                         f"a T for the paper's T of {steps} too, which {origin.words} has",
                         f"Add `{steps}: ...` there.")
    return known[steps]


def _dataset(origin: From, size: Size, role: str) -> str:
    if role not in size.roles:
        raise InputError(f"sizes/{origin.size}.yaml: roles", sorted(size.roles),
                         f"a dataset for the role '{role}' too, which {origin.words} has")
    return size.roles[role].dataset


def _sampler(origin: From, part: Part, size: Size, walk: Walk, papers: Mapping[str, Stage],
             ) -> SamplerChoice:
    """The samplers of the part's processes with the size's numbers."""
    own = {sampler.undoes: sampler for sampler in (*size.samplers,
                                                   *size.roles[part.train].samplers)}
    found = []
    for process in dict.fromkeys(stage.process.kind for stage in papers.values()):
        if process not in own:
            raise InputError(f"sizes/{origin.size}.yaml: samplers", sorted(own),
                             f"one for '{process}' too, which {origin.words} has")
        sampler = own[process]
        if process == DIFFUSION and walk.steps:
            sampler = sampler.model_copy(
                update={"steps": _mapped(origin, size, DIFFUSION, walk.steps)})
        found.append(sampler)
    return ByProcess(samplers=tuple(found)) if found else Langevin()
