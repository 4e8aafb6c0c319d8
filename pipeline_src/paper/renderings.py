"""Formulas of molecules, and generated conformers over their references (Figures 5 and 6).

Which molecules is a rule, not a choice: those with a MAT-R nearest to the median of the chain's
(Figure 5), and those with the highest (Figure 6). Of each the sample with the median distance to
its nearest reference is shown, of the chain and of its baseline, first seed.
"""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from pipeline_src.chem.molecules import canonical_smiles, to_rdkit
from pipeline_src.ensembles import Ensemble
from pipeline_src.ensembles.store import read_ensembles
from pipeline_src.paper.cells import cell
from pipeline_src.paper.geometry import Geometry
from pipeline_src.paper.provenance import provenance
from pipeline_src.paper.renderings_figure import draw_renderings
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.jobs import ScoredSource
from pipeline_src.run.settings.paper_table import PaperRow, PaperTableSettings
from pipeline_src.scores.overlay import median_overlay

COUNT = 4
METRIC = "mat_r"
WORST = "the molecules with the highest MAT-R of the chain"
TYPICAL = "the molecules with a MAT-R nearest to the median of the chain's"
RULES = {"figure6": WORST}
SAMPLE = "of each the sample with the median distance to its nearest reference, first seed"


def rows(settings: PaperTableSettings, paper: Path) -> Iterator[dict]:
    """The cells of the figure, a molecule a ``part``: scores, and distance of the sample shown.

    Args:
        settings: rows with scores, samples and references.
        paper: for the thresholds; its pictures have no numbers.

    Raises:
        InputError: a file does not fit.
    """
    made = Geometry(settings, paper)
    for row in made.measured:
        columns = {**provenance(settings, row, row.scores), "symmetrize": "true",
                   "baseline": row.baseline, "delta_angstrom": None}
        rule = f"{RULES.get(settings.item, TYPICAL)}; {SAMPLE}"
        for name, score in chosen(made, row).items():
            yield cell(settings, row, METRIC, "mean", part=name, measured=float(score), note=rule,
                       molecules=1, **columns)
        for shown in overlays(made, row):
            metric = "rmsd" if shown["chain"] == row.chain else "rmsd_baseline"
            yield cell(settings, row, metric, "median", part=shown["molecule"], unit="Å",
                       note=rule, **{**columns, "chain": shown["chain"]},
                       measured=shown["rmsd_angstrom"])


def chosen(made: Geometry, row: PaperRow) -> pd.Series:
    """Name -> MAT-R, a mean over seeds, of the molecules that are shown; ties by name."""
    values = made.values(row, row.scores, METRIC, made.modes()[0])
    scores = values.mean(axis=0).dropna().sort_index()
    worst = RULES.get(made.settings.item) == WORST
    order = -scores if worst else (scores - scores.median()).abs()
    return scores[order.sort_values(kind="stable").index[:COUNT]]


def overlays(made: Geometry, row: PaperRow) -> Iterator[dict]:
    """What is shown of each molecule and chain: names, SMILES, RMSD in Å, mol blocks.

    A chain without a usable sample of a molecule has none.
    """
    names = list(chosen(made, row).index)
    references = _pick(read_ensembles(Path(row.ensembles), set(names)))
    chains = {row.baseline: row.baseline_samples, row.chain: row.samples}
    samples = {chain: _pick(_drawn(sources[0], set(names)))
               for chain, sources in chains.items() if sources}
    for name in names:
        for chain, drawn in samples.items():
            if name not in references:
                raise InputError(row.ensembles, f"no {name}", "every molecule that was scored")
            if name in drawn and drawn[name].ok.any():
                yield {"chain": chain, "dataset": row.dataset, "molecule": name,
                       "smiles": canonical_smiles(to_rdkit(references[name].molecule)),
                       **asdict(median_overlay(references[name], drawn[name]))}


def _drawn(source: ScoredSource, names: set[str]) -> Iterator[Ensemble]:
    for path in source.paths:
        yield from (found for found in read_ensembles(Path(path)) if found.molecule.id in names)


def _pick(ensembles: Iterator[Ensemble]) -> dict[str, Ensemble]:
    return {ensemble.molecule.id: ensemble for ensemble in ensembles}


def figure(table: pd.DataFrame, settings: PaperTableSettings, path: Path) -> list[dict]:
    """The data of the figure, with mol blocks, after drawing it: a line a molecule."""
    made = Geometry(settings, None)
    shown = [{**one, "row": row.label} for row in made.measured for one in overlays(made, row)]
    folders = [row.ensembles for row in made.measured]
    draw_renderings(shown, folders, path)
    return shown


def caption(drawn: pd.DataFrame) -> str:
    """What the marks and colours stand for; the figure's data as text."""
    return ("Left the formulas. Grey: the nearest reference conformer; in colour: the generated "
            f"one, a colour a chain ({', '.join(dict.fromkeys(drawn['chain']))}).")
