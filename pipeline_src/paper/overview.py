"""The results on the first screen: each backbone in one stage and in several, and RDKit."""

from collections.abc import Mapping

import pandas as pd

from pipeline_src.paper.claims import AS_DRAWN, BETTER, WORSE, claims_of, first_mode
from pipeline_src.paper.comparison import ASKED
from pipeline_src.paper.learned import lost, lost_words
from pipeline_src.paper.names import arrow, digits_of, metric_name, unit_of
from pipeline_src.paper.words import items_listed, level_name
from pipeline_src.run.settings.paper_report import PageRow, PaperReportSettings

ITEMS = ("table2", "table5")
METRICS = ("cov_r", "mat_r", "cov_p", "mat_p")


def overview(settings: PaperReportSettings, tables: Mapping[str, pd.DataFrame]) -> dict | None:
    """Lines of the table, its metrics and the notes of its rows; None without any.

    What two tables share stands once, as in the first of them. Rows that no network made are first;
    then each backbone in one stage, followed by the rows that are compared with it.

    Args:
        settings: of the report.
        tables: item -> cells.
    """
    items = [item for item in ITEMS if item in tables] or [i for i in ASKED if i in tables]
    made = {(page.item, row.label): row for page in settings.pages for row in page.rows}
    groups: dict[tuple, list[dict]] = {}
    seen: set[tuple] = set()
    for item in items:
        for line in _lines(item, tables[item], made):
            if line["key"] not in seen:
                seen.add(line["key"])
                groups.setdefault(line["group"], []).append(line)
    lines = [line for group in sorted(groups.values(), key=lambda rows: bool(rows[0]["stages"]))
             for line in sorted(group, key=lambda line: line["compared"])]
    if not lines:
        return None
    return {"lines": lines, "from": items_listed(items),
            "metrics": [{"name": metric_name(m), "unit": unit_of(m), "arrow": arrow(m)}
                        for m in METRICS],
            "deltas": len({line["delta"] for line in lines if line["delta"]}) > 1,
            "molecules": len({line["molecules"] for line in lines}) > 1,
            "notes": [{"row": line["row"], "note": line["note"]}
                      for line in lines if line["note"]]}


def _lines(item: str, cells: pd.DataFrame, made: Mapping[tuple, PageRow]) -> list[dict]:
    """The measured rows of a table, as they stand there."""
    means = first_mode(cells[(cells["statistic"] == "mean") & cells["metric"].isin(METRICS)])
    means = means[means["measured"].notna()]
    claims = {(claim.row, claim.metric): claim for claim in claims_of(item, cells)
              if claim.baseline != AS_DRAWN}
    failed = lost(cells)
    lines = []
    for row, found in means.groupby("row", sort=False):
        first = found.iloc[0]
        known = made.get((item, row), PageRow(label=row))
        against = [claim.baseline for (name, _), claim in claims.items() if name == row]
        data = first["dataset"], first["train_dataset"]
        staged = len(known.levels) != 1  # else a difference is not the hierarchy's
        lines.append({
            "row": row, "note": known.note, "compared": bool(against),
            "key": (first["chain"], *data, first["delta_angstrom"], first["settings_hash"]),
            "group": (against[0] if against else first["chain"], *data),
            "stages": ", then ".join(level_name(level) for level in known.levels),
            "n_stages": len(known.levels),
            "delta": "" if pd.isna(first["delta_angstrom"]) else f"{first['delta_angstrom']:g}",
            "molecules": f"{found['molecules'].max():.0f}",
            "lost": lost_words(failed[row]) if row in failed else "",
            "cells": [{"metric": metric, **_cell(found[found["metric"] == metric], metric,
                                                 claims.get((row, metric)) if staged else None)}
                      for metric in METRICS]})
    return lines


def _cell(found: pd.DataFrame, metric: str, claim: object) -> dict:
    """Value, interval, and a mark where the difference from the baseline is decided."""
    if found.empty:
        return {"value": "", "interval": "", "state": ""}
    one, digits = found.iloc[0], 2 if unit_of(metric) == "Å" else digits_of(metric)
    ends = [one["ci_low"], one["ci_high"]]
    return {"value": f"{one['measured']:.{digits}f}",
            "interval": "" if pd.isna(ends).any() else
            "[" + ", ".join(f"{end:.{digits}f}" for end in ends) + "]",
            "state": claim.state if claim and claim.state in (BETTER, WORSE) else ""}
