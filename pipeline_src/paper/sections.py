"""Sections of the molecules of a table: those of the item, the rest, and thirds by each number."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pandas as pd

from pipeline_src.paper.molecule_counts import words
from pipeline_src.run.settings.paper_table import PaperStratum

KINDS = ("atoms", "bonds", "rotatable_bonds", "rings")
THIRDS = ("lowest", "middle", "highest")
_REST, _THIRD = ": the rest", " third"  # ends of the names of sections that no item names


@dataclass(frozen=True)
class Section:
    """Molecules of a section, with what is said of it."""

    name: str
    molecules: frozenset[str]
    note: str


def named(section: str) -> bool:
    """Whether the item names the section, which is neither the rest nor a third."""
    return not section.endswith((_REST, _THIRD))


def sections_of(counts: pd.DataFrame, strata: Iterable[PaperStratum]) -> list[Section]:
    """All sections, empty ones too.

    Args:
        counts: a row a molecule; columns ``KINDS``.
        strata: those of the item.
    """
    strata = tuple(strata)
    found = [Section(stratum.name, _within(counts, stratum), "") for stratum in strata]
    rests = [_rest(counts, by, frozenset().union(
        *(_within(counts, stratum) for stratum in strata if stratum.by == by)))
        for by in dict.fromkeys(stratum.by for stratum in strata)]
    return found + rests + [section for by in KINDS for section in _thirds(counts, by)]


def _within(counts: pd.DataFrame, stratum: PaperStratum) -> frozenset[str]:
    numbers = counts[stratum.by]
    kept = numbers >= stratum.at_least
    if stratum.at_most is not None:
        kept &= numbers <= stratum.at_most
    return frozenset(counts.index[kept])


def _rest(counts: pd.DataFrame, by: str, covered: frozenset[str]) -> Section:
    """The molecules that no section by that number has, such as those of exactly 40 atoms."""
    left = counts[~counts.index.isin(covered)]
    which = ", ".join(f"{number:g}" for number in sorted(left[by].unique()))
    note = f"in none of the sections by {words(by)}; they have {which} {words(by)}" if which \
        else f"every molecule is in a section by {words(by)}"
    return Section(f"{words(by)}{_REST}", frozenset(left.index), note)


def _thirds(counts: pd.DataFrame, by: str) -> Iterator[Section]:
    """Thirds of the molecules by that number; equal numbers are in one third."""
    low, high = (float(counts[by].quantile(share, interpolation="lower"))
                 for share in (1 / 3, 2 / 3))
    bounds = zip(THIRDS, (-1.0, low, high), (low, high, float("inf")), strict=True)
    for name, above, most in bounds:
        kept = counts[(counts[by] > above) & (counts[by] <= most)][by]
        span = f"{kept.min():g} to {kept.max():g}" if len(kept) else "no molecule with so many"
        yield Section(f"{words(by)}: {name}{_THIRD}", frozenset(kept.index),
                      f"{span} {words(by)}; thirds of the molecules at hand")
