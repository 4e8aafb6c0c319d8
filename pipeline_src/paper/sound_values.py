"""What a row's checks and strain say: summaries over conformers, and a value a molecule."""

from collections.abc import Iterator
from functools import partial

import pandas as pd

from pipeline_src.paper.cells import number_or_none
from pipeline_src.paper.names import metric_name, unit_of
from pipeline_src.reports.inputs import read_sources
from pipeline_src.reports.validity_tables import (
    ALL,
    CHECK_SCORES,
    CLASHES,
    POSEBUSTERS,
    STEREO,
    STRAIN,
    Intervals,
    check_rows,
    sound_conformers,
    strain_rows,
)
from pipeline_src.run.settings.paper_table import PaperRow, PaperTableSettings
from pipeline_src.scores.bootstrap import bootstrap_pooled, bootstrap_share

CHECKS = (ALL, STEREO, CLASHES)  # what is shown of the checks
_NOTHING = {ALL: "no conformer could be checked", CLASHES: "no conformer could be checked",
            STEREO: "no molecule of them states stereo"}


def strain_metric(relaxer: str) -> str:
    """Name of the strain against a relaxer, as in ``validity.csv``."""
    return f"strain_{relaxer}"


class Looked:
    """The checks and strains of one row, each file read once."""

    def __init__(self, row: PaperRow, settings: PaperTableSettings):
        """``settings`` say how the intervals are drawn.

        Raises:
            InputError: a file does not fit.
        """
        self.row = row
        drawn = {"resamples": settings.bootstrap_resamples, "seed": settings.bootstrap_seed}
        self._intervals = Intervals(partial(bootstrap_share, **drawn),
                                    partial(bootstrap_pooled, **drawn))
        self._checks = read_sources(row.seeded(row.checks), CHECK_SCORES)
        self._strain = {kind: read_sources(row.seeded(source), STRAIN)
                        for kind, source in row.strain.items()}

    def summaries(self) -> Iterator[dict]:
        """Metric, statistic, value, interval, counts and note of each check and strain."""
        found = {row["check"]: row for row in check_rows(self.row.checks, self._checks,
                                                         self._intervals)}
        for metric in CHECKS:
            yield _summary(metric, found.get(metric), self._checks,
                           [_most_failed(found)] if metric == ALL else [])
        for kind, energies in self._strain.items():
            strain, converged = strain_rows(self.row.strain[kind], kind, energies, self._intervals)
            share = converged["value"]
            yield _summary(strain["check"], strain, energies, [] if share is None else [
                f"{100 * share:.0f} % of the relaxations reached a minimum"])

    def values(self, metric: str) -> pd.DataFrame:
        """A row a seed and a column a molecule: the share in %, or the median strain.

        Of clashes it is the mean over the molecule's conformers.
        """
        if metric in CHECKS:
            sound = sound_conformers(self._checks)
            scale = 100 if unit_of(metric) == "%" else 1
            found = sound.groupby(["seed", "molecule"])[metric].mean() * scale
        else:
            kind = next(kind for kind in self._strain if strain_metric(kind) == metric)
            sound = self._strain[kind][self._strain[kind]["status"] == "ok"]
            found = sound.groupby(["seed", "molecule"])["strain_kcal_mol"].median()
        return found.dropna().unstack("molecule").astype(float)


def _summary(metric: str, found: dict | None, rows: pd.DataFrame, notes: list[str]) -> dict:
    """A check's or strain's row of ``reports.validity_tables`` as columns of a cell."""
    if found is None or found["value"] is None:
        statistic = "median" if metric not in CHECKS else "mean"
        return {"metric": metric, "statistic": statistic, "unit": unit_of(metric), "molecules": 0,
                "failed": rows["molecule"].nunique() if metric != STEREO else None,
                "note": _NOTHING.get(metric, "no conformer could be relaxed")}
    scale = 100 if found["statistic"] == "share" else 1
    numbers = {name: number_or_none(found[column] * scale) for name, column in (
        ("measured", "value"), ("ci_low", "low"), ("ci_high", "high"))}
    sound = rows.loc[rows["status"] == "ok", "molecule"].nunique()
    lost = f", and {found['n_failed']} that failed" if found["n_failed"] else ""
    return {"metric": metric, "unit": unit_of(metric), **numbers,
            "statistic": "median" if found["statistic"] == "median" else "mean",
            "molecules": found["n_molecules"], "failed": rows["molecule"].nunique() - sound,
            "note": "; ".join([f"{metric_name(metric)} of {found['n_conformers']} conformers{lost}",
                               *filter(None, notes)])}


def _most_failed(found: dict[str, dict]) -> str:
    """Which of PoseBusters' checks most conformers fail, in words; '' where none does."""
    failed = {name: 1 - found[name]["value"] for name in POSEBUSTERS
              if name in found and found[name]["value"] is not None}
    worst = max(failed, key=failed.get, default=None)
    if worst is None or not failed[worst]:
        return ""
    return f"most often failed: {worst.replace('_', ' ')} ({100 * failed[worst]:.0f} %)"
