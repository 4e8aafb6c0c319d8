"""Scores of the heavy atoms stage by stage: without a first stage, after it, after the second.

An RMSD is of the heavy atoms alone, so that samples of heavy atoms and of all atoms are scored
alike, against the same references.
"""

from collections.abc import Iterator
from pathlib import Path

from pipeline_src.paper import geometry
from pipeline_src.paper.dots import dots_caption, draw_dots
from pipeline_src.run.settings.paper_table import PaperTableSettings

figure, caption = draw_dots, dots_caption


def rows(settings: PaperTableSettings, paper: Path) -> Iterator[dict]:
    """The cells of ``geometry.rows``, each with the element of the chain that drew the samples."""
    whose = {row.label: row.element or (row.elements[-1] if row.elements else "")
             for row in settings.rows}
    for found in geometry.rows(settings, paper):
        element = whose[found["row"]]
        note = f"heavy atoms of the samples of {element}" if found["measured"] is not None \
            and element and found["statistic"] == "mean" else ""
        yield {**found, "note": "; ".join(filter(None, (found["note"], note)))}
