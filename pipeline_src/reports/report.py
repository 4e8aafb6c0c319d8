"""One self-contained HTML page: no file beside it and no network is needed to read it."""

import re
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from pipeline_src.reports import views
from pipeline_src.reports.chain_costs import (
    count_training_molecules,
    read_costs,
    read_parameters,
)
from pipeline_src.reports.comparison import comparison_view
from pipeline_src.reports.figures import FIGURES
from pipeline_src.reports.headlines import headline_view
from pipeline_src.reports.inputs import (
    COMPARISON,
    FAILURES,
    GEOMETRY,
    GEOMETRY_SCORES,
    METRICS,
    PAIRED,
    PROPERTIES,
    REJECTED,
    read_benchmarks,
    read_levels,
    read_overlays,
    read_per_dataset,
    read_sources,
    read_table,
)
from pipeline_src.reports.run_figures import QUANTITIES
from pipeline_src.reports.style import chain_colors
from pipeline_src.reports.validity_view import validity_view
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.report import ReportSettings

_HERE = Path(__file__).parent
TEMPLATES = _HERE / "templates"

PAPER_GEOMETRY = (("table", "part", "dataset", "train_dataset", "delta_angstrom", "model",
                   "chain", *(f"{m}_{s}" for m in METRICS for s in ("mean", "median"))), ())
PAPER_PROPERTIES = (("table", "dataset", "train_dataset", "method", "model", "chain", "e_mean_ev",
                     "e_min_ev", "gap_mean_ev", "gap_min_ev", "gap_max_ev"), ())


@dataclass(frozen=True)
class ReportFiles:
    """Where the tables and figures of a run lie."""

    figures: Path
    geometry: Path
    properties: Path
    failures: Path
    comparison: Path
    paired: Path
    overlays: Path
    paper_geometry: Path
    paper_properties: Path


def render_report(files: ReportFiles, settings: ReportSettings, git_commit: str,
                  versions: dict[str, str]) -> str:
    """The report as one HTML text.

    Args:
        files: tables, figures and the paper's values.
        settings: the experiment.
        git_commit: commit of the project, or ''.
        versions: name and version of what it ran with.

    Raises:
        InputError: a table lacks a column, or an asset would break out of the page.
    """
    environment = Environment(loader=FileSystemLoader(_HERE / "templates"), autoescape=True,
                              undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    geometry = read_table(files.geometry, GEOMETRY)
    return environment.get_template("report.html.j2").render(
        settings=settings, colors=chain_colors(settings.chains), git_commit=git_commit,
        versions=versions, metrics=views.METRIC_NAMES, quantities=QUANTITIES.values(),
        headlines=headline_view(
            geometry, read_table(files.comparison, COMPARISON), settings),
        datasets=views.dataset_view(
            read_sources(settings.geometry, GEOMETRY_SCORES, settings.thresholds()), settings),
        geometry=views.geometry_view(geometry, settings),
        comparison=_comparison(files, settings), validity=validity_view(settings),
        properties=views.property_view(read_table(files.properties, PROPERTIES), settings),
        levels=views.level_view(read_levels(settings.datasets), settings),
        failures=views.failure_view(read_table(files.failures, FAILURES),
                                    read_per_dataset(settings.datasets, "rejected", REJECTED)),
        times=views.time_view(read_benchmarks(settings.benchmarks)),
        overlays=read_overlays(files.overlays), paper=_paper(files, settings),
        figures=_figures(files.figures), css=page_asset("report.css"), **page_library())


def _comparison(files: ReportFiles, settings: ReportSettings) -> dict | None:
    """The comparison of the chains; None, and nothing read for it, where they are not compared."""
    if not settings.compared:
        return None
    return comparison_view(
        read_table(files.comparison, COMPARISON), read_table(files.paired, PAIRED),
        read_costs(settings.costs, settings.seeds), read_parameters(settings),
        count_training_molecules(settings), settings)


def _paper(files: ReportFiles, settings: ReportSettings) -> dict[str, list]:
    """The paper's values: ``main`` with a chain of ours in the table, ``rest``, ``properties``."""
    view = {"main": [], "rest": [], "properties": []}
    if "geometry" in settings.paper_tables:
        table = read_table(files.paper_geometry, PAPER_GEOMETRY)
        table = table[table["part"] == ""]  # the main runs: no stratum, no other number of steps
        columns = list(PAPER_GEOMETRY[0][7:])
        view["main"] = views.paper_view(table, columns, lambda row: bool(row["chain"]))
        view["rest"] = views.paper_view(table, columns, lambda row: not row["chain"])
    if "properties" in settings.paper_tables:
        view["properties"] = views.paper_view(
            read_table(files.paper_properties, PAPER_PROPERTIES), list(PAPER_PROPERTIES[0][6:]),
            lambda row: True)
    return view


def _figures(folder: Path) -> dict[str, dict]:
    """Title, caption and inline SVG of every figure in ``folder``, by name."""
    return {name: {"title": text.title, "caption": text.caption,
                   "svg": inline_svg((folder / f"{name}.svg").read_text("utf-8"), name, text.title)}
            for name, text in FIGURES.items() if (folder / f"{name}.svg").exists()}


def inline_svg(svg: str, name: str, title: str) -> Markup:
    """An SVG file as an element of a page: no prolog, its ids made its own, named for readers.

    Args:
        svg: text of a file of ours (matplotlib).
        name: prefix of the ids; several figures on a page use the same ones otherwise.
        title: what a screen reader says.

    Raises:
        InputError: it is none.
    """
    if "<svg" not in svg:
        raise InputError(f"figure of {title}", svg[:40], "an SVG", "Delete it and run again.")
    svg = svg[svg.index("<svg"):]
    svg = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', svg)
    svg = re.sub(r'href="#([^"]+)"', rf'href="#{name}-\1"', svg)
    svg = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", svg)
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    label = Markup('<svg role="img" aria-label="{}" ').format(title)
    return Markup(svg.replace("<svg ", label, 1))


def page_library() -> dict[str, Markup | str]:
    """What a page with the 3D viewer needs: ``viewer``, ``library`` and ``library_license``."""
    return {"viewer": page_asset("viewer.js"),
            "library": page_asset("3Dmol-min.js", _HERE / "assets"),
            "library_license": (_HERE / "assets/3Dmol-LICENSE.txt").read_text(encoding="utf-8")}


def page_asset(name: str, folder: Path = TEMPLATES) -> Markup:
    """Text of a file of ours, a style sheet or a script, that goes into a page as it is."""
    closing = "</style" if name.endswith(".css") else "</script"
    text = (folder / name).read_text(encoding="utf-8")
    if closing in text.lower():
        raise InputError(name, closing, "a file that does not end the element it stands in")
    return Markup(text)


