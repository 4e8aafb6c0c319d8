"""A table of the paper as the page shows it: plain dictionaries and strings, no arithmetic left."""

import math
from collections.abc import Callable, Mapping

import pandas as pd

from pipeline_src.paper.claims import AS_DRAWN, Claim, claims_of, in_sections, states
from pipeline_src.paper.learned import lost, lost_words
from pipeline_src.paper.names import arrow, digits_of, metric_name, unit_of
from pipeline_src.paper.sections import named
from pipeline_src.paper.statistics import DIFFERENCES
from pipeline_src.paper.words import listed

_MODES = {"true": "Symmetrised RMSD: conjugated end groups count as equivalent, as in RDKit since "
                  "2022.09",
          "false": "Plain RMSD, as in RDKit before 2022.09", "": ""}
_VALUES = ("mean", "median", "")  # statistics of a value; others are of pairs and ranks
_OF_PAIRS = {*DIFFERENCES, "rank"}
_ONE_STAGE, _RELAXED = "rows in one stage", "after the relaxation against before it"


def table_views(cells: pd.DataFrame, walks: Mapping[str, str] | None = None) -> list[dict]:
    """The table for each RMSD mode, the symmetrised first; one where there are no modes.

    That of the plain RMSD is left out where it would say the same (``same_in_both``).

    Args:
        cells: of the table.
        walks: row -> the steps of its walk in words, where the rows have different ones.
    """
    values = cells[~cells["statistic"].isin(_OF_PAIRS) | _of_a_value(cells)]
    modes = [mode for mode in ("true", "false") if (values["symmetrize"] == mode).any()] or [""]
    views = [{"label": _MODES[mode],
              **_view(values[values["symmetrize"].isin([mode, ""])], walks or {})}
             for mode in modes]
    alike = len(views) > 1 and views[0]["lines"] == views[1]["lines"]
    return [{**view, "same_in_both": alike} for view in views[:1 if alike else None]]


def _of_a_value(cells: pd.DataFrame) -> pd.Series:
    """Which cells are corrected p values that stand beside a value, as there is no difference."""
    compared = set(cells.loc[cells["statistic"] == "difference", "row"])
    return (cells["statistic"] == "p_holm") & ~cells["row"].isin(compared)


def _view(values: pd.DataFrame, walks: Mapping[str, str]) -> dict:
    """Metrics as columns, rows (and their parts) as lines.

    Where rows have their parts in common the lines of a part stand together under its name, and
    parts without any value are named in one line.
    """
    metrics = list(dict.fromkeys(values["metric"]))
    parts = values.groupby("row")["part"].nunique().max() > 1 if len(values) else False
    together = bool(parts) and values.groupby("part")["row"].nunique().min() > 1
    empty = _without_values(values) if together else []
    keys = ["row", "part"] if parts else ["row"]
    lines, asides = [], _asides(values[values["statistic"] != "p_holm"], keys)
    for key, found in values[~values["part"].isin(empty)].groupby(keys, sort=False):
        lines.append({
            "row": key[0], "part": key[1] if parts else "", "measured_here": bool(
                found["measured"].notna().any() or found["word"].any()),
            "asides": [*([walks[key[0]]] if key[0] in walks else []), *asides[key]],
            "cells": [_cell(found[found["metric"] == metric], metric) for metric in metrics]})
    if together:
        order = list(dict.fromkeys(line["part"] for line in lines))
        lines.sort(key=lambda line: order.index(line["part"]))
    return {
        "parts": parts and not together, "together": together, "empty": empty, "lines": lines,
        "metrics": [{"name": metric_name(m), "arrow": arrow(m), "unit": _unit(values, m)}
                    for m in metrics],
        "printed": [bool((values.loc[values["metric"] == m, "paper"] != "").any())
                    for m in metrics],
        "ours": [bool((values["metric"] == m).any() and _has(values[values["metric"] == m]))
                 for m in metrics]}


def _without_values(values: pd.DataFrame) -> list[str]:
    """Parts that no row has a value of, measured or printed, but a count of nothing."""
    told = values[(values["measured"].fillna(0) != 0) | (values["word"] != "")
                  | (values["paper"] != "")]
    return [part for part in dict.fromkeys(values["part"]) if part not in set(told["part"])]


def _asides(values: pd.DataFrame, keys: list[str]) -> dict[tuple, list[str]]:
    """Under the name of a line: what is not alike in all lines, and what went wrong in it."""
    measured = values[values["measured"].notna()]
    deltas, counts = (measured.groupby(keys, sort=False)[name].max()
                      for name in ("delta_angstrom", "molecules"))
    failed = {key: failed_words(lines) for key, lines in values.groupby(keys, sort=False)}
    away = lost(values)
    of_rows = counts.nunique() > 1 and "molecules" not in set(values["metric"])
    found: dict[tuple, list[str]] = {}
    for key, gone in failed.items():
        at = key if len(key) > 1 else key[0]
        words = [f"δ {deltas[at]:g} Å"] if deltas.nunique() > 1 and deltas.get(at, 0) > 0 else []
        if of_rows and counts.get(at, 0) > 0:
            words.append(f"{counts[at]:,.0f} molecule{'s' * bool(counts[at] > 1)}")
        words += [gone] if gone else []
        if key[0] in away:
            words.append(lost_words(away[key[0]]))
        found[key] = words
    return found


