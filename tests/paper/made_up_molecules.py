"""Tables of made-up molecules, and the stages of a made-up run, for the tables that read them."""

from pathlib import Path

from made_up_item import COMMIT
from made_up_jobs import ran

from pipeline_src.chem.description import DESCRIPTION_COLUMNS
from pipeline_src.run.files import write_json, write_rows
from pipeline_src.run.settings.paper_table import PaperStage, PaperStratum

COUNTS = {"n_atoms": 20, "n_heavy": 9, "n_bonds": 20, "n_heavy_bonds": 9, "n_scaffold": 6,
          "rotatable_bonds": 2, "rings": 1, "ring_systems": 1, "linker_bonds": 0}
STRATA = (PaperStratum(name="atoms < 40", by="atoms", at_most=39),
          PaperStratum(name="atoms > 40", by="atoms", at_least=41),
          PaperStratum(name="edges > 50", by="bonds", at_least=51))


def molecules_file(path: Path, counts: dict[str, dict[str, int]], subset: str = "test") -> str:
    """Write ``molecules.csv`` with its sidecar: molecule -> what differs from ``COUNTS``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [{**dict.fromkeys(DESCRIPTION_COLUMNS, ""), "molecule": name, "subset": subset,
             **COUNTS, **own} for name, own in counts.items()]
    write_rows(path, DESCRIPTION_COLUMNS, rows)
    sidecar_of(path)
    return str(path)


def sidecar_of(path: Path, **more: object) -> None:
    """Write what a step leaves beside its output ``path``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(Path(f"{path}.provenance.json"), {
        "host": "a-host", "git_commit": COMMIT, "arguments": {"threads": 2, "atom_budget": 4000},
        "cpu": {"model": "A Processor", "logical_cores": 8}, **more})


def stage(folder: Path, name: str, parameters: int, guide: str | None = None,
          items: tuple[str, ...] = (), trained: bool = True, **process: object) -> PaperStage:
    """A stage trained for one seed: settings, a file of 2 MB of weights, its sidecar, benchmark.

    Args:
        folder: of the run.
        name, guide: of the stage.
        parameters: trained ones.
        items: that use it.
        trained: whether its benchmark is there.
        process: settings of its diffusion.
    """
    place = folder / "stages" / name / "seed1"
    place.mkdir(parents=True)
    write_json(place / "settings.json", {
        "trainable_parameters": parameters, "stage": {
            "process": {"kind": "ve_diffusion", "steps": 5000, "beta_start": 1e-7,
                        "beta_end": None, **process},
            "backbone": {"cutoff_angstrom": 10.0},
            "training": {"batch_size": 32, "iterations": 2_000_000, "learning_rate": 1e-3}}})
    (place / "weights.pt").write_bytes(bytes(2 << 20))
    gpus = [{"name": "A Card", "max_reserved_mb": 3000.0}]
    sidecar_of(place / "weights.pt", gpus=gpus)
    path = str(folder / "benchmarks/train_stage" / name / "seed1.tsv")
    if trained:
        path = ran(folder, "train_stage", f"{name}/seed1", 120.0, 110.0, "900.5", gpus=gpus)
    return PaperStage(
        name=name, train="made_up", level="all", guide=guide, noise_levels=5000,
        iterations=2_000_000, seeds=(1,), items=items, benchmark=path,
        settings=str(place / "settings.json").replace("seed1", "seed{seed}"),
        weights=str(place / "weights.pt").replace("seed1", "seed{seed}"))
