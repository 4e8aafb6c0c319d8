"""What of the conformers a chemist could use as they come: sound, with the stereo asked for."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from pipeline_src.paper.answer import SOUND
from pipeline_src.paper.claims import first_mode
from pipeline_src.paper.names import metric_name
from pipeline_src.paper.words import listed, spread
from pipeline_src.reports.validity_tables import ALL, STEREO
from pipeline_src.run.settings.paper_report import PaperReportSettings

_SHARES = {ALL: "pass all of PoseBusters' checks", STEREO: "show the stereo their molecule states"}
_STRAIN = "strain_mmff"
_NETWORKS, _RDKIT, _REFERENCES = "the networks' conformers", "RDKit's", "the references"


def usable(settings: PaperReportSettings, tables: Mapping[str, pd.DataFrame]) -> str:
    """Soundness, stereo and strain of the networks' conformers, of RDKit's and of the references.

    Args:
        settings: with the rows of the pages, which say what a network drew.
        tables: item -> cells.

    Returns:
        '' where they were not looked at.
    """
    said = {whose: parts for whose, cells in _looked_at(settings, tables).items()
            if (parts := _shares(cells))}
    if _NETWORKS not in said:
        return ""
    ours = listed([f"{value} {words}" for value, words in said.pop(_NETWORKS)])
    others = "".join(f"; of {whose} {listed([value for value, _ in parts])}"
                     for whose, parts in said.items())
    return f"Before any relaxation (Validity), of {_NETWORKS} {ours}{others}."


def relaxed(settings: PaperReportSettings, tables: Mapping[str, pd.DataFrame]) -> str:
    """Distances of the networks' and of RDKit's conformers after a relaxation; '' likewise."""
    said = {whose: _distances(cells) for whose, cells in _looked_at(settings, tables).items()}
    ours, plain = (said.get(whose, "") for whose in (_NETWORKS, _RDKIT))
    return (f"After a short relaxation (Validity) {_NETWORKS} reach {ours}, {_RDKIT} {plain}."
            if ours and plain else "")


def _looked_at(settings: PaperReportSettings,
               tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Means and medians of what networks drew, of what RDKit did, and of the references."""
    if SOUND not in tables:
        return {}
    stages = {row.label: len(row.levels) for page in settings.pages if page.item == SOUND
              for row in page.rows}
    cells = first_mode(tables[SOUND])
    cells = cells[cells["row"].isin(stages) & cells["measured"].notna()
                  & (cells["statistic"] == np.where(cells["metric"] == _STRAIN, "median", "mean"))]
    whose = [_REFERENCES if not chain else _NETWORKS if stages[row] else _RDKIT
             for row, chain in zip(cells["row"], cells["chain"], strict=True)]
    found = dict(list(cells.groupby(np.array(whose, dtype=object))))
    return {name: found[name] for name in (_NETWORKS, _RDKIT, _REFERENCES) if name in found}


def _shares(cells: pd.DataFrame) -> list[tuple[str, str]]:
    """'0 to 69 %' and what they do, and the median strain, of what was looked at."""
    parts = []
    for metric, words in _SHARES.items():
        found = cells[cells["metric"] == metric]
        if len(found):
            of = f" ({found['molecules'].max():.0f} molecules state any)" * (metric == STEREO)
            parts.append((f"{spread(found['measured'])} %", f"{words}{of}"))
    strain = cells.loc[cells["metric"] == _STRAIN, "measured"]
    if len(strain):
        parts.append((f"{spread(strain)} kcal/mol", "is the median strain (MMFF94s)"))
    return parts


def _distances(cells: pd.DataFrame) -> str:
    """'MAT-R after MMFF94s 0.71 to 0.91 Å and MAT-P after MMFF94s 1.20 to 1.47 Å'."""
    found = cells[cells["metric"].str.startswith(("mat_r_", "mat_p_"))]
    return " and ".join(f"{metric_name(metric)} {spread(values, 2)} Å"
                        for metric, values in found.groupby("metric", sort=False)["measured"])
