"""Errors of ensemble properties (Table 3): mean and median over molecules, in eV."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from pipeline_src.paper.cells import Published, Value
from pipeline_src.paper.comparable import SIZE, overlap_words
from pipeline_src.paper.dots import dots_caption, draw_dots
from pipeline_src.paper.provenance import provenance
from pipeline_src.paper.ranks import Ranked, rank_cells
from pipeline_src.paper.statistics import Pair, compared, mean_cells, pair_cells
from pipeline_src.reports.inputs import PROPERTY_SCORES, read_sources
from pipeline_src.run.quantities import QUANTITIES
from pipeline_src.run.settings.jobs import ScoredSource
from pipeline_src.run.settings.paper_table import PaperRow, PaperTableSettings

figure, caption = draw_dots, dots_caption


def rows(settings: PaperTableSettings, paper: Path) -> Iterator[dict]:
    """The cells of the table, row by row.

    A molecule enters by its mean over seeds; one without properties on either side has none and
    counts as failed. An error that is not finite is no number and fails as well.

    Args:
        settings: rows with their files of property errors.
        paper: folder of the published values.
    """
    printed = Published(settings, paper)
    measured = [row for row in settings.rows if row.properties]
    errors = {source.pattern: read_sources([source], PROPERTY_SCORES) for row in measured
              for source in (*row.properties, *row.baseline_properties)}
    made = {row.label: provenance(settings, row, row.properties) for row in measured}
    cells = {row.label: [] if row.properties else list(printed.cells(settings, row))
             for row in settings.rows}
    for quantity in QUANTITIES:
        for found in _of_quantity(settings, quantity, measured, errors, made, printed):
            cells[found["row"]].append(found)
    for found in cells.values():
        yield from found


def _of_quantity(settings: PaperTableSettings, quantity: str, measured: list[PaperRow],
                 errors: dict[str, pd.DataFrame], made: dict[str, dict[str, str]],
                 printed: Published) -> Iterator[dict]:
    """Means, medians, ranks and differences of every row that is measured."""
    pairs: list[Pair] = []
    ranked: list[Ranked] = []
    torn = {row.label: _failed_conformers(row.properties, errors) for row in measured}
    for row in measured:
        values, failed = _errors(row.properties, errors, quantity)
        columns: dict[str, Value] = dict(made[row.label])
        ranked.append(Ranked(row, values, columns))
        digits = {name: printed.digits(row, quantity, name) for name in ("mean", "median")}
        yield from mean_cells(settings, row, quantity, values, digits, failed=failed, **columns,
                              **_comparable(settings, row, any(digits.values()), torn[row.label]))
        if row.baseline_properties:
            baseline, _ = _errors(row.baseline_properties, errors, quantity)
            pairs.append(compared(settings, row, quantity, values, baseline, False, **columns))
    yield from rank_cells(settings, quantity, ranked, higher_is_better=False)
    yield from pair_cells(settings, pairs)


def _errors(sources: tuple[ScoredSource, ...], errors: dict[str, pd.DataFrame],
            quantity: str) -> tuple[pd.DataFrame, int]:
    """Absolute errors in eV, a row a seed and a column a molecule; molecules that failed."""
    frames = [errors[source.pattern].assign(seed=source.seed) for source in sources]
    scores = pd.concat(frames, ignore_index=True)
    scores = scores[scores["quantity"] == quantity]
    good = scores[scores["status"] == "ok"]
    table = good.pivot(index="seed", columns="molecule", values="absolute_error_ev")
    return table.astype(float), scores.loc[scores["status"] != "ok", "molecule"].nunique()


def _failed_conformers(sources: tuple[ScoredSource, ...], errors: dict[str, pd.DataFrame]) -> str:
    """How many generated conformers have no properties, in words; '' if none.

    The worst samples are among them, so that a row with many looks better than it is.
    """
    scores = pd.concat([errors[source.pattern] for source in sources], ignore_index=True)
    scores = scores[scores["quantity"] == QUANTITIES[0]]
    failed = int(scores["n_failed"].sum())
    return (f"{failed} of {failed + int(scores['n_generated'].sum())} generated conformers have no "
            "properties and count nowhere") if failed else ""


def _comparable(settings: PaperTableSettings, row: PaperRow, printed: bool,
                torn: str) -> dict[str, Value]:
    other = printed and settings.size != SIZE
    notes = (f"other data, networks and training than the paper's (size {settings.size})"
             if other else "", torn, overlap_words(row.properties))
    found = {"comparable": "no" if other else "yes"} if printed else {}
    return {**found, "note": "; ".join(filter(None, notes))}
