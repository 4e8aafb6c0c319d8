"""The comparison of chains as the template shows it: over seeds, and against their baselines."""

from collections.abc import Iterator, Mapping

import pandas as pd

from pipeline_src.reports.chain_costs import COSTS
from pipeline_src.reports.comparison_text import (
    default_variant,
    first_deltas,
    limits,
    pair_sentences,
    signed,
    variants,
    verdict,
)
from pipeline_src.reports.inputs import METRICS
from pipeline_src.reports.style import present
from pipeline_src.reports.views import (
    METRIC_NAMES,
    MISSING,
    POLICIES,
    SYMMETRIZE,
    is_coverage,
    number,
)
from pipeline_src.run.settings.report import ReportSettings


def comparison_view(comparison: pd.DataFrame, paired: pd.DataFrame, costs: pd.DataFrame,
                    parameters: Mapping[str, int], training_molecules: int | None,
                    settings: ReportSettings) -> dict | None:
    """Tables, sentences and limits of the comparison; None where nothing is compared.

    Args:
        comparison: ``comparison.csv``.
        paired: ``paired.csv``.
        costs: CPU seconds, as ``chain_costs.read_costs``.
        parameters: stage -> trained parameters.
        training_molecules: how many were trained on; None: nothing was.
        settings: the experiment.
    """
    if not settings.compared or comparison.empty:
        return None
    shown = first_deltas(default_variant(paired))
    return {
        "sets": list(_sets(comparison, paired, costs, parameters, settings)),
        "sentences": pair_sentences(shown, settings), "verdict": verdict(shown),
        "limits": limits(default_variant(comparison), shown, costs, parameters,
                         training_molecules, settings),
        "notes": settings.notes}


def _sets(comparison: pd.DataFrame, paired: pd.DataFrame, costs: pd.DataFrame,
          parameters: Mapping[str, int], settings: ReportSettings) -> Iterator[dict]:
    """Per dataset its tables, one per RMSD variant and failure policy, the default one first."""
    for dataset in present([d.name for d in settings.datasets], comparison["dataset"]):
        of_dataset = comparison[comparison["dataset"] == dataset]
        cost = costs[costs["dataset"] == dataset]
        tables = []
        for symmetrize, policy in variants(of_dataset):
            rows, pairs = (table[(table["dataset"] == dataset) & (
                table["symmetrize"] == symmetrize) & (table["failure_policy"] == policy)]
                for table in (comparison, paired))
            tables.append({
                "label": f"{SYMMETRIZE[bool(symmetrize)]}; {POLICIES.get(policy, policy)}",
                "rows": [_chain_row(row, cost, parameters, settings)
                         for row in _ordered(rows, settings)],
                "pairs": [_pair_row(row) for metric in METRICS for row in _ordered(
                    _of_metric(pairs, metric), settings)]})
        found = settings.dataset(dataset)
        yield {"dataset": dataset, "geometry": found.geometry if found else "", "tables": tables}


def _of_metric(pairs: pd.DataFrame, metric: str) -> pd.DataFrame:
    """The rows of a metric; MAT knows no δ, and is the same at all of them."""
    rows = pairs[pairs["metric"] == metric]
    return rows if is_coverage(metric) or rows.empty else first_deltas(rows)


def _ordered(rows: pd.DataFrame, settings: ReportSettings) -> list[dict]:
    chains = present(list(settings.chains), rows["chain"])
    return sorted(rows.to_dict("records"),
                  key=lambda r: (r["delta"], chains.index(r["chain"]), r["sampler"]))


def _chain_row(row: dict, costs: pd.DataFrame, parameters: Mapping[str, int],
               settings: ReportSettings) -> dict:
    cells = []
    for metric in METRICS:
        digits, molecules = _digits(metric), row[f"{metric}_n_molecules"]
        mean, low, high, sd = (number(row[f"{metric}_{name}"], digits)
                               for name in ("mean", "low", "high", "seed_sd"))
        fewer = not is_coverage(metric) and molecules < row["cov_r_n_molecules"]
        cells.append({
            "mean": mean, "interval": MISSING if low == MISSING else f"[{low}, {high}]",
            "sd": "" if sd == MISSING else f"± {sd}",
            "over": f"over {molecules:.0f} of {row['cov_r_n_molecules']:.0f}" if fewer else ""})
    own = costs[(costs["chain"] == row["chain"]) & (costs["sampler"] == row["sampler"])]
    walk = settings.walks.get(row["chain"], {}).get(row["sampler"])
    return {"chain": row["chain"], "delta": f"{row['delta']:g}", "sampler": row["sampler"],
            "cells": cells, "molecules": f"{row['cov_r_n_molecules']:.0f}",
            "stages": _stages(row["chain"], parameters, settings),
            "levels": f"{walk.levels:,} noise levels or steps" if walk else "",
            **{what: _cost(own[what]) for what in COSTS}}


def _stages(chain: str, parameters: Mapping[str, int], settings: ReportSettings) -> list[str]:
    """Training steps and parameters of every stage of a chain, in words."""
    by_name = {stage.name: stage for stage in settings.stages}
    words = []
    for element in settings.chains[chain]:
        stage = by_name.get(element)
        if stage is None:
            words.append(f"{element}: not trained")
        elif stage.weights:
            words.append(f"{element}: imported ({stage.weights})")
        else:
            known = f", {parameters[element]:,} parameters" if element in parameters else ""
            words.append(f"{element}: {stage.iterations:,} steps{known}")
    return words


def _cost(seconds: pd.Series) -> dict[str, str]:
    """Mean over the seeds of which the CPU time is known, and its range."""
    known = seconds.dropna()
    if known.empty:
        return {"mean": MISSING, "range": ""}
    low, high = f"{known.min():,.0f}", f"{known.max():,.0f}"
    words = [f"{low}–{high}"] * (low != high)
    words += [f"{len(known)} of {len(seconds)} seeds"] * (len(known) < len(seconds))
    return {"mean": f"{known.mean():,.0f}", "range": ", ".join(words)}


def _pair_row(row: dict) -> dict:
    metric = row["metric"]
    digits, n_unpaired = _digits(metric), row["n_unpaired"]
    low, high = (signed(row[name], digits) for name in ("low", "high"))
    sd = number(row["seed_sd"], digits)
    return {
        **{name: row[name] for name in ("chain", "baseline", "sampler")},
        "metric": METRIC_NAMES[metric],
        "delta": f"{row['delta']:g}" if is_coverage(metric) else MISSING,
        "unit": "points" if is_coverage(metric) else "Å",
        "difference": signed(row["difference"], digits),
        "interval": MISSING if low == MISSING else f"[{low}, {high}]",
        "apart": row["low"] > 0 or row["high"] < 0, "sd": "" if sd == MISSING else f"± {sd}",
        "counts": " / ".join(f"{row[name]:.0f}" for name in ("n_better", "n_equal", "n_worse")),
        "molecules": f"{row['n_molecules']:.0f}",
        "unpaired": f"{n_unpaired:.0f} not paired" if n_unpaired else "",
        "p": _probability(row["p_value"]), "holm": _probability(row["p_holm"])}


def _probability(p: float) -> str:
    return "< 0.0001" if p < 1e-4 else number(p, 4)


def _digits(metric: str) -> int:
    return 1 if is_coverage(metric) else 3
