"""The first sentence of the report: which chain has the best mean of each score."""

import pandas as pd

from pipeline_src.reports.comparison_text import default_variant, first_deltas
from pipeline_src.reports.inputs import METRICS
from pipeline_src.reports.views import (
    METRIC_NAMES,
    MISSING,
    best_mean,
    geometry_view,
    is_coverage,
    number,
)
from pipeline_src.run.settings.report import ReportSettings


def headline_view(table: pd.DataFrame, comparison: pd.DataFrame,
                  settings: ReportSettings) -> list[dict]:
    """Per dataset the chain with the best mean of each metric, in the default table.

    Args:
        table: ``geometry.csv``, a row per seed.
        comparison: ``comparison.csv``: with several seeds the means over them are ranked, never
            the seeds themselves.
        settings: the experiment.
    """
    over_seeds = first_deltas(default_variant(comparison))
    view = []
    for entry in geometry_view(table, settings):
        block = entry["tables"][0]["blocks"][0]
        seeds = len({row["seed"] for row in block["rows"]})
        of_dataset = over_seeds[over_seeds["dataset"] == entry["dataset"]]
        leaders = _of_seeds(of_dataset) if seeds > 1 else _of_rows(block["rows"])
        rivals = len(of_dataset) if seeds > 1 else len(block["rows"])
        view.append({"dataset": entry["dataset"], "geometry": entry["geometry"], "seeds": seeds,
                     "delta": block["delta"], "leaders": leaders, "several": rivals > 1})
    return view


def _of_rows(rows: list[dict]) -> list[dict]:
    leaders = []
    for k, metric in enumerate(METRICS):
        scored = [row for row in rows if row["cells"][k]["mean"] != MISSING]
        winner = next((row for row in scored if row["cells"][k]["best"]),
                      scored[0] if len(rows) == 1 and scored else None)
        if winner:
            cell = winner["cells"][k]
            leaders.append(_leader(metric, winner["chain"], cell["mean"], cell["interval"]))
    return leaders


def _of_seeds(rows: pd.DataFrame) -> list[dict]:
    leaders = []
    for metric in METRICS:
        scored = rows.dropna(subset=[f"{metric}_mean"])
        alike = scored[f"{metric}_n_molecules"].nunique() == 1 and len(scored) == len(rows)
        if not scored.empty and (alike or is_coverage(metric)):
            winner = scored[scored[f"{metric}_mean"] == best_mean(scored, metric)].iloc[0]
            mean, low, high = (number(winner[f"{metric}_{end}"], 1 if is_coverage(metric) else 3)
                               for end in ("mean", "low", "high"))
            leaders.append(_leader(metric, winner["chain"], mean,
                                   MISSING if low == MISSING else f"[{low}, {high}]"))
    return leaders


def _leader(metric: str, chain: str, mean: str, interval: str) -> dict:
    unit = "%" if is_coverage(metric) else "Å"
    return {"metric": METRIC_NAMES[metric], "chain": chain, "value": f"{mean}\u00a0{unit}",
            "interval": interval}
