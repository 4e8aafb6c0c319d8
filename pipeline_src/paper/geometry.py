"""Tables of coverage and matching: each row in both RMSD modes, with ranks and paired differences.

A failed molecule counts as 0 % coverage and enters no matching score (``reports.tables``).
"""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from pipeline_src.paper.cells import Published, Value
from pipeline_src.paper.comparable import comparable, overlap_words, printed_delta
from pipeline_src.paper.dots import dots_caption, draw_dots
from pipeline_src.paper.provenance import provenance
from pipeline_src.paper.ranks import Ranked, rank_cells
from pipeline_src.paper.statistics import (
    DIFFERENCES,
    Pair,
    compared,
    mean_cells,
    pair_cells,
)
from pipeline_src.reports.comparison_tables import by_seed
from pipeline_src.reports.inputs import GEOMETRY_SCORES, METRICS, read_sources
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.jobs import ScoredSource
from pipeline_src.run.settings.paper_table import PaperRow, PaperTableSettings

MODES = (True, False)  # of the RMSD: conjugated terminal groups equivalent, as RDKit's, or not
STATISTICS = ("mean", "median", "rank", *DIFFERENCES)
figure, caption = draw_dots, dots_caption


def rows(settings: PaperTableSettings, paper: Path) -> Iterator[dict]:
    """The cells of the table, row by row.

    Args:
        settings: rows with their score files.
        paper: folder of the published values.

    Raises:
        InputError: a score file, its sidecar or a published value does not fit.
    """
    printed, made = Published(settings, paper), Geometry(settings, paper)
    cells = {row.label: [] if row.scores else list(printed.cells(settings, row))
             for row in settings.rows}
    for metric in METRICS:
        for mode in made.modes():
            for found in made.of_metric(metric, mode, printed):
                cells[found["row"]].append(found)
    for label in cells:
        cells[label].sort(key=lambda c: (c["symmetrize"] == "false", *_order(c)))
        yield from cells[label]


def _order(found: dict) -> tuple[int, int]:
    return tuple(order.index(name) if name in order else len(order) for order, name in (
        (METRICS, found["metric"]), (STATISTICS, found["statistic"])))


class Geometry:
    """The scores of a table's rows, each file read once."""

    def __init__(self, settings: PaperTableSettings, paper: Path):
        """``paper`` has the published values, for the thresholds they are at."""
        self.settings = settings
        self.measured = [row for row in settings.rows if row.scores]
        self._read: dict[tuple, pd.DataFrame] = {}
        self._molecules: dict[tuple, tuple[str, set[str]]] = {}  # of a dataset: whose, and which
        self._columns = {row.label: {
            "delta_angstrom": row.delta_angstrom,
            **provenance(settings, row, row.scores)} for row in self.measured}
        self._deltas = {row.label: printed_delta(settings, row, paper) for row in self.measured}
        self._overlaps = {row.label: overlap_words(row.scores) for row in self.measured}

    def modes(self) -> list[bool]:
        """The RMSD modes that every row was scored in, symmetrised first."""
        scored = [set(self._scores(row, row.scores)["symmetrize"]) for row in self.measured]
        return [mode for mode in MODES if scored and all(mode in modes for modes in scored)]

    def values(self, row: PaperRow, sources: tuple[ScoredSource, ...], metric: str,
               mode: bool) -> pd.DataFrame:
        """Scores of the sources, a row a seed and a column a molecule."""
        return by_seed(self._mode(row, sources, mode), metric, self.settings.policy)

    def of_metric(self, metric: str, mode: bool, printed: Published) -> Iterator[dict]:
        """Means, medians, ranks and differences of every row."""
        pairs: list[Pair] = []
        ranked: list[Ranked] = []
        higher = metric.startswith("cov")
        for row in self.measured:
            values = self.values(row, row.scores, metric, mode)
            columns = {**self._columns[row.label], "symmetrize": _text(mode)}
            ranked.append(Ranked(row, values, columns))
            digits = {name: printed.digits(row, metric, name) for name in ("mean", "median")}
            yield from mean_cells(
                self.settings, row, metric, values, digits, **columns,
                failed=self.failed(row, row.scores, mode),
                **self._comparable(row, mode, any(digits.values())))
            if row.baseline_scores:
                baseline = self.values(row, row.baseline_scores, metric, mode)
                pairs.append(compared(self.settings, row, metric, values, baseline, higher,
                                      **columns))
        yield from rank_cells(self.settings, metric, ranked, higher)
        yield from pair_cells(self.settings, pairs)

    def _comparable(self, row: PaperRow, mode: bool, printed: bool) -> dict[str, Value]:
        found = comparable(self.settings, row, mode, self._deltas[row.label]) if printed else {}
        notes = (found.get("note", ""), self._overlaps[row.label])
        return {**found, "note": "; ".join(filter(None, notes))}

    def _scores(self, row: PaperRow, sources: tuple[ScoredSource, ...]) -> pd.DataFrame:
        """The lines of the sources at the row's threshold.

        Raises:
            InputError: there are none, or of other molecules than others of the table.
        """
        key = (row.delta_angstrom, *(source.pattern for source in sources))
        if key not in self._read:
            scores = read_sources(
                sources, GEOMETRY_SCORES,
                {source.dataset: (row.delta_angstrom,) for source in sources})
            if scores.empty:
                raise InputError(f"scores of row '{row.label}'", "no lines",
                                 f"lines at δ = {row.delta_angstrom:g} Å")
            self._check_molecules(row, sources, scores)
            self._read[key] = scores
        return self._read[key]

    def _check_molecules(self, row: PaperRow, sources: tuple[ScoredSource, ...],
                         scores: pd.DataFrame) -> None:
        """Raise ``InputError`` unless each file has the molecules that others of the table have.

        Those of one dataset that leave out the same molecules: such files are of equal molecules.
        """
        left_out = {source.seed: source.left_out for source in sources}
        for (dataset, seed), lines in scores.groupby(["dataset", "seed"]):
            own = set(lines["molecule"])
            whose, others = self._molecules.setdefault((dataset, left_out[seed]), (
                f"row '{row.label}', seed {seed}", own))
            if own != others:
                raise InputError(
                    f"scores of row '{row.label}', seed {seed}", f"{len(own)} molecules",
                    f"the {len(others)} of {whose}; only one has "
                    f"{', '.join(sorted(own ^ others)[:3])}",
                    "The file with fewer is damaged: delete it and run again.")

    def _mode(self, row: PaperRow, sources: tuple[ScoredSource, ...], mode: bool) -> pd.DataFrame:
        """These lines in one RMSD mode."""
        scores = self._scores(row, sources)
        return scores[scores["symmetrize"] == mode]

    def failed(self, row: PaperRow, sources: tuple[ScoredSource, ...], mode: bool) -> int:
        """Molecules that failed for at least one seed."""
        scores = self._mode(row, sources, mode)
        return scores.loc[scores["status"] != "ok", "molecule"].nunique()


def _text(mode: bool) -> str:
    return "true" if mode else "false"
