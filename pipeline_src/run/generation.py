"""Snakemake's config: a registry of one's own, and the ``generate`` target (SMILES in, SDF out)."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from pipeline_src.run.errors import InputError
from pipeline_src.run.registry import Registry, check_experiment
from pipeline_src.run.settings import Dataset, settings_hash
from pipeline_src.run.settings.readers import SmilesReader
from pipeline_src.run.settings.sampling import SampleCount
from pipeline_src.run.settings.splits import RandomSplit

TARGET = "generate"
DEFAULTS = {"conformers": 20, "chain": "geodiff-msgen2", "experiment": "demo", "shards": 1,
            "stereo": "keep"}


def config_folder(config: Mapping, root: Path) -> tuple[Path, Path]:
    """The folder of the registry, and the one that the paths in it are relative to.

    Args:
        config: Snakemake's config; ``registry`` names a folder other than the project's ``config``,
            relative to the working folder, as are the paths in it.
        root: of the project.

    Raises:
        InputError: there is no such folder.
    """
    if "registry" not in config:
        return root / "config", root
    folder = Path(str(config["registry"]))
    if not folder.is_dir():
        raise InputError("--config registry", str(folder), "a folder like the project's config/")
    return folder, Path.cwd()


def with_generation(registry: Registry, config: Mapping) -> Registry:
    """The registry with one more dataset and experiment for ``--config smiles=... chain=...``.

    Args:
        registry: as loaded.
        config: Snakemake's config; ``smiles`` (file), ``conformers`` per molecule, ``chain``,
            ``experiment`` whose training and overrides count, ``shards`` (parallel jobs),
            ``stereo`` (``keep`` whatever the experiment says, or ``ignore``); ``registry``.

    Returns:
        ``registry`` itself when ``smiles`` is not given.

    Raises:
        InputError: an unknown key, a missing file, or a wrong value.
    """
    known = {"registry", "smiles", *DEFAULTS}
    if unknown := set(config) - known:
        raise InputError("--config", ", ".join(sorted(unknown)),
                         f"only the keys {', '.join(sorted(known))}")
    if "smiles" not in config:
        return registry
    settings = {**DEFAULTS, **config}
    smiles = Path(str(settings["smiles"]))
    if not smiles.is_file():
        raise InputError("--config smiles", str(smiles), "a text file with a SMILES a line")
    for key in ("conformers", "shards"):
        if type(settings[key]) is not int or settings[key] < 1:
            raise InputError(f"--config {key}", settings[key], "a whole number, 1 or more")
    chains = [name for name, elements in registry.chains.items() if elements[0] != "oracle"]
    for key, names in (("experiment", registry.experiments), ("chain", chains)):
        if settings[key] not in names:
            raise InputError(f"--config {key}", settings[key], f"one of {', '.join(names)}")
    if settings["stereo"] not in ("keep", "ignore"):
        raise InputError("--config stereo", settings["stereo"], "keep or ignore")
    stem = re.sub(r"[^A-Za-z0-9_.-]+", "_", smiles.stem)
    dataset = f"smiles-{stem}-{settings_hash(str(smiles))}"
    base = registry.experiments[settings["experiment"]]
    extended = replace(
        registry,
        datasets={**registry.datasets, dataset: Dataset(
            geometry="none", reader=SmilesReader(paths=(str(smiles),)),
            split=RandomSplit(train=0, val=0), shards=settings["shards"])},
        experiments={**registry.experiments, TARGET: base.model_copy(update={
            "test": (dataset,), "chains": (settings["chain"],), "seeds": base.seeds[:1],
            "samplers": dict(list(base.samplers.items())[:1]), "properties": None,
            "stereo": settings["stereo"], "baselines": {},
            "samples": SampleCount(count=settings["conformers"])})},
    )
    check_experiment(extended, TARGET)
    return extended
