"""A made-up size on disk: a few tables as the step writes them, and the companion made of these."""

import math
import os
from pathlib import Path

from made_up_item import PAPER, item, made_files, row, score_file
from made_up_jobs import ran

from pipeline_src.make_paper_report import make_paper_report
from pipeline_src.run.settings.paper_report import PaperPage, PaperReportSettings
from pipeline_src.run.settings.paper_table import PaperRow
from pipeline_src.run.settings.report import ChainCost

MOLECULES = 40


def spread(shift: float, scatter: float = 0.01) -> dict:
    """Scores of the molecules, all better by ``shift`` (MAT in Å, COV 100 times that in %)."""
    values = {}
    for number in range(MOLECULES):
        noise = scatter * math.sin(7.3 * number * (1 + shift))
        base = 0.5 + 0.2 * math.sin(1.7 * number)
        mat, cov = base - shift + noise, 60 - 20 * math.sin(1.7 * number) + 100 * (shift - noise)
        values[f"m{number:02d}"] = {
            mode: (cov, mat + 0.05 * (not mode), cov - 20, mat + 0.2) for mode in (True, False)}
    return values


def cost(folder: Path, name: str, training: float, sampling: float) -> ChainCost:
    """Benchmarks of a chain: CPU seconds of training and sampling."""
    paths = {}
    for what, seconds in (("training", training), ("sampling", sampling)):
        rule = "train_stage" if what == "training" else "sample_stage"
        paths[what] = (ran(folder / "costs", rule, name, seconds),)
    return ChainCost(chain=name, dataset="made_up", sampler="own", **paths)


def main_table(folder: Path, shifts: dict[str, float], scatter: float = 0.01,
               baseline: bool = True, costs: float = 2.0, name: str = "table2") -> None:
    """Write a table in ``results/paper/mini`` of the working directory.

    Args:
        folder: of the score files.
        shifts: chain -> how much better than its baseline, the part of its name before '-'.
        scatter: of the molecules' differences.
        baseline: whether chains are compared.
        costs: of a chain, as a multiple of its baseline's.
        name: of the item.
    """
    rows = []
    for chain, shift in shifts.items():
        first = chain.split("-")[0]
        if first not in {r.chain for r in rows}:
            score_file(folder / f"{first}/seed1/scores.csv", spread(0.0, 0.0))
            rows.append(row(folder, first, label=first.upper(), model="GeoDiff"))
        score_file(folder / f"{chain}/seed1/scores.csv", spread(shift, scatter))
        rows.append(row(
            folder, chain, baseline=first if baseline else "", label=f"{chain.upper()} <b>",
            model="GeoDiff+MSGEN", cost=cost(folder, chain, 100 * costs, 10 * costs),
            baseline_cost=cost(folder, first, 100, 10)))
    rows.append(PaperRow(label="CGCF", model="CGCF"))
    made_files(item(tuple(rows), item=name, values_of="table2", title="Drug-like molecules & more"),
               Path("results/paper/mini"))


def companion(folder: Path, items: tuple[str, ...] = ("table2", "table5", "figure4"),
              absent: tuple[str, ...] = ("table7",), kind: str = "geometry") -> str:
    """The HTML of the size, in ``results/paper/mini`` of the working directory.

    Args:
        folder: working directory.
        items: of the size; those without files are not run.
        absent: items that the size does not have.
        kind: of all.
    """
    os.chdir(folder)
    pages = [PaperPage(item=name, title=f"Title of {name}", caption="What it shows & why.",
                       kind=kind, notes=("A note",),
                       files="" if name in absent else f"results/paper/mini/{name}")
             for name in (*items, *absent)]
    out = Path("results/paper/mini/index.html")
    out.parent.mkdir(parents=True, exist_ok=True)
    make_paper_report(PaperReportSettings(size="mini", description="Made up", target="paper_mini",
                                          pages=tuple(pages)), PAPER, out)
    return out.read_text(encoding="utf-8")
