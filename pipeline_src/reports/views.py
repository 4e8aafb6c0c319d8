"""Tables as the template shows them: plain dictionaries and strings, no arithmetic left."""

import math
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from pipeline_src.reports.inputs import METRICS, level_order, read_split_hash
from pipeline_src.reports.run_figures import QUANTITIES, format_time
from pipeline_src.reports.style import present
from pipeline_src.run.settings.report import ReportSettings

METRIC_NAMES = {"cov_r": "COV-R", "mat_r": "MAT-R", "cov_p": "COV-P", "mat_p": "MAT-P"}
SYMMETRIZE = {
    True: "symmetrised RMSD (conjugated end groups equivalent, RDKit since 2022.09)",
    False: "plain RMSD (as RDKit before 2022.09)",
}
POLICIES = {
    "zero": "failed molecules count as 0 % coverage, and enter no MAT mean",
    "skip": "failed molecules are left out of all means",
}
MISSING = "–"
LISTED_FAILURES = 200


def number(value: float, digits: int) -> str:
    """``value`` with ``digits`` decimals, a dash for NaN."""
    return MISSING if value is None or math.isnan(value) else f"{value:.{digits}f}"


def is_coverage(metric: str) -> bool:
    """Whether the metric is a percentage, better when higher; else Å, better when lower."""
    return metric.startswith("cov")


def geometry_view(table: pd.DataFrame, settings: ReportSettings) -> list[dict]:
    """Per dataset its tables, one per RMSD variant and failure policy, the default one first."""
    view = []
    table = _with_matched(table)
    for dataset in present([d.name for d in settings.datasets], table["dataset"]):
        of_dataset = table[table["dataset"] == dataset]
        found = settings.dataset(dataset)
        keys = sorted(of_dataset.groupby(["symmetrize", "failure_policy"]).groups,
                      key=lambda key: (not key[0], key[1] != "zero", key[1]))
        view.append({
            "dataset": dataset, "geometry": found.geometry if found else "",
            "tables": [{
                "label": f"{SYMMETRIZE[bool(symmetrize)]}; {POLICIES.get(policy, policy)}",
                "blocks": _delta_blocks(of_dataset[(of_dataset["symmetrize"] == symmetrize) & (
                    of_dataset["failure_policy"] == policy)], settings),
            } for symmetrize, policy in keys],
        })
    return view


def _with_matched(table: pd.DataFrame) -> pd.DataFrame:
    """The table with ``n_matched``: molecules behind a row's MAT, those that did not fail.

    Failed molecules have no MAT under either policy, so it is the count of the ``skip`` row; NaN
    where that policy was not asked for.
    """
    key = ["chain", "dataset", "seed", "sampler", "delta", "symmetrize"]
    skipped = table[table["failure_policy"] == "skip"][[*key, "n_molecules"]]
    return table.merge(skipped.rename(columns={"n_molecules": "n_matched"}), on=key, how="left")


def _delta_blocks(table: pd.DataFrame, settings: ReportSettings) -> list[dict]:
    """One block of rows per δ, the best mean of each metric marked."""
    return [{"delta": f"{delta:g}",
             "rows": [_geometry_row(row, _best(rows)) for row in _ordered(rows, settings)]}
            for delta, rows in table.groupby("delta")]


def _ordered(rows: pd.DataFrame, settings: ReportSettings) -> list[dict]:
    chains = present(list(settings.chains), rows["chain"])
    records = rows.to_dict("records")
    return sorted(records, key=lambda r: (chains.index(r["chain"]), r["sampler"], int(r["seed"])))


def _best(rows: pd.DataFrame) -> dict[str, float]:
    """Best mean of each metric; NaN, which equals nothing, where rows cannot be ranked.

    One row has no rival; MATs over different molecules are no rivals either, nor are
    single seeds of several: the luckiest would win.
    """
    alike = rows["n_matched"].nunique(dropna=False) == 1
    ranked = len(rows) > 1 and rows["seed"].nunique() == 1
    return {m: best_mean(rows, m) if ranked and (alike or is_coverage(m)) else math.nan
            for m in METRICS}


def best_mean(rows: pd.DataFrame, metric: str) -> float:
    """The highest mean coverage, the lowest mean RMSD."""
    means = rows[f"{metric}_mean"]
    return means.max() if is_coverage(metric) else means.min()


def _geometry_row(row: dict, best: dict[str, float]) -> dict:
    cells = []
    for metric in METRICS:
        digits = 1 if is_coverage(metric) else 3
        mean, low, high, median = (
            number(row[f"{metric}_{s}"], digits) for s in ("mean", "low", "high", "median"))
        cells.append({"mean": mean, "median": median, "best": row[f"{metric}_mean"] == best[metric],
                      "interval": MISSING if low == MISSING else f"[{low}, {high}]",
                      "over": "" if is_coverage(metric) else _over(row)})
    counts = {c: f"{row[c]:.0f}" for c in ("n_molecules", "n_conformers", "n_failed")}
    return {"chain": row["chain"], "sampler": row["sampler"], "seed": row["seed"], "cells": cells,
            **counts}


