"""The molecules of a table that failed, with the reason: as rows, and as its page lists them."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from pipeline_src.paper.names import metric_name
from pipeline_src.paper.sound_values import strain_metric
from pipeline_src.paper.words import quoted
from pipeline_src.reports.inputs import (
    GEOMETRY_SCORES,
    PROPERTY_SCORES,
    Columns,
    read_shards,
    read_table,
)
from pipeline_src.reports.validity_tables import CHECK_SCORES, STRAIN
from pipeline_src.run.settings.jobs import ScoredSource
from pipeline_src.run.settings.paper_table import PaperRow, PaperTableSettings

COLUMNS = ("row", "chain", "dataset", "seed", "what", "molecule", "reason")
GEOMETRY, PROPERTIES, CHECKS = "coverage and matching", "energies and gaps", "checks"
MOST = 6  # molecules that stand on the page unfolded
_PARTICULARS = re.compile(r"\b[A-Z][a-z]?\d+\b|\b\d+(?:\.\d+)?\b")  # atoms as C12, and numbers


class _Files(NamedTuple):
    """Sources of a row, what they are in words, and their columns."""

    what: str
    sources: Iterable[ScoredSource]
    columns: Columns


def failed_molecules(settings: PaperTableSettings) -> Iterator[dict]:
    """A line with ``COLUMNS`` for each molecule that failed and each reason, row by row and seed.

    A molecule of conformers that were checked one by one failed if none of them is sound. What a
    row is compared with has its lines under that row where it is no row of the table itself.

    Raises:
        InputError: a file does not fit.
    """
    own = {source.pattern for row in settings.rows for source in (*row.scores, *row.properties)}
    for row in settings.rows:
        for files in _files(row, own):
            for source in files.sources:
                for lines in read_shards(source, files.columns):
                    for molecule, reason in _failed(lines):
                        yield {"row": row.label, "chain": source.chain, "dataset": source.dataset,
                               "seed": source.seed, "what": files.what, "molecule": molecule,
                               "reason": reason}


def _files(row: PaperRow, own: set[str]) -> Iterator[_Files]:
    """What a row was scored in; ``own`` are the patterns of the table's rows."""
    beside = [[source for source in sources if source.pattern not in own]
              for sources in (row.baseline_scores, row.baseline_properties)]
    yield _Files(GEOMETRY, (*row.scores, *beside[0]), GEOMETRY_SCORES)
    yield _Files(PROPERTIES, (*row.properties, *beside[1]), PROPERTY_SCORES)
    if row.checks:
        yield _Files(CHECKS, row.seeded(row.checks), CHECK_SCORES)
    for kind, source in row.strain.items():
        yield _Files(metric_name(strain_metric(kind)), row.seeded(source), STRAIN)
    for kind, source in row.relaxed.items():
        relaxer = metric_name(strain_metric(kind)).removeprefix("strain, ")
        yield _Files(f"{GEOMETRY} after {relaxer}", row.seeded(source), GEOMETRY_SCORES)


def _failed(lines: pd.DataFrame) -> list[tuple[str, str]]:
    """Molecule and reason of the lines that failed, each once, in the order of the file."""
    failed = lines[lines["status"] != "ok"]
    if "conformer" in lines:
        failed = failed[~failed["molecule"].isin(lines.loc[lines["status"] == "ok", "molecule"])]
    return list(dict.fromkeys(zip(failed["molecule"], failed["reason"], strict=True)))


def _common(reasons: Iterable[str]) -> str:
    """What reasons that differ in particulars alone have in common, with dots for the rest."""
    every = list(dict.fromkeys(reasons))
    varied = [len(set(found)) > 1 for found in zip(*map(_PARTICULARS.findall, every), strict=True)]
    place = iter(varied)
    return _PARTICULARS.sub(lambda match: "…" if next(place) else match[0], every[0])


def failed_views(path: Path) -> list[dict]:
    """The lines by reason, most molecules first: reason, count, molecules, rows, whether folded.

    Reasons that differ in atoms and numbers alone are one, with dots for these.

    Args:
        path: the CSV with ``COLUMNS``; nothing is listed where it is not there.

    Raises:
        InputError: it cannot be read.
    """
    if not path.is_file():
        return []
    found = read_table(path, (COLUMNS, ()))
    several = found["what"].nunique() > 1
    views = []
    alike = found["reason"].map(lambda reason: _PARTICULARS.sub("…", reason))
    for (what, _), lines in found.groupby(["what", alike], sort=False):
        names, reason = list(dict.fromkeys(lines["molecule"])), _common(lines["reason"])
        views.append({
            "reason": f"{what}: {reason}" if several else reason, "count": len(names),
            "molecules": ", ".join(names), "folded": len(names) > MOST,
            "rows": ", ".join(map(quoted, dict.fromkeys(lines["row"])))})
    return sorted(views, key=lambda view: -view["count"])
