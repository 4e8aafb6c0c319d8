"""What one training said and several did not: how far a result of a single seed can be trusted."""

from collections.abc import Mapping

import pandas as pd

from pipeline_src.paper.comparison import Comparison, comparisons
from pipeline_src.paper.words import item_name
from pipeline_src.run.settings.paper_report import PaperReportSettings

_COUNTS = {1: "one training", 2: "two trainings", 3: "three trainings"}


def outvoted(settings: PaperReportSettings, tables: Mapping[str, pd.DataFrame],
             found: list[Comparison]) -> list[str]:
    """A sentence for each comparison that came out otherwise in a table with fewer of its seeds.

    Args:
        settings: with the rows of the pages, which say how they were made.
        tables: item -> cells.
        found: the comparisons that count.
    """
    made = {(page.item, row.label): (row.noise_levels, row.visited, row.iterations)
            for page in settings.pages for row in page.rows}
    lines = []
    for item in tables:
        for fewer in comparisons(tables, {}, (item,)):
            for full in found:
                if _same(full, fewer, made) and full.verdict != fewer.verdict:
                    lines.append(_sentence(full, fewer))
    return lines


def _same(full: Comparison, fewer: Comparison, made: Mapping[tuple, tuple]) -> bool:
    """Whether one is of some of the other's trainings, in the same scores."""
    one, other = full.claims[0], fewer.claims[0]
    return (set(other.seeds) < set(one.seeds)
            and all(getattr(one, name) == getattr(other, name)
                    for name in ("chain", "baseline", "dataset", "train_dataset"))
            and {claim.metric for claim in full.claims} == {c.metric for c in fewer.claims}
            and made.get((one.item, one.row)) == made.get((other.item, other.row)))


def _sentence(full: Comparison, fewer: Comparison) -> str:
    one, other = full.claims[0], fewer.claims[0]
    counts = [_COUNTS.get(len(claim.seeds), f"{len(claim.seeds)} trainings")
              for claim in (other, one)]
    return (f"So much can hang on the trainings: {one.row} against {one.against} is "
            f"{fewer.outcome} by {counts[0]} ({item_name(other.item)}), and {full.outcome} by "
            f"{counts[1]} ({item_name(one.item)}).")