def _over(row: dict) -> str:
    """The molecules behind a MAT where they are fewer than those behind the COV, else ''."""
    if math.isnan(row["n_matched"]) or row["n_matched"] == row["n_molecules"]:
        return ""
    return f"over {row['n_matched']:.0f} of {row['n_molecules']:.0f}"


def dataset_view(scores: pd.DataFrame, settings: ReportSettings) -> list[dict]:
    """Every dataset with its role, level of theory and what was scored of it."""
    view = []
    for dataset in settings.datasets:
        once = scores[scores["dataset"] == dataset.name].drop_duplicates("molecule")
        view.append({
            "name": dataset.name, "role": dataset.role, "geometry": dataset.geometry,
            "description": dataset.description,
            "split": read_split_hash(Path(dataset.split))[:12] if dataset.split else MISSING,
            "deltas": ", ".join(f"{d:g}" for d in dataset.deltas_angstrom) or MISSING,
            "molecules": len(once) if len(once) else MISSING,
            "references": f"{once['n_references'].sum():.0f}" if len(once) else MISSING})
    return view


def property_view(table: pd.DataFrame, settings: ReportSettings) -> list[dict]:
    """Per dataset and method a table of mean absolute errors, chains by quantities."""
    view = []
    for (dataset, method), rows in table.groupby(["dataset", "method"], sort=False):
        errors = rows.pivot_table(index="chain", columns="quantity", values="mae_ev_mean",
                                  aggfunc="mean", dropna=False)
        counts = rows.groupby("chain")[["n_molecules", "n_conformers", "n_failed"]].max()
        quantities = present(list(QUANTITIES), rows["quantity"])
        errors = errors.reindex(columns=quantities).astype(float)
        view.append({
            "dataset": dataset, "method": method,
            "quantities": [QUANTITIES.get(q, q) for q in quantities],
            "rows": [{"chain": chain,
                      "cells": [{"value": number(errors.at[chain, q], 4),
                                 "best": len(errors) > 1 and errors.at[chain, q] == errors[q].min()}
                                for q in quantities],
                      **{c: number(counts.at[chain, c], 0) for c in counts}}
                     for chain in present(list(settings.chains), errors.index)]})
    return view


def level_view(levels: pd.DataFrame, settings: ReportSettings) -> list[dict]:
    """A row per dataset and level: molecules, beads, how many collapsed and why."""
    view = []
    for dataset in present([d.name for d in settings.datasets], levels["dataset"]):
        of_dataset = levels[levels["dataset"] == dataset]
        for level in level_order(of_dataset["level"]):
            rows = of_dataset[of_dataset["level"] == level]
            reasons = rows.loc[rows["collapsed"] == 1, "reason"].value_counts()
            view.append({
                "dataset": dataset, "level": level, "molecules": len(rows),
                "beads": number(rows["n_beads"].mean(), 1),
                "range": f"{rows['n_beads'].min():.0f}–{rows['n_beads'].max():.0f}",
                "collapsed": int(rows["collapsed"].sum()),
                "reasons": "; ".join(f"{r or 'no reason'} ({n})" for r, n in reasons.items())})
    return view


def failure_view(failures: pd.DataFrame, rejected: pd.DataFrame) -> dict:
    """What failed: counts by kind, dataset, chain and reason, and the first rows themselves."""
    refused = rejected.assign(chain="", kind="import")
    refused["molecule"] = [f"{m}, conformer {c}" if c else m for m, c in
                           zip(rejected["molecule"], rejected["conformer"], strict=True)]
    columns = ["kind", "dataset", "chain", "molecule", "reason"]
    rows = pd.concat([refused[columns], failures[columns]]).astype(str)
    counts = rows.groupby(["kind", "dataset", "chain", "reason"], sort=False).size()
    return {"total": len(rows), "rows": rows.head(LISTED_FAILURES).to_dict("records"),
            "counts": [dict(zip(("kind", "dataset", "chain", "reason"), key, strict=True), n=n)
                       for key, n in counts.head(LISTED_FAILURES).items()]}


def time_view(times: pd.DataFrame) -> list[dict]:
    """A row per rule: jobs, summed and longest wall time, largest memory; longest first."""
    rules = times.groupby("rule").agg(
        jobs=("seconds", "size"), total=("seconds", "sum"), longest=("seconds", "max"),
        memory=("max_rss_mb", "max")).sort_values("total", ascending=False)
    return [{"rule": rule, "jobs": row.jobs, "total": format_time(row.total),
             "longest": format_time(row.longest), "memory": number(row.memory, 0)}
            for rule, row in zip(rules.index, rules.itertuples(), strict=True)]


def paper_view(table: pd.DataFrame, columns: list[str],
               keep: Callable[[dict], bool]) -> list[dict]:
    """The paper's rows grouped by its tables, digits as printed, those of our chains first named.

    Args:
        table: all cells as text.
        columns: the value columns shown.
        keep: which rows.
    """
    view = []
    for name, rows in table.groupby("table", sort=False):
        kept = [{"model": r["model"], "chain": r["chain"], "data": " → ".join(
                     dict.fromkeys((r["train_dataset"], r["dataset"]))),
                 "delta": r.get("delta_angstrom", ""),
                 "cells": [r[c] or MISSING for c in columns]}
                for r in rows.to_dict("records") if keep(r)]
        if kept:
            view.append({"table": name, "rows": kept})
    return view
