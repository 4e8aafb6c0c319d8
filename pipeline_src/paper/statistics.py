"""What is said of a row's score: mean and median over molecules, the difference from another's.

A molecule's score is its mean over the seeds; intervals are of the mean over molecules, by
resampling these, and so are given the trainings. How far these differ is seen in the seeds' own
differences.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline_src.paper.cells import Value, cell, number_or_none
from pipeline_src.paper.names import is_strain
from pipeline_src.run.settings.paper_table import PaperRow, PaperTableSettings
from pipeline_src.scores.paired import (
    PairedDifference,
    holm,
    paired_difference,
    seed_mean,
    sign_p,
)

_SIZES = ("difference", "seed_low", "seed_high")  # in the metric's unit
DIFFERENCES = (*_SIZES, "p", "p_sign", "p_holm", "better", "worse")  # statistics of a pair


@dataclass
class Pair:
    """A row against its baseline in one metric, before its p value is corrected.

    Attributes:
        row: of the table.
        metric: what is compared.
        found: its differences.
        columns: further columns of its cells.
    """

    row: PaperRow
    metric: str
    found: PairedDifference
    columns: dict


def mean_cells(settings: PaperTableSettings, row: PaperRow, metric: str, values: pd.DataFrame,
               printed: Mapping[str, str | None], **columns: Value) -> Iterator[dict]:
    """The cells of mean, with its interval, and median over molecules.

    Args:
        settings: of the bootstrap.
        row, metric: whose values.
        values: a row a seed and a column a molecule; NaN: no value.
        printed: statistic -> the paper's digits.
        columns: further columns, alike for both.
    """
    table = values.to_numpy(dtype=float)
    mean = seed_mean(table, settings.bootstrap_resamples, settings.bootstrap_seed)
    of_molecules = values.mean(axis=0).dropna().to_numpy(dtype=float)
    found = {
        "mean": {"measured": number_or_none(mean.center), "ci_low": number_or_none(mean.low),
                 "ci_high": number_or_none(mean.high)},
        "median": {"measured": float(np.median(of_molecules)) if len(of_molecules) else None}}
    for statistic, numbers in found.items():
        yield cell(settings, row, metric, statistic, molecules=mean.n_molecules,
                   paper=printed.get(statistic), **numbers, **columns)


def compared(settings: PaperTableSettings, row: PaperRow, metric: str, values: pd.DataFrame,
             baseline: pd.DataFrame, higher_is_better: bool, **columns: Value) -> Pair:
    """The row's values minus the baseline's, molecule by molecule, over the seeds of both.

    The difference is their mean over molecules; of strain, which differs by orders of magnitude
    between these, their median.
    """
    values, baseline = values.align(baseline, join="outer")
    found = paired_difference(values.to_numpy(dtype=float), baseline.to_numpy(dtype=float),
                              higher_is_better, settings.bootstrap_resamples,
                              settings.bootstrap_seed,
                              np.median if is_strain(metric) else np.mean)
    return Pair(row, metric, found, columns)


def pair_cells(settings: PaperTableSettings, pairs: list[Pair]) -> Iterator[dict]:
    """The cells of the differences; p values are corrected over all ``pairs``, one metric's.

    Args:
        settings: item and size.
        pairs: of one metric and RMSD mode, all that the table has.
    """
    adjusted = holm([pair.found.p_value for pair in pairs])
    tested = sum(not math.isnan(p) for p in adjusted)
    for pair, p_holm in zip(pairs, adjusted, strict=True):
        found, row = pair.found, pair.row
        numbers = {
            "difference": {"measured": found.center, "ci_low": found.low, "ci_high": found.high},
            **_of_seeds(found),
            "p": {"measured": found.p_value, "note": "Wilcoxon's signed-rank test, two-sided"},
            "p_sign": {"measured": sign_p(found.n_better, found.n_worse),
                       "note": "sign test, two-sided, not corrected"},
            "p_holm": {"measured": p_holm, "note": _family(tested)},
            "better": {"measured": found.n_better, "note": "molecules"},
            "worse": {"measured": found.n_worse, "note": "molecules"}}
        for statistic, values in numbers.items():
            values = {name: number_or_none(value) if isinstance(value, float) else value
                      for name, value in values.items()}
            unit = {} if statistic in _SIZES else {"unit": ""}
            yield cell(settings, row, pair.metric, statistic, baseline=row.baseline,
                       against=row.against, molecules=found.n_molecules,
                       **{**pair.columns, **unit, **values})


def _of_seeds(found: PairedDifference) -> dict[str, dict]:
    """The ends of the seeds' own differences; nothing with one seed."""
    if found.n_seeds < 2:
        return {}
    note = f"of the {found.n_seeds} seeds' own differences"
    return {"seed_low": {"measured": found.seed_low, "note": f"least {note}"},
            "seed_high": {"measured": found.seed_high, "note": f"greatest {note}"}}


def _family(tested: int) -> str:
    return (f"Wilcoxon's p after Holm's correction for the {tested} "
            f"comparison{'s' * (tested != 1)} of this metric in this table")
