"""Whether a measured value may be held against the paper's, and why not."""

from pathlib import Path

from pipeline_src.paper.published import PLACES
from pipeline_src.reports.inputs import read_left_out, read_table
from pipeline_src.run.settings.jobs import ScoredSource
from pipeline_src.run.settings.paper_table import PaperRow, PaperTableSettings

SIZE = "paper"  # the size with the paper's data and hyper-parameters
# Rows whose scores the authors computed themselves, in an environment with RDKit 2023.3.2, which
# symmetrises conjugated end groups. Others they may have taken from papers older than that.
_OWN = ("msgen", "ours")


def comparable(settings: PaperTableSettings, row: PaperRow, symmetrized: bool,
               delta: float | None) -> dict[str, str]:
    """Columns ``comparable``, yes or no, and ``note``, which says why not.

    Args:
        settings: the size of the table.
        row: of the table.
        symmetrized: RMSD mode of the measured value.
        delta: threshold of the paper's value, Å; None: not known.
    """
    reasons = []
    if settings.size != SIZE:
        reasons.append(f"other data{', networks and training' if row.stages else ''} than the "
                       f"paper's (size {settings.size})")
    if delta is None or row.delta_angstrom is None or abs(delta - row.delta_angstrom) > 1e-9:
        ours = "none" if row.delta_angstrom is None else f"{row.delta_angstrom:g} Å"
        reasons.append(f"other threshold δ ({ours}, the paper's {_angstrom(delta)})")
    if not any(word in (row.model or "").lower() for word in _OWN):
        reasons.append("the RMSD mode behind the paper's row is not known")
    elif not symmetrized:
        reasons.append("other RMSD mode: the paper's RDKit symmetrises conjugated end groups")
    return {"comparable": "no" if reasons else "yes", "note": "; ".join(reasons)}


def overlap_words(sources: tuple[ScoredSource, ...]) -> str:
    """How many test molecules are trained on and do not count; '' where that cannot be.

    Raises:
        InputError: the table of them cannot be read.
    """
    if not (sources and sources[0].left_out):
        return ""
    count = len(read_left_out(sources[0]))
    if not count:
        return "no molecule of the test set is in the training set"
    return (f"{count} molecule{'s' * (count > 1)} of the test set {'is' if count == 1 else 'are'} "
            f"in the training set too and left out")


def printed_delta(settings: PaperTableSettings, row: PaperRow, paper: Path) -> float | None:
    """Threshold of the paper's row, Å; None: it has none.

    Args:
        settings: the item.
        row: of the table.
        paper: folder of the published values.
    """
    place = PLACES.get(settings.values_of or settings.item)
    if place is None or place.file != "geometry.csv" or row.model is None:
        return None
    frame = read_table(paper / place.file, (("table", "part", place.row), ("delta_angstrom",)))
    frame = frame[(frame["table"] == place.table) & (frame[place.row] == row.model)]
    if "part" in row.where:
        frame = frame[frame["part"] == row.where["part"]]
    deltas = frame["delta_angstrom"].unique()
    return float(deltas[0]) if len(deltas) == 1 else None


def _angstrom(delta: float | None) -> str:
    return "not known" if delta is None else f"{delta:g} Å"
