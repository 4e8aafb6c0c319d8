"""Where the paper's own numbers do not agree, in sentences."""

from pathlib import Path

from pipeline_src.paper.names import metric_name
from pipeline_src.paper.published import inconsistencies
from pipeline_src.paper.words import place_name


def disagreements(folder: Path, item: str) -> list[str]:
    """A line for each place where the paper disagrees with itself about an item.

    Args:
        folder: of the published values.
        item: its name.

    Raises:
        InputError: the file cannot be read.
    """
    return [_line(row) for row in inconsistencies(folder, item).to_dict("records")]


def _line(row: dict[str, str]) -> str:
    """'Table 2 (…) beside Table 5 (…). The paper says (Section 5.2): “…”. Our remark: ….'"""
    places = list(dict.fromkeys([_place(row, ""), *([_place(row, "other_")]
                                                    if row["other_item"] else [])]))
    words = f"{' beside '.join(places)}."
    if row["claim"]:
        where, _, claim = row["claim"].partition(": ")
        words += (f" The paper says ({place_name(where)}): “{claim}”." if claim
                  else f" The paper says: “{where}”.")
    return f"{words} Our remark: {_remark(row)}." if row["remark"] else words


def _remark(row: dict[str, str]) -> str:
    remark = row["remark"].rstrip(".")
    return f"the claim is {remark}" if remark.startswith("true of") else remark


def _place(row: dict[str, str], prefix: str) -> str:
    metric = row[f"{prefix}metric"]
    words = [row[f"{prefix}row"], row[f"{prefix}part"], metric and metric_name(metric),
             row[f"{prefix}statistic"], row[f"{prefix}printed"]]
    told = ", ".join(word for word in words if word)
    return f"{place_name(row[f'{prefix}item'])}{f' ({told})' if told else ''}"
