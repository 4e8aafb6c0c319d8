"""Is it sound chemistry: checks and strain of each chain and of the references, and coverage and
matching before and after a short relaxation. Not a table of the paper's.

A chain is compared with its baseline, and its samples after the relaxation with those as drawn,
molecule by molecule.
"""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from pipeline_src.paper.cells import cell
from pipeline_src.paper.claims import AS_DRAWN
from pipeline_src.paper.geometry import Geometry
from pipeline_src.paper.names import higher_is_better, unit_of
from pipeline_src.paper.provenance import provenance
from pipeline_src.paper.sound_values import CHECKS, Looked, strain_metric
from pipeline_src.paper.statistics import Pair, compared, mean_cells, pair_cells
from pipeline_src.paper.validity_figure import draw_validity, validity_caption
from pipeline_src.reports.inputs import METRICS
from pipeline_src.run.settings.paper_table import PaperRow, PaperTableSettings

figure, caption = draw_validity, validity_caption


def rows(settings: PaperTableSettings, paper: Path) -> Iterator[dict]:
    """The cells of the table, row by row: checks and strain first.

    Args:
        settings: rows with their checks and strain; those of chains with their geometry scores and
            those of the relaxed samples.
        paper: folder of the published values; it has none of these.

    Raises:
        InputError: a file or its sidecar does not fit.
    """
    looked = {row.label: Looked(row, settings) for row in settings.rows if row.checks}
    columns = {label: _provenance(settings, one.row) for label, one in looked.items()}
    cells: dict[str, list[dict]] = {row.label: [] for row in settings.rows}
    for label, one in looked.items():
        for found in one.summaries():
            cells[label].append(cell(settings, one.row, **{**found, **columns[label]}))
    kinds = dict.fromkeys(kind for one in looked.values() for kind in one.row.strain)
    for metric in (*CHECKS, *map(strain_metric, kinds)):
        for found in pair_cells(settings, _against(settings, looked, metric, columns)):
            cells[found["row"]].append(found)
    for found in _geometry(settings, paper, columns):
        cells[found["row"]].append(found)
    for label in cells:
        yield from cells[label]


def baseline_of(settings: PaperTableSettings, row: PaperRow) -> PaperRow | None:
    """The row of what a row is compared with; None: the table has none."""
    return next((other for other in settings.rows if other.label == row.against), None)


def relaxed_metric(metric: str, kind: str) -> str:
    """Name of a geometry score after a relaxation: ``mat_r_mmff``."""
    return f"{metric}_{kind}"


def _provenance(settings: PaperTableSettings, row: PaperRow) -> dict[str, str]:
    """Commits and hash of all files of a row; the sidecar of energies is that of their samples."""
    sources = [*row.scores, *(one for found in row.sound() for one in row.seeded(found))]
    energies = {source.pattern for source in row.strain.values() for source in row.seeded(source)}
    return provenance(settings, row, [source.model_copy(update={
        "pattern": source.pattern.removesuffix(".csv") + ".parquet"})
        if source.pattern in energies else source for source in sources])


def _against(settings: PaperTableSettings, looked: dict[str, Looked], metric: str,
             columns: dict[str, dict]) -> list[Pair]:
    """Each row against its baseline in a check or a strain."""
    pairs = []
    for label, one in looked.items():
        base = baseline_of(settings, one.row)
        if base is not None and base.checks:
            pairs.append(compared(
                settings, one.row, metric, one.values(metric), looked[base.label].values(metric),
                higher_is_better(metric), unit=unit_of(metric), **columns[label]))
    return pairs


def _geometry(settings: PaperTableSettings, paper: Path,
              columns: dict[str, dict]) -> Iterator[dict]:
    """Means as drawn and relaxed; relaxed minus drawn, and minus the baseline's relaxed."""
    made = Geometry(settings, paper)
    rows = [row for row in made.measured if row.relaxed]
    kinds = dict.fromkeys(kind for row in rows for kind in row.relaxed)
    for mode in made.modes():
        for metric in METRICS:
            for row in rows:
                yield from _means(settings, row, metric,
                                  made.values(row, row.scores, metric, mode),
                                  _told(row, mode, columns), made.failed(row, row.scores, mode))
            for kind in kinds:
                yield from _of_relaxer(settings, made, [r for r in rows if kind in r.relaxed],
                                       (metric, mode, kind), columns)


def _of_relaxer(settings: PaperTableSettings, made: Geometry, rows: list[PaperRow],
                what: tuple[str, bool, str], columns: dict[str, dict]) -> Iterator[dict]:
    """Means after one relaxer, then the differences, which share a correction."""
    metric, mode, kind = what
    name, higher = relaxed_metric(metric, kind), higher_is_better(metric)
    pairs = []
    for row in rows:
        told = _told(row, mode, columns)
        relaxed = row.seeded(row.relaxed[kind])
        after = made.values(row, relaxed, metric, mode)
        drawn = made.values(row, row.scores, metric, mode)
        yield from _means(settings, row, name, after, told, made.failed(row, relaxed, mode))
        told |= {"unit": unit_of(name)}
        itself = row.model_copy(update={"baseline": AS_DRAWN, "against": AS_DRAWN})
        pairs.append(compared(settings, itself, name, after, drawn, higher, **told))
        base = baseline_of(settings, row)
        if base is not None and kind in base.relaxed:
            theirs = made.values(base, base.seeded(base.relaxed[kind]), metric, mode)
            pairs.append(compared(settings, row, name, after, theirs, higher, **told))
    yield from pair_cells(settings, pairs)


def _means(settings: PaperTableSettings, row: PaperRow, metric: str, values: pd.DataFrame,
           told: dict, failed: int) -> Iterator[dict]:
    """Mean and median over molecules."""
    yield from mean_cells(settings, row, metric, values, {}, unit=unit_of(metric), failed=failed,
                          **told)


def _told(row: PaperRow, mode: bool, columns: dict[str, dict]) -> dict:
    return {"symmetrize": "true" if mode else "false", "delta_angstrom": row.delta_angstrom,
            **columns[row.label]}