def failed_words(lines: pd.DataFrame) -> str:
    """How many molecules of a line failed, and in what where it is not in all of it; '' for none.

    Args:
        lines: its cells.
    """
    counts = lines.dropna(subset=["failed"]).groupby("metric", sort=False)["failed"].max()
    by_count: dict[float, list[str]] = {}
    for metric, count in counts[counts > 0].items():
        by_count.setdefault(count, []).append(metric)
    if [len(found) for found in by_count.values()] == [len(counts)]:
        return f"{max(by_count):.0f} failed"
    return "; ".join(f"{count:.0f} failed in {listed([metric_name(m) for m in found])}"
                     for count, found in by_count.items())


def _has(values: pd.DataFrame) -> bool:
    return bool(values["measured"].notna().any() or values["word"].any())


def _cell(found: pd.DataFrame, metric: str) -> dict:
    """Measured mean, interval, median and p of a test; the paper's mean and median."""
    by = {statistic: lines.iloc[0] for statistic, lines in found.groupby("statistic", sort=False)}
    main = next((by[name] for name in _VALUES if name in by),
                next(iter(by.values()), None))
    if main is None:
        return {"value": "", "interval": "", "median": "", "paper": "", "paper_median": "",
                "p": "", "comparable": ""}
    median = by.get("median") if "mean" in by else None
    p = by["p_holm"]["measured"] if "p_holm" in by else math.nan
    shown = _number(metric)
    return {
        "p": "" if math.isnan(p) else f"p {p:.2g}, corrected",
        "value": main["word"] or shown(main["measured"]),
        "interval": "" if math.isnan(main["ci_low"]) else (
            f"[{shown(main['ci_low'])}, {shown(main['ci_high'])}]"),
        "median": "" if median is None else shown(median["measured"]),
        "paper": main["paper"], "paper_median": "" if median is None else median["paper"],
        "comparable": main["comparable"]}


def _number(metric: str) -> Callable[[float], str]:
    digits = digits_of(metric)

    def shown(value: float) -> str:
        if math.isnan(value):
            return ""
        if digits or float(value).is_integer():
            return f"{value:,.{digits}f}"
        return f"{value:,.4g}"

    return shown


def _unit(values: pd.DataFrame, metric: str) -> str:
    units = dict.fromkeys(values.loc[values["metric"] == metric, "unit"])
    return next((unit for unit in units if unit), "")


def pair_views(item: str, cells: pd.DataFrame) -> list[dict]:
    """A line for each row and what it is compared with: its claims, one a metric.

    Where the table has sections, a line for each of them that the item names, its ``part``; all
    such lines have the same metrics.
    """
    claims = _shown(item, cells)
    sections = in_sections(claims)
    lines: dict[tuple[str, str, str], dict] = {}
    for claim in claims:
        part = claim.part if sections else ""
        line = lines.setdefault((claim.row, claim.against, part), {
            "row": claim.row, "baseline": claim.against, "part": part,
            "molecules": claim.molecules, "claims": []})
        line["claims"].append({
            "metric": f"{metric_name(claim.metric)} ({unit_of(claim.metric)})",
            "words": claim.words, "short": claim.short, "state": claim.state,
            "counts": "" if claim.blank else (
                f"{claim.better} better, {claim.worse} worse of {claim.molecules}")})
    return list(lines.values())


def pair_counts(item: str, cells: pd.DataFrame, stages: Mapping[str, int] | None = None) -> str:
    """How the claims of a table came out: '2 better, 1 worse, 13 undecided'.

    Those that are not of the hierarchy are counted apart where there are others: of a row in one
    stage, and of samples after a relaxation against the same before it.

    Args:
        item: its name.
        cells: of the table.
        stages: row -> how many it has.
    """
    kinds: dict[str, list[Claim]] = {"": []}
    for claim in _shown(item, cells):
        one = (stages or {}).get(claim.row) == 1
        kinds.setdefault(_RELAXED if claim.baseline == AS_DRAWN else _ONE_STAGE if one else "",
                         []).append(claim)
    counted = {kind: _counts(claims) for kind, claims in kinds.items() if claims}
    if len(counted) < 2:
        return "".join(counted.values())
    return "; ".join(f"{kind}: {counts}" if kind else counts for kind, counts in counted.items())


def _counts(claims: list[Claim]) -> str:
    found = states(claims)
    words = {"better": "better", "worse": "worse", "open": "undecided", "blank": "not informative"}
    return ", ".join(f"{found[state]} {word}" for state, word in words.items() if found[state])


def _shown(item: str, cells: pd.DataFrame) -> list[Claim]:
    """The claims of a table, of its sections only those that it names."""
    claims = claims_of(item, cells)
    return [claim for claim in claims if named(claim.part)] if in_sections(claims) else claims


def family(cells: pd.DataFrame) -> str:
    """What the p values of a table are corrected for."""
    notes = cells.loc[cells["statistic"] == "p_holm", "note"].str.split(";").str[0]
    return "; ".join(dict.fromkeys(notes))


def mode_effect(cells: pd.DataFrame) -> str:
    """Whether the RMSD mode changes the order of the rows; '' where there is none to change."""
    ranks = cells[cells["statistic"] == "rank"].dropna(subset=["measured"])
    both = ranks.pivot_table(index=["metric", "row"], columns="symmetrize", values="measured",
                             sort=False)
    if not {"true", "false"} <= set(both.columns):
        return ""
    moved = both[both["true"] != both["false"]].dropna()
    if moved.empty:
        return "The RMSD mode (symmetrised or plain) changes no rank in this table."
    words = [f"{row} by {metric_name(metric)} from {line['true']:.0f} to {line['false']:.0f}"
             for (metric, row), line in moved.iterrows()]
    return "With plain instead of symmetrised RMSD the ranks change: " + ", ".join(words) + "."
