"""Tables of a run from its score tables: means over molecules with their denominators.

Failure policies: ``zero`` counts a failed molecule with coverage 0 and leaves it out of the MAT
means; ``skip`` leaves it out of both. A molecule without reference conformers cannot be scored
for any chain: it enters neither and is a row of the failures table.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pandas as pd

from pipeline_src.reports.inputs import METRICS, RUN_COLUMNS, near
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.jobs import ScoredSource

Interval = Callable[[np.ndarray], tuple[float, float]]

STATISTICS = ("mean", "median", "low", "high")
GEOMETRY_COLUMNS = (
    "chain", "dataset", "seed", "sampler", "delta", "symmetrize", "failure_policy",
    *(f"{metric}_{statistic}" for metric in METRICS for statistic in STATISTICS),
    "n_molecules", "n_conformers", "n_failed")
CURVE_COLUMNS = ("chain", "dataset", "seed", "sampler", "symmetrize", "delta", "cov_r_mean",
                 "cov_p_mean", "n_molecules")
FAILURE_COLUMNS = ("chain", "dataset", "seed", "sampler", "kind", "molecule", "reason")


def geometry_rows(source: ScoredSource, scores: pd.DataFrame, deltas: Sequence[float],
                  policies: Sequence[str], interval: Interval) -> Iterator[dict]:
    """A row per delta, symmetrize and policy of one source, with ``GEOMETRY_COLUMNS``.

    Args:
        source: chain, dataset, seed and sampler.
        scores: its score shards under one another; rows at other thresholds may lack.
        deltas: headline thresholds of the dataset, Å.
        policies: ``zero`` and/or ``skip``.
        interval: low and high end for the mean of values over molecules.

    Raises:
        InputError: an unknown policy, a threshold that was not scored, a molecule twice.
    """
    for delta in deltas:
        at_delta = scores[near(scores["delta"], [delta])]
        if at_delta.empty:
            raise InputError(f"scores of {source.chain} on {source.dataset}", "no rows",
                             f"rows at delta = {delta:g} Å")
        for symmetrize, rows in at_delta.groupby("symmetrize", sort=False):
            if rows["molecule"].duplicated().any():
                raise InputError(f"scores of {source.chain} on {source.dataset}",
                                 rows["molecule"][rows["molecule"].duplicated()].iloc[0],
                                 "each molecule in one shard")
            for policy in policies:
                yield {**_head(source), "delta": float(delta), "symmetrize": _text(symmetrize),
                       "failure_policy": policy, **_summary(rows, policy, interval)}


def curve_part(scores: pd.DataFrame) -> pd.DataFrame:
    """What ``curve_rows`` needs of a score file, a small part of it."""
    ok = scores["status"] == "ok"
    return pd.DataFrame({
        "symmetrize": scores["symmetrize"].astype(bool), "delta": scores["delta"].astype(float),
        "scorable": scores["n_references"] > 0,
        **{name: scores[name].where(ok, 0.0).astype(float) for name in ("cov_r", "cov_p")}})


def curve_rows(source: ScoredSource, parts: pd.DataFrame) -> Iterator[dict]:
    """Mean coverage over every threshold, policy ``zero``, with ``CURVE_COLUMNS``.

    Args:
        source: chain, dataset, seed and sampler.
        parts: ``curve_part`` of its score shards under one another.
    """
    for symmetrize, mode in parts.groupby("symmetrize", sort=False):
        for delta, rows in mode.groupby("delta", sort=True):
            entering = rows[rows["scorable"]]
            yield {**_head(source), "symmetrize": _text(symmetrize), "delta": float(delta),
                   "cov_r_mean": _number(entering["cov_r"].to_numpy(), np.mean),
                   "cov_p_mean": _number(entering["cov_p"].to_numpy(), np.mean),
                   "n_molecules": len(entering)}


def failure_rows(source: ScoredSource, scores: pd.DataFrame, kind: str) -> Iterator[dict]:
    """What failed: a row per molecule and reason, with ``FAILURE_COLUMNS``.

    Scored molecules appear with the remark of their row, or when some of their conformers failed.
    """
    seen = set()
    for molecule, reason, n_failed, status in zip(
            *(scores[c] for c in ("molecule", "reason", "n_failed", "status")), strict=True):
        texts = [reason] if reason else []
        if n_failed and (status == "ok" or not reason):
            texts.append(f"{int(n_failed)} conformer(s) failed")
        for text in texts:
            if (molecule, text) not in seen:
                seen.add((molecule, text))
                yield {**_head(source), "kind": kind, "molecule": molecule, "reason": text}


def left_out_rows(source: ScoredSource, shared: pd.DataFrame) -> Iterator[dict]:
    """The molecules that do not count because they are trained on, with ``FAILURE_COLUMNS``."""
    for molecule, subset in zip(shared["molecule"], shared["with_subset"], strict=True):
        yield {**_head(source), "kind": "overlap", "molecule": molecule, "reason": (
            f"left out of the tables: the training dataset has this molecule in {subset}")}


def _head(source: ScoredSource) -> dict:
    return {name: getattr(source, name) for name in RUN_COLUMNS}


def _text(flag: bool) -> str:
    return "true" if flag else "false"


def _summary(rows: pd.DataFrame, policy: str, interval: Interval) -> dict:
    summary = {}
    for metric in METRICS:
        values = _values(rows, metric, policy)
        low, high = interval(values) if len(values) else (None, None)
        summary |= {f"{metric}_mean": _number(values, np.mean),
                    f"{metric}_median": _number(values, np.median),
                    f"{metric}_low": low, f"{metric}_high": high}
    good = rows[rows["status"] == "ok"]
    return {**summary, "n_molecules": len(_values(rows, "cov_r", policy)),
            "n_conformers": int(good["n_samples"].sum()),
            "n_failed": _n_failed(rows, "n_samples")}


def entering(rows: pd.DataFrame, metric: str, policy: str) -> pd.Series:
    """The values of ``metric`` that enter its mean, with the index of their rows.

    Raises:
        InputError: an unknown policy.
    """
    good = rows[rows["status"] == "ok"]
    if policy == "skip" or metric.startswith("mat"):
        return good[metric].astype(float)
    if policy != "zero":
        raise InputError("failure_policies", policy, "zero or skip")
    scorable = rows[rows["n_references"] > 0]
    return scorable[metric].where(scorable["status"] == "ok", 0.0).astype(float)


def _values(rows: pd.DataFrame, metric: str, policy: str) -> np.ndarray:
    """One value per molecule that enters the mean of ``metric``  # (M,)"""
    return entering(rows, metric, policy).to_numpy(dtype=float)


def _n_failed(rows: pd.DataFrame, drawn: str) -> int:
    """Failed conformers and all conformers of failed molecules."""
    return int(rows["n_failed"].sum() + rows.loc[rows["status"] != "ok", drawn].sum())


def _number(values: np.ndarray, statistic: Callable) -> float | None:
    return float(statistic(values)) if len(values) else None
