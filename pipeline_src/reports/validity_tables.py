"""Tables of checks and strain by chain, and of geometry with and without relaxation.

The references are a chain of their own, ``REFERENCE``, without seed and sampler: what the data
themselves score.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline_src.reports.comparison_tables import PAIRED_COLUMNS as _PAIRED
from pipeline_src.reports.comparison_tables import Statistics, headline_scores, paired_rows
from pipeline_src.reports.inputs import RUN_COLUMNS
from pipeline_src.reports.tables import GEOMETRY_COLUMNS
from pipeline_src.run.settings.jobs import ScoredSource
from pipeline_src.run.settings.validity import REFERENCE

QUANTILES = {"q05": 0.05, "q25": 0.25, "q75": 0.75, "q95": 0.95}
VALIDITY_COLUMNS = (*RUN_COLUMNS, "check", "statistic", "unit", "value", "low", "high", *QUANTILES,
                    "n_molecules", "n_conformers", "n_passed", "n_undecided", "n_failed")
RELAXED_COLUMNS = ("relaxed", *GEOMETRY_COLUMNS)
RELAXED_PAIRED_COLUMNS = ("chain", "relaxed", *_PAIRED[2:])
POSEBUSTERS = ("sanitization", "inchi_convertible", "all_atoms_connected", "no_radicals",
               "bond_lengths", "bond_angles", "no_steric_clash", "aromatic_rings_flat",
               "other_rings_not_flat", "double_bonds_flat", "internal_energy")
STEREO, CLASHES, ALL = "stereo_kept", "clashes", "posebusters"
CHECK_SCORES = (("molecule", "conformer", "status", "reason"), (*POSEBUSTERS, STEREO, CLASHES))
STRAIN = (("molecule", "conformer", "status", "reason"), ("strain_kcal_mol", "converged"))
NONE = "none"
_ARROW = " → "  # no name of a chain has it


@dataclass(frozen=True)
class Intervals:
    """Bootstrap intervals over molecules (``scores.bootstrap``), handed in by the step.

    Attributes:
        share: of samples that count, from those and all samples of each molecule.
        pooled: of a statistic of the values of all molecules.
    """

    share: Callable[[np.ndarray, np.ndarray], tuple[float, float]]
    pooled: Callable[[Sequence[np.ndarray], Callable], tuple[float, float]]


def sound_conformers(checked: pd.DataFrame) -> pd.DataFrame:
    """The conformers that could be checked; ``ALL`` is 1 where one passes all with a verdict."""
    sound = checked[(checked["conformer"] != "") & (checked["status"] == "ok")]
    return sound.assign(**{ALL: sound[[*POSEBUSTERS]].min(axis=1)})


def check_rows(source: ScoredSource, checked: pd.DataFrame, intervals: Intervals) -> Iterator[dict]:
    """A row per check that was made, ``ALL`` of PoseBusters' first, then the number of clashes.

    A share is of the conformers with a verdict; ``n_undecided`` counts those without, ``n_failed``
    those that were not there to be checked. With ``ALL`` a conformer passes that passes every check
    with a verdict.

    Args:
        source: the chain's files.
        checked: their rows, ``CHECK_SCORES``.
        intervals: of shares and numbers.
    """
    conformers = checked[checked["conformer"] != ""]
    sound = sound_conformers(checked)
    head = {**_head(source), "n_failed": len(conformers) - len(sound)}
    made = [name for name in POSEBUSTERS if sound[name].notna().any()]
    whole, stereo = [ALL] * bool(made), [STEREO] * bool(sound[STEREO].notna().any())
    for name in [*whole, *made, *stereo]:
        yield {**head, **_share(name, sound["molecule"], sound[name], intervals)}
    if sound[CLASHES].notna().any():
        yield {**head, **_number(CLASHES, "mean", "count", sound["molecule"], sound[CLASHES],
                                 np.mean, intervals)}


def strain_rows(source: ScoredSource, relaxer: str, energies: pd.DataFrame,
                intervals: Intervals) -> Iterator[dict]:
    """The median strain in kcal/mol, and the share of relaxations that reached a minimum."""
    conformers = energies[energies["conformer"] != ""]
    sound = conformers[conformers["status"] == "ok"]
    head = {**_head(source), "n_failed": len(conformers) - len(sound)}
    yield {**head, **_number(f"strain_{relaxer}", "median", "kcal_mol", sound["molecule"],
                             sound["strain_kcal_mol"], np.median, intervals)}
    yield {**head, **_share(f"converged_{relaxer}", sound["molecule"], sound["converged"],
                            intervals)}


def relaxed_pairs(scores: Mapping[str, Sequence[tuple[ScoredSource, pd.DataFrame]]],
                  deltas: Mapping[str, Sequence[float]], policies: Sequence[str],
                  statistics: Statistics) -> Iterator[dict]:
    """Relaxed minus unrelaxed, molecule by molecule: ``RELAXED_PAIRED_COLUMNS``.

    Only molecules that have a value both ways count. ``p_holm`` is corrected over the chains and
    relaxers of the same metric in the same place.

    Args:
        scores: relaxer, or ``NONE`` -> sources and their geometry scores.
        deltas: dataset -> thresholds, Å.
        policies: ``zero`` and/or ``skip``.
        statistics: of differences.
    """
    frames, baselines = [], {}
    for relaxer, found in scores.items():
        for source, rows in found:
            chain = source.chain if relaxer == NONE else f"{source.chain}{_ARROW}{relaxer}"
            if relaxer != NONE:
                baselines[chain] = source.chain
            frames.append(headline_scores(source.model_copy(update={"chain": chain}), rows,
                                          deltas[source.dataset]))
    if not baselines:
        return
    for row in paired_rows(pd.concat(frames, ignore_index=True), policies, baselines, statistics):
        chain, relaxer = row.pop("chain").split(_ARROW)
        row.pop("baseline")
        yield {"chain": chain, "relaxed": relaxer, **row}


def _head(source: ScoredSource) -> dict:
    if source.chain == REFERENCE:
        return {**dict.fromkeys(RUN_COLUMNS, ""), "chain": REFERENCE, "dataset": source.dataset}
    return {name: getattr(source, name) for name in RUN_COLUMNS}


def _share(check: str, molecules: pd.Series, passed: pd.Series, intervals: Intervals) -> dict:
    decided = passed.notna()
    counts = passed[decided].groupby(molecules[decided], sort=True).agg(["sum", "count"])
    right, wholes = (counts[name].to_numpy(dtype=np.int64) for name in ("sum", "count"))
    share = float(right.sum() / wholes.sum()) if len(counts) else None
    low, high = intervals.share(right, wholes) if len(counts) else (None, None)
    return {"check": check, "statistic": "share", "unit": "", "value": share, "low": low,
            "high": high, **dict.fromkeys(QUANTILES), "n_molecules": len(counts),
            "n_conformers": int(wholes.sum()), "n_passed": int(right.sum()),
            "n_undecided": int((~decided).sum())}


def _number(check: str, statistic: str, unit: str, molecules: pd.Series, values: pd.Series,
            function: Callable, intervals: Intervals) -> dict:
    known = values.dropna()
    groups = [group.to_numpy() for _, group in known.groupby(molecules[known.index], sort=True)]
    pool = np.concatenate(groups) if groups else np.empty(0)
    low, high = intervals.pooled(groups, function) if groups else (None, None)
    quantiles = {name: float(np.quantile(pool, q)) if groups else None
                 for name, q in QUANTILES.items()}
    return {"check": check, "statistic": statistic, "unit": unit,
            "value": float(function(pool)) if groups else None, "low": low, "high": high,
            **quantiles, "n_molecules": len(groups), "n_conformers": len(pool), "n_passed": None,
            "n_undecided": int(values.isna().sum())}
