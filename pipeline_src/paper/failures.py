"""Molecules that a chain makes worse than its baseline, and what they have in common (Table 10).

A molecule's difference is that of its MAT-R from the baseline's, a mean over the seeds that both
have. The paper does not say whether its MAT is of recall or precision.
"""

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline_src.paper.cells import Published, cell, number_or_none
from pipeline_src.paper.failures_figure import draw_failures
from pipeline_src.paper.figure_words import mode_words, sentences
from pipeline_src.paper.geometry import Geometry
from pipeline_src.paper.molecule_counts import counts_of, words
from pipeline_src.paper.names import metric_name
from pipeline_src.paper.provenance import provenance
from pipeline_src.reports.comparison_text import LEVEL
from pipeline_src.run.settings.paper_table import PaperRow, PaperTableSettings
from pipeline_src.scores.paired import holm, rank_sum_p

METRIC, BASELINE = "mat_r", "baseline_mat_r"
MARGIN = 0.1  # Å; beyond it a molecule is a failure of the paper's
BETTER, SLIGHT, FAILURE, TOTAL = "< 0", "0 ~ 0.1", "> 0.1", "Total"  # as the paper prints them
INTERVALS = (BETTER, SLIGHT, FAILURE)
TRAITS = ("atoms", "rotatable_bonds", "rings", "ring_systems", "linker_bonds", BASELINE)
LEAST = 5  # molecules that are looked at as the worst, where fewer are failures
REGRESSION = ("a baseline's lower score leaves more room for a higher one: part of what differs in "
              "MAT-R of the baseline is regression to the mean")
_DECIMALS = 6  # as of paired differences


def rows(settings: PaperTableSettings, paper: Path) -> Iterator[dict]:
    """The cells of the table: counts by interval; then the worst molecules against the rest.

    Args:
        settings: rows of one interval each, by the paper's name of it, or of all.
        paper: folder of the published values.

    Raises:
        InputError: a file does not fit, or a molecule that was scored is not counted.
    """
    printed, made = Published(settings, paper), Geometry(settings, paper)
    traits: dict[tuple[str, str], list[dict]] = {}
    for row in settings.rows:
        if not (row.scores and row.baseline_scores):
            yield from printed.cells(settings, row)
            continue
        alike = {"baseline": row.baseline, "delta_angstrom": None,
                 **provenance(settings, row, (*row.scores, *row.baseline_scores))}
        first = (row.experiment, row.chain) not in traits
        of_chain = traits.setdefault((row.experiment, row.chain), [])
        for mode in made.modes():
            found = differences(made, row, mode)
            columns = {**alike, "symmetrize": "true" if mode else "false"}
            yield from _counts(settings, row, found, printed, columns)
            if first:
                of_chain.extend(_traits(settings, row, found, columns))
    for of_chain in traits.values():
        yield from of_chain


def differences(made: Geometry, row: PaperRow, mode: bool) -> pd.DataFrame:
    """A row per molecule that either has: difference, interval, and what is counted of it.

    Interval and difference are empty and NaN where one of the two has no score for it.
    """
    values, baseline = (made.values(row, sources, METRIC, mode)
                        for sources in (row.scores, row.baseline_scores))
    scored = made.values(row, row.scores, "cov_r", mode).columns  # failed ones too
    values, baseline = values.align(baseline, join="outer")
    values, baseline = (frame.reindex(columns=frame.columns.union(scored))
                        for frame in (values, baseline))
    change = (values - baseline).mean(axis=0).round(_DECIMALS)
    found = counts_of(row.molecules, list(change.index)).assign(
        difference=change, **{BASELINE: baseline.mean(axis=0)})
    intervals = np.select([change < 0, change <= MARGIN, change > MARGIN], INTERVALS, "")
    return found.assign(interval=intervals).sort_values("difference", ascending=False)


def worst(found: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, str]:
    """The failures, the molecules they are compared with, and in words which they are.

    Where fewer than ``LEAST`` are failures, that many with the highest differences stand for them.
    """
    compared = found[found["interval"] != ""]
    bad = compared[compared["interval"] == FAILURE]
    told = f"worse by more than {MARGIN:g} Å"
    if len(bad) < LEAST:
        count = f"only {len(bad)} are" if len(bad) > 1 else "only one is" if len(bad) else "none is"
        told = (f"{count} worse by more than {MARGIN:g} Å: the "
                f"{min(LEAST, len(compared))} with the highest difference")
        bad = compared.head(LEAST)
    return bad, compared.drop(bad.index), told


