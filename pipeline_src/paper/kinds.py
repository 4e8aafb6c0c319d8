"""The kinds of tables, each a module that makes the cells of its table and draws its figure.

A module has two functions:

``rows(settings, paper) -> Iterator[dict]``
    The cells with ``cells.COLUMNS``, from the files of ``settings`` (what a kind is given stands in
    ``run.paper_tables.READS``) and the published values in the folder ``paper``.
``figure(table, settings, path) -> list[dict]``
    Draws the cells (a frame, as ``cells.as_frame``) as SVG to ``path``; returns what is drawn,
    which is written beside it as CSV. Without anything to draw it says so in the SVG.
"""

from collections.abc import Callable
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
    times,
    trainings,
)
from pipeline_src.paper.time_and_matching import draw_time
from pipeline_src.run.errors import InputError
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
}
# Items whose figure is not that of their kind.
FIGURES: dict[str, Callable] = {"figure3": draw_time}


def kind_of(settings: PaperTableSettings) -> ModuleType:
    """The module of the table's kind.

    Raises:
        InputError: there is none.
    """
    if settings.kind not in KINDS:
        raise InputError(f"kind of {settings.item}", settings.kind, f"one of {', '.join(KINDS)}")
    return KINDS[settings.kind]


def figure_of(settings: PaperTableSettings) -> Callable:
    """What draws the figure of the table."""
    return FIGURES.get(settings.item) or kind_of(settings).figure
