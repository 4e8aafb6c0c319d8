"""The place of each row among those of a table that were measured on the same molecules."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from pipeline_src.paper.cells import Value, cell
from pipeline_src.run.settings.paper_table import PaperRow, PaperTableSettings


@dataclass(frozen=True)
class Ranked:
    """A row's values of one metric in one RMSD mode, with the further columns of its cell."""

    row: PaperRow
    values: pd.DataFrame
    columns: Mapping[str, Value]


def rank_cells(settings: PaperTableSettings, metric: str, entries: list[Ranked],
               higher_is_better: bool) -> Iterator[dict]:
    """A cell ``rank`` for each entry, 1 the best mean; equal means share the better place.

    Rows are ranked where they are of the same dataset and threshold, by the molecules that all of
    them have a score of (failed ones have no matching score); the note says how many these are.
    """
    groups: dict[tuple, list[Ranked]] = {}
    for entry in entries:
        key = entry.row.dataset, entry.row.delta_angstrom
        groups.setdefault(key, []).append(entry)
    for group in groups.values():
        if len(group) < 2:
            continue
        scored = [set(entry.values.dropna(axis=1, how="all").columns) for entry in group]
        common = sorted(set.intersection(*scored))
        means = pd.Series([entry.values[common].mean(axis=0).mean() for entry in group]).round(6)
        places = means.rank(method="min", ascending=not higher_is_better)
        note = f"of {len(group)} rows by the mean"
        if any(len(found) > len(common) for found in scored):
            note += f" over the {len(common)} molecules that all of them have a score of"
        for entry, place in zip(group, places, strict=True):
            yield cell(settings, entry.row, metric, "rank", **{
                **entry.columns, "unit": "", "measured": int(place) if common else None,
                "note": note if common else "not ranked: no molecule has a score in all rows"})
