"""What of the conformers a chemist could use as they come: sound, with the stereo asked for."""

from collections.abc import Mapping

import pandas as pd

from pipeline_src.paper.answer import SOUND
from pipeline_src.paper.claims import first_mode
from pipeline_src.paper.names import metric_name
from pipeline_src.paper.words import spread
from pipeline_src.reports.validity_tables import ALL, STEREO
from pipeline_src.run.settings.paper_report import PaperReportSettings

_NOTHING = pd.DataFrame({"metric": pd.Series(dtype=str), "measured": pd.Series(dtype=float)})
_SHARES = {ALL: "pass all of PoseBusters' checks", STEREO: "show the stereo their molecule states"}


def usable(settings: PaperReportSettings, tables: Mapping[str, pd.DataFrame]) -> str:
    """Shares of the networks' conformers and of RDKit's; '' where they were not looked at.

    Args:
        settings: with the rows of the pages, which say what a network drew.
        tables: item -> cells.
    """
    ours, plain = (_shares(cells) for cells in _drawn(settings, tables))
    beside = f" Of RDKit's conformers {plain}." if plain else ""
    return (f"Before any relaxation (Validity), of the networks' conformers {ours}.{beside}"
            if ours else "")


def relaxed(settings: PaperReportSettings, tables: Mapping[str, pd.DataFrame]) -> str:
    """Distances of the networks' and of RDKit's conformers after a relaxation; '' likewise."""
    ours, plain = (_distances(cells) for cells in _drawn(settings, tables))
    return (f"After a short relaxation (Validity) the networks' conformers reach {ours}, RDKit's "
            f"{plain}." if ours and plain else "")


def _drawn(settings: PaperReportSettings,
           tables: Mapping[str, pd.DataFrame]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Means of what networks drew and of what RDKit did; without rows where not looked at."""
    if SOUND not in tables:
        return _NOTHING, _NOTHING
    stages = {row.label: len(row.levels) for page in settings.pages if page.item == SOUND
              for row in page.rows}
    cells = first_mode(tables[SOUND])
    cells = cells[(cells["chain"] != "") & cells["row"].isin(stages) & cells["measured"].notna()
                  & (cells["statistic"] == "mean")]
    by_network = cells["row"].map(lambda row: stages[row] > 0).astype(bool)
    return cells[by_network], cells[~by_network]


def _shares(cells: pd.DataFrame) -> str:
    """'0 to 69 % pass ... and 33 to 51 % show ...'."""
    found = {metric: cells.loc[cells["metric"] == metric, "measured"] for metric in _SHARES}
    return " and ".join(f"{spread(values)} % {_SHARES[metric]}"
                        for metric, values in found.items() if len(values))


def _distances(cells: pd.DataFrame) -> str:
    """'MAT-R after MMFF94s 0.71 to 0.91 Å and MAT-P after MMFF94s 1.20 to 1.47 Å'."""
    found = cells[cells["metric"].str.startswith(("mat_r_", "mat_p_"))]
    return " and ".join(f"{metric_name(metric)} {spread(values, 2)} Å"
                        for metric, values in found.groupby("metric", sort=False)["measured"])