def _counts(settings: PaperTableSettings, row: PaperRow, found: pd.DataFrame, printed: Published,
            columns: dict) -> Iterator[dict]:
    """Molecules of each interval of the row, of all, and of those that cannot be compared."""
    numbers = found["interval"].value_counts()
    compared = int(numbers.drop("", errors="ignore").sum())
    alone = row.model in INTERVALS
    zero = int((found["difference"] == 0).sum())
    notes = {SLIGHT: f"0 and {MARGIN:g} Å count here; {zero} with no difference"}
    digits = printed.values.set_index("row")["value"]
    for name in (row.model,) if alone else (*INTERVALS, TOTAL):
        count = compared if name == TOTAL else int(numbers.get(name, 0))
        yield cell(settings, row, "count", "", part=name, paper=digits.get(name), measured=count,
                   molecules=compared, failed=len(found) - compared, **columns, **_comparable(
                       settings, notes.get(name, "")))
    if not alone or row.model == FAILURE:
        row = row.model_copy(update={"label": "Not compared", "note": ""})
        yield cell(settings, row, "count", "", part="no score", **columns,
                   measured=len(found) - compared, molecules=len(found), note=(
                       "one of the two chains has no sample of it" if len(found) > compared else ""
                   ))


def _comparable(settings: PaperTableSettings, note: str) -> dict[str, str]:
    why = "the paper does not say which MAT it is"
    if settings.size != "paper":
        why += f"; other data, networks and training (size {settings.size})"
    return {"comparable": "no", "note": "; ".join(filter(None, (note, why)))}


def _traits(settings: PaperTableSettings, row: PaperRow, found: pd.DataFrame,
            columns: dict) -> Iterator[dict]:
    """Medians of the worst molecules and of the rest, and whether they differ; a row of its own."""
    row = row.model_copy(update={"label": f"The worst of {row.chain} against the rest", "note": ""})
    bad, rest, told = worst(found)
    p_values = [rank_sum_p(bad[trait].to_numpy(float), rest[trait].to_numpy(float))
                for trait in TRAITS]
    corrected = dict(zip(TRAITS, holm(p_values), strict=True))
    test = "p by the Mann-Whitney U test, two-sided, the worst against the rest"
    holms = f"{test}, with Holm's correction for {len(TRAITS)} such tests"
    for trait, p in zip(TRAITS, p_values, strict=True):
        unit = {"unit": "Å"} if trait == BASELINE else {}
        caution = REGRESSION if trait == BASELINE else ""
        for name, molecules, notes in (("the worst", bad, (told, _verdict(corrected), caution)),
                                       ("the rest", rest, ())):
            yield cell(settings, row, trait, "median", part=name, **columns, **unit,
                       note="; ".join(filter(None, notes)), molecules=len(molecules),
                       measured=number_or_none(molecules[trait].median()))
        for statistic, value, text in (("p", p, test), ("p_holm", corrected[trait], holms)):
            yield cell(settings, row, trait, statistic, part="the worst", **columns, note=text,
                       measured=number_or_none(value), molecules=len(bad) + len(rest))


def _verdict(corrected: dict[str, float]) -> str:
    """What the tests found, in words; '' where nothing could be tested."""
    known = {trait: p for trait, p in corrected.items() if not math.isnan(p)}
    found = [_words(trait) for trait, p in known.items() if p < LEVEL]
    if found:
        return (f"the worst differ from the rest in {', '.join(found)} (corrected p under "
                f"{LEVEL:g})")
    return (f"the worst differ from the rest in none of these numbers beyond chance (corrected p "
            f"{min(known.values()):.2g} or more)") if known else ""


def _words(trait: str) -> str:
    return metric_name(trait) if trait == BASELINE else words(trait)


def figure(table: pd.DataFrame, settings: PaperTableSettings, path: Path) -> list[dict]:
    """The data of the figure, a row per molecule, after drawing it; see ``draw_failures``."""
    row = next((row for row in settings.rows if row.scores and row.baseline_scores), None)
    if row is None:
        return draw_failures(None, (), "", row, path)
    made = Geometry(settings, None)
    found = differences(made, row, made.modes()[0])
    bad, _, told = worst(found)
    found = found.assign(symmetrize="true" if made.modes()[0] else "false")
    return draw_failures(found, tuple(bad.index), told, row, path)


def caption(drawn: pd.DataFrame) -> str:
    """What the bars stand for; the figure's data as text."""
    return sentences(
        "A bar counts molecules by their difference; green: better, sand: the same or worse by up "
        f"to {MARGIN:g} Å, orange: worse by more.", mode_words(drawn))
