"""Tables that compare chains: scores over seeds, and differences paired by molecule.

A molecule's score is its mean over seeds, a chain's the mean over molecules. Which molecules enter
is as in ``reports.tables``: with policy ``zero`` a failed molecule has coverage 0 and no MAT, with
``skip`` neither. A molecule is paired by the seeds for which both chains have a value.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pipeline_src.reports.inputs import METRICS, RUN_COLUMNS
from pipeline_src.reports.tables import entering
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.jobs import ScoredSource

PLACE = ("dataset", "sampler", "delta", "symmetrize", "failure_policy")
# Ends of the columns -> fields of ``scores.paired.SeedMean``.
MEANS = {"mean": "center", "low": "low", "high": "high", "seed_sd": "seed_sd",
         "n_molecules": "n_molecules"}
COUNTS = ("n_better", "n_equal", "n_worse", "n_molecules", "n_unpaired", "n_seeds")
COMPARISON_COLUMNS = ("chain", *PLACE, *(f"{m}_{s}" for m in METRICS for s in MEANS), "n_seeds")
PAIRED_COLUMNS = ("chain", "baseline", *PLACE, "metric", "difference", "low", "high", "seed_sd",
                  *COUNTS, "p_value", "p_holm", "n_family")
_SCORES = (*RUN_COLUMNS, "delta", "symmetrize", "molecule", "status", "n_references", *METRICS)


@dataclass(frozen=True)
class Statistics:
    """What the scores room knows of such tables (``scores.paired``), handed in by the step.

    Attributes:
        mean: (S, M) scores by seed and molecule, NaN where there is none, to their mean, interval
            and spread between seeds.
        difference: the same of two chains, and whether higher is better, to their difference.
        adjust: p values of a family, in order, corrected for their number.
    """

    mean: Callable[[np.ndarray], Any]
    difference: Callable[[np.ndarray, np.ndarray, bool], Any]
    adjust: Callable[[Sequence[float]], list[float]]


def headline_scores(source: ScoredSource, scores: pd.DataFrame,
                    deltas: Sequence[float]) -> pd.DataFrame:
    """The rows of ``scores`` at the thresholds of the tables, delta exactly as given there."""
    frames = [scores[np.isclose(scores["delta"], delta, rtol=0, atol=1e-9)].assign(delta=delta)
              for delta in deltas]
    run = {name: getattr(source, name) for name in RUN_COLUMNS}
    return pd.concat(frames).assign(**run)[list(_SCORES)]


def comparison_rows(scores: pd.DataFrame, policies: Sequence[str],
                    statistics: Statistics) -> Iterator[dict]:
    """A row per chain, dataset, sampler, delta, symmetrize and policy: ``COMPARISON_COLUMNS``.

    Args:
        scores: ``headline_scores`` of all sources under one another.
        policies: ``zero`` and/or ``skip``.
        statistics: means and their intervals.
    """
    for place, rows in _places(scores, policies):
        for chain, of_chain in rows.groupby("chain", sort=False):
            cells = {}
            for metric in METRICS:
                found = statistics.mean(by_seed(of_chain, metric,
                                                place["failure_policy"]).to_numpy())
                cells |= {f"{metric}_{name}": _cell(getattr(found, field))
                          for name, field in MEANS.items()}
            yield {"chain": chain, **place, "symmetrize": _text(place), **cells,
                   "n_seeds": of_chain["seed"].nunique()}


def paired_rows(scores: pd.DataFrame, policies: Sequence[str], baselines: Mapping[str, str],
                statistics: Statistics) -> Iterator[dict]:
    """A row per chain with a baseline and metric, else as ``comparison_rows``: ``PAIRED_COLUMNS``.

    ``p_holm`` is corrected over the ``n_family`` pairs of the same metric in the same place.

    Raises:
        InputError: a baseline, or a chain that has one, was not scored.
    """
    for chain in sorted({*baselines, *baselines.values()} - set(scores["chain"])):
        raise InputError("baselines", chain, f"one of {', '.join(sorted(set(scores['chain'])))}")
    for place, rows in _places(scores, policies) if baselines else ():
        by_chain = dict(list(rows.groupby("chain", sort=False)))
        for metric in METRICS:
            family = [_pair(by_chain, chain, baseline, metric, place, statistics)
                      for chain, baseline in baselines.items()]
            adjusted = statistics.adjust([found.p_value for found in family])
            tested = sum(not math.isnan(p) for p in adjusted)
            for (chain, baseline), found, p in zip(baselines.items(), family, adjusted,
                                                   strict=True):
                yield {"chain": chain, "baseline": baseline, **place, "symmetrize": _text(place),
                       "metric": metric, "difference": _cell(found.center),
                       **{name: _cell(getattr(found, name)) for name in (
                           "low", "high", "seed_sd", *COUNTS, "p_value")},
                       "p_holm": _cell(p), "n_family": tested}


def _places(scores: pd.DataFrame, policies: Sequence[str]) -> Iterator[tuple[dict, pd.DataFrame]]:
    """Everything that is compared within itself, in the order of the scores, by policy."""
    for key, rows in scores.groupby(["dataset", "sampler", "delta", "symmetrize"], sort=False):
        for policy in policies:
            yield dict(zip(PLACE, (*key, policy), strict=True)), rows


def _pair(by_chain: Mapping[str, pd.DataFrame], chain: str, baseline: str, metric: str,
          place: Mapping, statistics: Statistics) -> Any:
    values, others = (by_seed(by_chain[name], metric, place["failure_policy"])
                      for name in (chain, baseline))
    values, others = values.align(others, join="outer")
    return statistics.difference(values.to_numpy(), others.to_numpy(), metric.startswith("cov"))


def by_seed(rows: pd.DataFrame, metric: str, policy: str) -> pd.DataFrame:
    """The values that enter the mean of ``metric``, a row a seed and a column a molecule."""
    values = entering(rows, metric, policy)
    entered = rows.loc[values.index, ["seed", "molecule"]].assign(value=values)
    return entered.pivot(index="seed", columns="molecule", values="value").astype(float)


def _text(place: Mapping) -> str:
    return "true" if place["symmetrize"] else "false"


def _cell(value: float) -> float | None:
    """``value``, None (an empty cell) for NaN."""
    return None if math.isnan(value) else value
