"""What of the conformers a chemist could use as they come: sound, with the stereo asked for."""

from collections.abc import Mapping

import pandas as pd

from pipeline_src.paper.answer import SOUND
from pipeline_src.paper.words import spread
from pipeline_src.reports.validity_tables import ALL, STEREO
from pipeline_src.run.settings.paper_report import PaperReportSettings

_SHARES = {ALL: "pass all of PoseBusters' checks", STEREO: "show the stereo their molecule states"}


def usable(settings: PaperReportSettings, tables: Mapping[str, pd.DataFrame]) -> str:
    """Shares of the networks' conformers and of RDKit's; '' where they were not looked at.

    Args:
        settings: with the rows of the pages, which say what a network drew.
        tables: item -> cells.
    """
    if SOUND not in tables:
        return ""
    stages = {row.label: len(row.levels) for page in settings.pages if page.item == SOUND
              for row in page.rows}
    cells = tables[SOUND]
    cells = cells[(cells["chain"] != "") & cells["row"].isin(stages) & cells["measured"].notna()
                  & (cells["statistic"] == "mean")]
    by_network = cells["row"].map(lambda row: stages[row] > 0)
    ours, plain = (_shares(cells[by_network == network]) for network in (True, False))
    if not ours:
        return ""
    beside = f" Of RDKit's conformers {plain}." if plain else ""
    return f"Before any relaxation (Validity), of the networks' conformers {ours}.{beside}"


def _shares(cells: pd.DataFrame) -> str:
    """'0 to 69 % pass ... and 33 to 51 % show ...'."""
    found = {metric: cells.loc[cells["metric"] == metric, "measured"] for metric in _SHARES}
    return " and ".join(f"{spread(values)} % {_SHARES[metric]}"
                        for metric, values in found.items() if len(values))
