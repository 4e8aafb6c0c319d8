"""A made-up item on disk: score files with their sidecars, and the settings that name them."""

import json
import shutil
from pathlib import Path

import pandas as pd

from pipeline_src.make_paper_table import make_paper_table
from pipeline_src.paper.cell_schema import checked
from pipeline_src.paper.cells import as_frame, read_cells
from pipeline_src.paper.kinds import kind_of
from pipeline_src.reports.inputs import METRICS
from pipeline_src.run.baseline_rows import with_baseline_rows
from pipeline_src.run.files import write_json, write_rows
from pipeline_src.run.quantities import QUANTITIES
from pipeline_src.run.settings.jobs import ScoredSource
from pipeline_src.run.settings.paper_table import PaperRow, PaperTableSettings

PAPER = Path(__file__).parents[2] / "resources" / "paper"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
DELTA = 1.25
SCORES = ("molecule", "symmetrize", "delta", *METRICS, "n_references", "n_samples", "n_failed",
          "status", "reason")
PROPERTIES = ("molecule", "quantity", "absolute_error_ev", "n_reference", "n_generated",
              "n_failed", "status", "reason")


def score_file(path: Path, values: dict[str, dict[bool, tuple | None]], delta: float = DELTA,
               commit: str = COMMIT) -> None:
    """Write a shard: molecule -> symmetrize -> the four scores, None: it failed."""
    rows = [{"molecule": molecule, "symmetrize": int(mode), "delta": delta,
             **dict(zip(METRICS, scores or [None] * 4, strict=True)), "n_references": 3,
             "n_samples": 6, "n_failed": 0 if scores else 6, "status": "ok" if scores else "failed",
             "reason": "" if scores else "no sample"}
            for molecule, modes in values.items() for mode, scores in modes.items()]
    path.parent.mkdir(parents=True, exist_ok=True)
    write_rows(path, SCORES, rows)
    sidecar(path, commit)


def property_file(path: Path, errors: dict[str, float | None], commit: str = COMMIT) -> None:
    """Write property errors: molecule -> error of each quantity in eV, None: it failed."""
    rows = [{"molecule": molecule, "quantity": quantity, "absolute_error_ev": error,
             "n_reference": 5, "n_generated": 5, "n_failed": int(error is None),
             "status": "failed" if error is None else "ok",
             "reason": "no SCF" if error is None else ""}
            for molecule, error in errors.items() for quantity in QUANTITIES]
    path.parent.mkdir(parents=True, exist_ok=True)
    write_rows(path, PROPERTIES, rows)
    sidecar(path, commit)


def sidecar(path: Path, commit: str) -> None:
    """Write what a step leaves beside its output."""
    samples = f"results/samples/made_up/{path.parent.parent.name}/{path.parent.name}/shard0.parquet"
    write_json(Path(f"{path}.provenance.json"), {
        "step": "score_geometry", "host": "a-host", "git_commit": commit, "seconds": 1.0,
        "versions": {"python": "3.11"},
        "arguments": {"settings": {"deltas_angstrom": [DELTA]}, "samples": samples}})


def sources(folder: Path, chain: str, seeds: tuple[int, ...] = (1,),
            dataset: str = "made_up") -> tuple[ScoredSource, ...]:
    """The files of a chain, one a seed."""
    return tuple(ScoredSource(chain=chain, dataset=dataset, seed=seed, sampler="own",
                              pattern=f"{folder}/{chain}/seed{seed}/scores.csv") for seed in seeds)


def row(folder: Path, chain: str, baseline: str = "", seeds: tuple[int, ...] = (1,),
        kind: str = "scores", **more: object) -> PaperRow:
    """A measured row of a table, named as its chain."""
    of_baseline = {f"baseline_{kind}": sources(folder, baseline, seeds)} if baseline else {}
    return PaperRow(**{
        "label": chain, "experiment": "made_up", "chain": chain, "dataset": "made_up",
        "train_dataset": "made_up", "sampler": "own", "delta_angstrom": DELTA, "seeds": seeds,
        "baseline": baseline, kind: sources(folder, chain, seeds), **of_baseline, **more})


def item(rows: tuple[PaperRow, ...], **more: object) -> PaperTableSettings:
    """Settings of a table with these rows."""
    return PaperTableSettings(**{
        "item": "table2", "size": "mini", "kind": "geometry", "title": "A table",
        "caption": "Made up & nothing else", "rows": with_baseline_rows(rows),
        "bootstrap_resamples": 200, **more})


def made(settings: PaperTableSettings, paper: Path = PAPER) -> pd.DataFrame:
    """The cells of the table, without its figure: to draw takes longer."""
    return as_frame(checked(kind_of(settings).rows(settings, paper)))


def made_files(settings: PaperTableSettings, folder: Path) -> pd.DataFrame:
    """The cells of the table as read back, made with all files of the step in ``folder``."""
    names = (f"{settings.item}.csv", f"{settings.item}.svg", f"{settings.item}-figure.csv",
             f"{settings.item}-failed.csv", f"{settings.item}-run.json")
    folder.mkdir(parents=True, exist_ok=True)
    make_paper_table(settings, PAPER, *(folder / name for name in names))
    return read_cells(folder / names[0])


def value(cells: pd.DataFrame, row: str, metric: str, statistic: str, mode: str = "true",
          column: str = "measured") -> object:
    """One cell's column."""
    found = cells[(cells["row"] == row) & (cells["metric"] == metric)
                  & (cells["statistic"] == statistic) & cells["symmetrize"].isin([mode, ""])]
    assert len(found) == 1, found
    return found[column].iloc[0]


def changed_paper(folder: Path) -> Path:
    """A copy of the published values in which every digit 8 is a 7."""
    target = folder / "paper"
    shutil.copytree(PAPER, target)
    for path in target.glob("*.csv"):
        head, _, rest = path.read_text(encoding="utf-8").partition("\n")
        lines = [",".join([line.split(",")[0], line.partition(",")[2].replace("8", "7")])
                 for line in rest.splitlines()]
        path.write_text("\n".join([head, *lines, ""]), encoding="utf-8")
    return target


def read_run(folder: Path, item_name: str = "table2") -> dict:
    """What made the table."""
    return json.loads((folder / f"{item_name}-run.json").read_text(encoding="utf-8"))
