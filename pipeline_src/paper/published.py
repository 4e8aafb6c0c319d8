"""The values the paper prints, one row per number, from ``resources/paper``.

Rows of tables go by the name the paper prints, parts by the setting of a block of rows. What the
paper prints nothing for has no row: figures 4 to 6 are tables without rows.
"""

import re
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from pipeline_src.reports.inputs import METRICS, read_table
from pipeline_src.run.errors import InputError

PUBLISHED = ("row", "part", "metric", "statistic", "unit", "value", "number", "source")
INCONSISTENCIES = (("id", "kind", "item", "row", "part", "metric", "statistic", "printed",
                    "other_item", "other_row", "other_part", "other_metric", "other_statistic",
                    "other_printed", "claim", "remark", "quoted"), ())
_GEOMETRY = {f"{metric}_{statistic}": (metric, statistic, "%" if metric[:3] == "cov" else "Å")
             for metric in METRICS for statistic in ("mean", "median")}
_PROPERTIES = {f"{name}_ev": (name, "mean", "eV")
               for name in ("e_mean", "e_min", "gap_mean", "gap_min", "gap_max")}
_GRAPHS = {name: (name, "mean", "") for name in ("atoms", "heavy_atoms", "edges", "heavy_edges")}
_PARAMETERS = {"parameters": ("parameters", "", ""), "size_mb": ("size", "", "MB"),
               "parameters_rounded": ("parameters_rounded", "", "")}
_SUMMARY = "a reader's summary of the paper; not in its text"
_UNITS = {"": 1.0, "k": 1e3, "M": 1e6}


class Place(NamedTuple):
    """Where an item's values are: a file, its rows, and columns -> metric, statistic, unit.

    Args:
        file: name in the folder of published values.
        table: number in the file's column ``table``; None where it has no such column.
        values: column -> (metric, statistic, unit); empty for a file with a value a line.
        row: the column that names the rows.
        source: what a reader is told; ``Table <number>`` where empty.
    """

    file: str
    table: str | None
    values: dict[str, tuple[str, str, str]]
    row: str = "row"
    source: str = ""


PLACES: dict[str, Place | None] = {  # item -> place; None: the paper prints no number
    **{f"table{n}": Place("geometry.csv", str(n), _GEOMETRY)
       for n in (1, 2, 4, 5, 8, 9, 11, 12, 13, 16, 17)},
    "table3": Place("properties.csv", "3", _PROPERTIES),
    "table6": Place("datasets.csv", "6", _GRAPHS, row="dataset"),
    "table7": Place("settings.csv", "7", {}),
    "table10": Place("failures.csv", "10", {"count": ("count", "", "")}),
    "table14": Place("times.csv", "14", {"seconds": ("seconds", "mean", "s")},
                     source="Table 14; one NVIDIA A6000 (C.5)"),
    "table15": Place("parameters.csv", "15", _PARAMETERS),
    "figure3": Place("geometry.csv", "13", {"mat_r_mean": _GEOMETRY["mat_r_mean"]}),
    **{f"figure{n}": None for n in (4, 5, 6)},
    "stages": Place("stages.csv", None, {"cov_r_mean": _GEOMETRY["cov_r_mean"]}, source=_SUMMARY),
    "settings": Place("settings.csv", "", {}),  # those of the text
}


def published(item: str, folder: Path) -> pd.DataFrame:
    """What the paper prints for an item: a row per number, columns ``PUBLISHED``.

    ``value`` has the digits as printed, ``number`` the same as a float (NaN for a word, such as
    the kind of a schedule); ``source`` names the table or section.

    Args:
        item: ``table1`` ... ``table17``, ``figure3`` ... ``figure6``, ``stages``, or ``settings``
            for the hyper-parameters and sizes that the text names outside its tables.
        folder: of the published values, ``resources/paper``.

    Raises:
        InputError: no such item, or its file cannot be read.
    """
    if item not in PLACES:
        raise InputError("item", item, f"one of {', '.join(PLACES)}")
    place = PLACES[item]
    if place is None:
        return pd.DataFrame(columns=[*PUBLISHED])
    cells = _parameters(place, folder) if not place.values else _cells(place, folder)
    cells = cells[cells["value"] != ""].reset_index(drop=True)
    return cells.assign(number=cells["value"].map(as_number).astype(float))[[*PUBLISHED]]


def inconsistencies(folder: Path, item: str = "") -> pd.DataFrame:
    """Where the paper disagrees with itself, of one item or of all; columns ``INCONSISTENCIES``.

    Args:
        folder: of the published values.
        item: as of ``published``; it may be either of the two places.

    Raises:
        InputError: the file cannot be read.
    """
    rows = read_table(folder / "inconsistencies.csv", INCONSISTENCIES)
    if item:
        rows = rows[(rows["item"] == item) | (rows["other_item"] == item)]
    return rows.reset_index(drop=True)


def as_number(text: str) -> float:
    """A number as printed ('1,366,810', '1.5M', '304k', '10^-3', '1.e-7'); NaN if it is none."""
    power = re.fullmatch(r"10\^(-?\d+)", text)
    if power:
        return float(f"1e{power.group(1)}")
    plain = re.fullmatch(r"(\d[\d,]*(?:\.\d*)?(?:e-?\d+)?)([kM]?)", text)
    if not plain:
        return float("nan")
    return float(plain.group(1).replace(",", "")) * _UNITS[plain.group(2)]


def _cells(place: Place, folder: Path) -> pd.DataFrame:
    """The cells of a table of the paper, empty ones too, row by row."""
    frame = _rows(place, folder, (place.row, *place.values))
    source = place.source or f"Table {place.table}"
    rows = [(record[place.row], record.get("part", ""), *meaning, record[column], source)
            for record in frame.to_dict("records") for column, meaning in place.values.items()]
    return pd.DataFrame(rows, columns=[name for name in PUBLISHED if name != "number"])


def _parameters(place: Place, folder: Path) -> pd.DataFrame:
    """The lines of a file that has a value a line."""
    frame = _rows(place, folder, ("row", "part", "parameter", "unit", "value", "section"))
    source = f"Table {place.table}" if place.table else frame["section"]
    return frame.rename(columns={"parameter": "metric"}).assign(statistic="", source=source)


def _rows(place: Place, folder: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    keys = ("table",) if place.table is not None else ()
    frame = read_table(folder / place.file, ((*keys, *columns), ()))
    return frame if place.table is None else frame[frame["table"] == place.table]
