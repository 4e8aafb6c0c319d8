"""What was done at a size: training, data, references, thresholds, seeds; for the first screen."""

import math
from collections.abc import Mapping

import pandas as pd

from pipeline_src.paper.answer import SOUND
from pipeline_src.paper.facts import (
    count_tested,
    data_words,
    delta_words,
    measured_means,
    training_steps,
)
from pipeline_src.paper.words import by_words, items_listed
from pipeline_src.reports.run_figures import time_unit
from pipeline_src.run.settings.paper_report import PaperPage, PaperReportSettings

_PLANNED = ("settings", "parameters", "trainings")  # kinds without samples


def done(settings: PaperReportSettings, tables: Mapping[str, pd.DataFrame],
         records: Mapping[str, dict]) -> list[tuple[str, str]]:
    """Headings and what is said under each.

    Args:
        settings: of the report.
        tables: item -> cells, of the items that were run.
        records: item -> what made it (``run_record``).
    """
    pages = [page for page in settings.pages if page.item in tables]
    means = {page.item: measured_means(page, tables[page.item]) for page in pages
             if page.kind != "renderings"}  # of a few molecules out of all
    means = {item: found for item, found in means.items() if len(found)}
    told = _told(pages, means, tables)
    size = [f"{settings.size}: {settings.description}".rstrip(": ") + ".", *settings.notes]
    lines = [("Size", " ".join(size)), ("Training", _training(pages, records)),
             *(("Data", words) for words in _data(settings, told, tables)),
             ("Samples", _by_item({page.item: page.samples for page in pages
                                   if page.item in means and not page.properties})),
             ("Seeds", _seeds(told)),
             ("Soundness, strain", _sound(settings, tables))]
    return [(heading, words) for heading, words in lines if words]


def _training(pages: list[PaperPage], records: Mapping[str, dict]) -> str:
    """Time of training the chains, and steps of their stages."""
    seconds = [one["training"][who] for record in records.values()
               for one in record.get("costs", {}).values() if "training" in one
               for who in ("chain", "baseline")]
    steps = training_steps(pages)
    words = []
    if seconds and not any(map(math.isnan, seconds)):
        unit, symbol = time_unit(max(seconds))  # one for both ends
        low, high = (f"{end / unit:.1f}" for end in (min(seconds), max(seconds)))
        clock = " or ".join(dict.fromkeys(record.get("clock", "CPU")
                                          for record in records.values() if record.get("costs")))
        ends = low if low == high else f"{low} to {high}"
        words.append(f"{ends} {symbol} of {clock} time a chain")
    if steps:
        words.append(f"{steps} steps a stage")
    return f"{', '.join(words)}." if words else ""


def _told(pages: list[PaperPage], means: Mapping[str, pd.DataFrame],
          tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Item -> its means; of one without (failures, drawn conformers) what else is measured."""
    planned = {page.item for page in pages if page.kind in _PLANNED}
    found = {item: means[item] if item in means else cells[
        (cells["seeds"] != "") & (cells["chain"] != "") & cells["measured"].notna()]
        for item, cells in tables.items() if item not in planned}
    return {item: rows for item, rows in found.items() if len(rows)}


def _data(settings: PaperReportSettings, told: Mapping[str, pd.DataFrame],
          tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """A line for each pair of training and test set, with the tables that have it."""
    pages = {page.item: page for page in settings.pages}
    found: dict[tuple[str, str], dict[str, str]] = {}
    for item, rows in told.items():
        for pair, few in rows.groupby(["train_dataset", "dataset"], sort=False):
            if pair[0]:
                count = count_tested(settings, pages[item], few, pair[1])
                found.setdefault(pair, {})[item] = f"{count}"
    lines = []
    for (train, test), items in found.items():
        for count in dict.fromkeys(items.values()):
            own = [item for item in items if items[item] == count]
            cells = pd.concat([tables[item] for item in own])
            delta = delta_words(cells[(cells["dataset"] == test)
                                      & (cells["train_dataset"] == train)])
            described = getattr(settings.datasets.get(test), "description", "")
            what = f" (the set: {described})" if described else ""
            lines.append(f"{items_listed(own)}: {data_words(settings, train, test, count)}{what}"
                         f"{f'; δ {delta}' if delta else ''}.")
    return lines


def _seeds(told: Mapping[str, pd.DataFrame]) -> str:
    """Seeds of the tables; of their rows, where these have different ones."""
    words = _by_item({item: by_words(dict(zip(
        rows["row"], rows["seeds"].str.replace(" ", ", "), strict=True)))
        for item, rows in told.items()})
    if not words:
        return ""
    one = all(len(seeds.split()) == 1 for rows in told.values() for seeds in rows["seeds"])
    return words + (". One training of each chain." if one else
                    ". Each seed is a training of its own; scores are means over them.")


def _sound(settings: PaperReportSettings, tables: Mapping[str, pd.DataFrame]) -> str:
    """Whether it was looked at."""
    cells = tables.get(SOUND)
    if cells is not None and cells["measured"].notna().any():
        return "see Validity."
    there = any(page.item == SOUND and page.files for page in settings.pages)
    return "not measured yet." if there else "not measured at this size."


def _by_item(words: Mapping[str, str]) -> str:
    """'A for Tables 1 and 2; B for Figure 4': what is said of items, said once."""
    items: dict[str, list[str]] = {}
    for item, said in words.items():
        if said:
            items.setdefault(said, []).append(item)
    if len(items) < 2:
        return next(iter(items), "")
    return "; ".join(f"{said} for {items_listed(found)}" for said, found in items.items())
