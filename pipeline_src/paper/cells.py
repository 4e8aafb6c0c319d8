"""Cells of a table of the paper, a line of its CSV each: a value of the paper, of ours, or both.

``paper`` has the digits as printed, ``measured`` what this run's files say; neither is ever made of
the other. Column ``statistic`` says what of a metric the value is:

- ``mean``, ``median``: over molecules, each by its mean over the seeds; ``ci_low`` and ``ci_high``
  are the 95 % interval of the mean. '': the value itself, such as a count.
- ``rank``: place of the row among those of the table.
- ``difference``: mean over molecules (of strain their median) of the row minus its ``baseline``,
  with its interval; ``against`` is the row that has the baseline's values, or the baseline where
  there is none.
- ``seed_low``, ``seed_high``: where there are several seeds, the least and the greatest of their
  own differences; each is of one training of the row and one of its baseline.
- ``p``, ``p_sign``, ``p_holm``: of Wilcoxon's signed-rank test, of the sign test, and the first
  after Holm's correction for the comparisons of the metric in the table.
- ``better``, ``worse``: molecules that differ in which way.
"""

import math
from collections.abc import Iterable, Iterator
from pathlib import Path

import pandas as pd

from pipeline_src.paper.published import published
from pipeline_src.run.checking import check_known
from pipeline_src.run.errors import OTHER_VERSION, InputError
from pipeline_src.run.settings.paper_table import PaperRow, PaperTableSettings

NUMBERS = ("delta_angstrom", "measured", "ci_low", "ci_high", "molecules", "failed")
COLUMNS = (
    "item", "size", "row", "part", "chain", "baseline", "against", "dataset", "train_dataset",
    "delta_angstrom", "metric", "statistic", "unit", "symmetrize", "paper", "measured", "ci_low",
    "ci_high", "molecules", "failed", "seeds", "comparable", "note", "commit", "settings_hash")
UNITS = {"cov_r": "%", "mat_r": "Å", "cov_p": "%", "mat_p": "Å", "e_mean": "eV", "e_min": "eV",
         "gap_mean": "eV", "gap_min": "eV", "gap_max": "eV", "seconds": "s"}
Value = float | int | str | None


def cell(settings: PaperTableSettings, row: PaperRow, metric: str, statistic: str,
         **values: Value) -> dict:
    """A row of the CSV, with ``COLUMNS``; what is not given is empty.

    Args:
        settings: item and size.
        row: of the table.
        metric, statistic: what the value is.
        values: further columns; ``note`` stands before the row's own.

    Raises:
        InputError: no such column.
    """
    if unknown := sorted(set(values) - set(COLUMNS)):
        raise InputError("cell", unknown, f"some of {', '.join(COLUMNS)}")
    notes = [str(values.pop("note", "") or ""), row.note]
    found = {
        **dict.fromkeys(COLUMNS), "item": settings.item, "size": settings.size, "row": row.label,
        "part": row.part, "chain": row.chain, "dataset": row.dataset,
        "train_dataset": row.train_dataset, "metric": metric, "statistic": statistic,
        "unit": UNITS.get(metric, ""), "symmetrize": "", "comparable": "",
        "seeds": " ".join(map(str, row.seeds)), **values}
    return {**found, "note": "; ".join(note for note in notes if note)}


def number_or_none(value: float) -> float | None:
    """``value``, None (an empty cell) for NaN."""
    return None if value is None or math.isnan(value) else float(value)


def read_text(path: Path) -> pd.DataFrame:
    """A CSV of an item, every cell as text.

    Raises:
        InputError: it cannot be read.
    """
    try:
        return pd.read_csv(path, dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:  # pandas' own errors are ValueErrors
        raise InputError(str(path), f"{type(error).__name__}: {error}", "a table of the paper",
                         "Delete it and run again.") from None


def read_cells(path: Path) -> pd.DataFrame:
    """The CSV of a table, numbers as numbers (NaN where empty), flags as text.

    Raises:
        InputError: it cannot be read or lacks a column.
    """
    frame = read_text(path)
    if missing := [name for name in COLUMNS if name not in frame]:
        raise InputError(str(path), list(frame.columns), f"also the columns {missing}",
                         OTHER_VERSION)
    return as_frame(frame.to_dict("records"))


def as_frame(cells: Iterable[dict]) -> pd.DataFrame:
    """The cells as a frame: numbers as numbers, NaN where empty; all else text.

    A measured value that is a word (a kind of schedule) stands in the further column ``word``.
    """
    frame = pd.DataFrame(list(cells), columns=[*COLUMNS])
    words = frame["measured"].map(lambda cell: cell if isinstance(cell, str) else "")
    for name in COLUMNS:
        if name in NUMBERS:
            frame[name] = pd.to_numeric(frame[name], errors="coerce").astype(float)
        else:
            frame[name] = frame[name].fillna("").astype(str)
    return frame.assign(word=words.where(frame["measured"].isna(), ""))


class Published:
    """The paper's values of an item."""

    def __init__(self, settings: PaperTableSettings, folder: Path):
        """``folder`` holds the published values, ``resources/paper``.

        Raises:
            InputError: they cannot be read, or have not what a row names.
        """
        self.values = published(settings.values_of or settings.item, folder)
        for row in settings.rows:
            self._check(row)

    def _check(self, row: PaperRow) -> None:
        """Raise ``InputError`` unless the paper has the row and, where told, its part."""
        if row.model is None:
            return
        check_known(f"row '{row.label}': paper", row.model, dict.fromkeys(self.values["row"]))
        parts = self.values.loc[self.values["row"] == row.model, "part"]
        if part := row.where.get("part"):
            check_known(f"row '{row.label}': paper_part", part, dict.fromkeys(parts))

    def of(self, row: PaperRow) -> pd.DataFrame:
        """What the paper prints in the row, columns of ``published``; no line where it has none."""
        found = self.values[self.values["row"] == row.model]
        for column, text in row.where.items():
            if column not in found:
                raise InputError(f"where of row '{row.label}'", column,
                                 f"one of {', '.join(found.columns)}")
            found = found[found[column] == text]
        return found

    def digits(self, row: PaperRow, metric: str, statistic: str) -> str | None:
        """The value as printed; None: the paper prints none.

        Raises:
            InputError: it prints several, so that ``where`` of the row has to say which.
        """
        found = self.of(row)
        found = found[(found["metric"] == metric) & (found["statistic"] == statistic)]
        if len(found) > 1:
            raise InputError(f"row '{row.label}'", f"{len(found)} values of {metric} in the paper",
                             "one", "Say in `where` of the row which part of the table it is.")
        return None if found.empty else str(found["value"].iloc[0])

    def cells(self, settings: PaperTableSettings, row: PaperRow) -> Iterator[dict]:
        """All the paper has of a row that is not measured here."""
        for record in self.of(row).to_dict("records"):
            yield cell(settings, row, record["metric"], record["statistic"],
                       unit=record["unit"], paper=record["value"], comparable="no",
                       note="the paper's alone: not measured here")
