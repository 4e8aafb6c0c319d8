"""The kinds of tables, each a module that makes the cells of its table and draws its figure.

A module has three functions:

``rows(settings, paper) -> Iterator[dict]``
    The cells with ``cells.COLUMNS``, from the files of ``settings`` (what a kind is given stands in
    ``run.paper_tables.READS``) and the published values in the folder ``paper``.
``figure(table, settings, path) -> list[dict]``
    Draws the cells (a frame, as ``cells.as_frame``) as SVG to ``path``; returns what is drawn,
    which is written beside it as CSV. Without anything to draw it says so in the SVG.
``caption(drawn) -> str``
    What the marks and colours of that figure stand for; ``drawn`` is what it drew as the CSV has
    it, all of it text, a row at least.
"""

from pathlib import Path
from types import ModuleType

from pipeline_src.paper import (
    allocation,
    datasets,
    failures,
    geometry,
    hyperparameters,
    parameters,
    properties,
    renderings,
    stagewise,
    strata,
    time_and_matching,
    times,
    trainings,
    validity,
)
from pipeline_src.paper.cells import read_text
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.paper_report import PaperPage
from pipeline_src.run.settings.paper_table import PaperTableSettings

KINDS: dict[str, ModuleType] = {
    "geometry": geometry,
    "allocation": allocation,
    "properties": properties,
    "datasets": datasets,
    "settings": hyperparameters,
    "failures": failures,
    "strata": strata,
    "time": times,
    "parameters": parameters,
    "stages": stagewise,
    "renderings": renderings,
    "trainings": trainings,
    "validity": validity,
}
# Items whose table and figure are not those of their kind.
ITEMS: dict[str, ModuleType] = {"figure3": time_and_matching}


def kind_of(settings: PaperTableSettings | PaperPage) -> ModuleType:
    """The module of the table: its own, or that of its kind.

    Raises:
        InputError: there is none.
    """
    if settings.item in ITEMS:
        return ITEMS[settings.item]
    if settings.kind not in KINDS:
        raise InputError(f"kind of {settings.item}", settings.kind, f"one of {', '.join(KINDS)}")
    return KINDS[settings.kind]


def caption_of(settings: PaperTableSettings | PaperPage, data: Path) -> str:
    """What the marks and colours of the item's figure stand for; '' where nothing was drawn.

    Args:
        settings: the item.
        data: what its figure drew, as CSV.

    Raises:
        InputError: no such file, or no such kind.
    """
    drawn = read_text(data)
    return kind_of(settings).caption(drawn) if len(drawn) else ""
