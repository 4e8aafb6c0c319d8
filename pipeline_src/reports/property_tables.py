"""Tables of ensemble properties: errors by molecule, their means, and chains against baselines.

Errors are absolute, in eV, of the five quantities of the paper's Table 3. A molecule counts where
both sides have properties; every other one is a failed row of the molecules' table. Over seeds a
molecule's error is its mean over those it came out for.
"""

import math
from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from pipeline_src.reports.comparison_tables import COUNTS, Statistics
from pipeline_src.reports.inputs import PROPERTY_SCORES, RUN_COLUMNS, read_sources
from pipeline_src.reports.tables import Interval, failure_rows
from pipeline_src.run.errors import InputError
from pipeline_src.run.quantities import QUANTITIES
from pipeline_src.run.settings.jobs import ScoredSource, TableSettings

_OF_MOLECULE = ("molecule", "quantity", "reference_ev", "generated_ev", "absolute_error_ev",
                "n_reference", "n_generated", "n_failed", "status", "reason")
_SPREAD = ("low", "high", "seed_sd")
PROPERTY_COLUMNS = (*RUN_COLUMNS, "method", "quantity", *(
    f"mae_ev_{s}" for s in ("mean", "median", "std", "low", "high")),
    "n_molecules", "n_conformers", "n_failed")
MOLECULE_COLUMNS = (*RUN_COLUMNS, "method", *_OF_MOLECULE)
OVER_SEEDS_COLUMNS = ("chain", "dataset", "sampler", "method", "quantity", "mae_ev_mean",
                      *(f"mae_ev_{s}" for s in _SPREAD), "n_molecules", "n_seeds")
PAIRED_COLUMNS = ("chain", "baseline", "dataset", "sampler", "method", "quantity",
                  "difference_ev", *_SPREAD, *COUNTS, "p_value", "p_holm", "n_family")


def rows_of_properties(settings: TableSettings, statistics: Statistics, interval: Interval
                       ) -> tuple[dict[tuple[str, ...], list[dict]], list[dict]]:
    """Columns and rows of the four tables, in the order of this module, and of what failed.

    Args:
        settings: the score files, level of theory and baselines.
        statistics: means, paired differences and Holm's correction.
        interval: low and high end for the mean of values over molecules.

    Raises:
        InputError: as ``read_sources`` and ``property_pairs``.
    """
    means, molecules, over_seeds, pairs, failures, scored = [], [], [], [], [], []
    for source in settings.properties:
        scores = read_properties(source)
        scored.append(scores)
        means += property_rows(source, scores, settings.method, interval)
        molecules += molecule_rows(source, scores, settings.method)
        failures += failure_rows(source, scores, "property")
    if scored:
        every = pd.concat(scored, ignore_index=True)
        over_seeds += over_seeds_rows(every, settings.method, statistics)
        pairs += property_pairs(every, settings, statistics)
    return {PROPERTY_COLUMNS: means, MOLECULE_COLUMNS: molecules,
            OVER_SEEDS_COLUMNS: over_seeds, PAIRED_COLUMNS: pairs}, failures


def read_properties(source: ScoredSource) -> pd.DataFrame:
    """The property scores of a source; raises as ``read_sources``."""
    text, numbers = PROPERTY_SCORES
    return read_sources([source], (text, ("reference_ev", "generated_ev", *numbers)))


def property_rows(source: ScoredSource, scores: pd.DataFrame, method: str,
                  interval: Interval) -> Iterator[dict]:
    """Of each quantity the errors over molecules, with ``PROPERTY_COLUMNS``.

    ``std`` is the standard deviation of the molecules' errors themselves (n, not n - 1);
    low and high are the interval of their mean.
    """
    for quantity in QUANTITIES:
        rows = scores[scores["quantity"] == quantity]
        if rows.empty:
            continue
        good = rows[rows["status"] == "ok"]
        errors = good["absolute_error_ev"].to_numpy(dtype=float)
        low, high = interval(errors) if len(errors) else (None, None)
        statistics = {f"mae_ev_{name}": float(of(errors)) if len(errors) else None for name, of in (
            ("mean", np.mean), ("median", np.median), ("std", np.std))}
        failed = rows.loc[rows["status"] != "ok", "n_generated"].sum()
        yield {**_head(source), "method": method, "quantity": quantity, **statistics,
               "mae_ev_low": low, "mae_ev_high": high, "n_molecules": len(good),
               "n_conformers": int(good["n_generated"].sum()),
               "n_failed": int(rows["n_failed"].sum() + failed)}


def molecule_rows(source: ScoredSource, scores: pd.DataFrame, method: str) -> Iterator[dict]:
    """The scores as they are, a row per molecule and quantity, with ``MOLECULE_COLUMNS``."""
    for row in scores[list(_OF_MOLECULE)].to_dict("records"):
        counts = {name: int(row[name]) for name in _OF_MOLECULE if name.startswith("n_")}
        values = {name: _cell(row[name]) for name in _OF_MOLECULE if name.endswith("_ev")}
        yield {**_head(source), "method": method, **row, **counts, **values}


def over_seeds_rows(scores: pd.DataFrame, method: str, statistics: Statistics) -> Iterator[dict]:
    """A row per chain, dataset, sampler and quantity, with ``OVER_SEEDS_COLUMNS``.

    Args:
        scores: ``read_properties`` of all sources under one another.
        method: level of theory.
        statistics: means and their intervals, as of ``reports.comparison_tables``.
    """
    for place, rows in _places(scores):
        for chain, of_chain in rows.groupby("chain", sort=False):
            for quantity in QUANTITIES:
                values = _by_seed(of_chain, quantity)
                found = statistics.mean(values.to_numpy())
                yield {"chain": chain, **place, "method": method, "quantity": quantity,
                       "mae_ev_mean": _cell(found.center),
                       **{f"mae_ev_{name}": _cell(getattr(found, name)) for name in _SPREAD},
                       "n_molecules": found.n_molecules, "n_seeds": found.n_seeds}


def property_pairs(scores: pd.DataFrame, settings: TableSettings,
                   statistics: Statistics) -> Iterator[dict]:
    """Each chain minus its baseline, molecule by molecule, with ``PAIRED_COLUMNS``.

    Wilcoxon's p values are corrected by Holm as those of the geometry scores are: over the
    ``n_family`` chains on a dataset with a sampler that could be tested in the same quantity.

    Raises:
        InputError: a baseline, or a chain that has one, has no properties.
    """
    for place, rows in _places(scores):
        by_chain = dict(list(rows.groupby("chain", sort=False)))
        for name in sorted({*settings.baselines, *settings.baselines.values()} - set(by_chain)):
            raise InputError("baselines", name, f"one of {', '.join(sorted(by_chain))}")
        for quantity in QUANTITIES:
            pairs = [_pair(by_chain, *names, quantity, statistics)
                     for names in settings.baselines.items()]
            adjusted = statistics.adjust([found.p_value for found in pairs])
            tested = sum(not math.isnan(p) for p in adjusted)
            for (chain, baseline), found, p in zip(settings.baselines.items(), pairs, adjusted,
                                                   strict=True):
                yield {"chain": chain, "baseline": baseline, **place, "method": settings.method,
                       "quantity": quantity, "difference_ev": _cell(found.center),
                       **{name: _cell(getattr(found, name)) for name in (
                           *_SPREAD, *COUNTS, "p_value")},
                       "p_holm": _cell(p), "n_family": tested}


def _pair(by_chain: Mapping[str, pd.DataFrame], chain: str, baseline: str, quantity: str,
          statistics: Statistics) -> object:
    values, others = (_by_seed(by_chain[name], quantity) for name in (chain, baseline))
    values, others = values.align(others, join="outer")
    return statistics.difference(values.to_numpy(), others.to_numpy(), False)


def _places(scores: pd.DataFrame) -> Iterator[tuple[dict, pd.DataFrame]]:
    for (dataset, sampler), rows in scores.groupby(["dataset", "sampler"], sort=False):
        yield {"dataset": dataset, "sampler": sampler}, rows


def _by_seed(rows: pd.DataFrame, quantity: str) -> pd.DataFrame:
    """Errors in eV, a row a seed and a column a molecule; NaN where there is none."""
    good = rows[(rows["quantity"] == quantity) & (rows["status"] == "ok")]
    return good.pivot(index="seed", columns="molecule", values="absolute_error_ev").astype(float)


def _head(source: ScoredSource) -> dict:
    return {name: getattr(source, name) for name in RUN_COLUMNS}


def _cell(value: float) -> float | None:
    """``value``, None (an empty cell) for NaN."""
    return None if math.isnan(value) else value
