"""The figures of a run: one visible table of name, title, caption and how it is drawn."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from pipeline_src.reports.comparison_figure import draw_paired
from pipeline_src.reports.geometry_figures import draw_coverage, draw_matching
from pipeline_src.reports.inputs import (
    COVERAGE,
    GEOMETRY_SCORES,
    PAIRED,
    PROPERTY_SCORES,
    read_benchmarks,
    read_curves,
    read_levels,
    read_overlays,
    read_sources,
    read_table,
)
from pipeline_src.reports.overlay_figure import draw_overlays
from pipeline_src.reports.run_figures import (
    draw_learning,
    draw_levels,
    draw_properties,
    draw_times,
)
from pipeline_src.reports.steps_figure import draw_steps
from pipeline_src.reports.style import save_svg, styled
from pipeline_src.reports.validity_figure import draw_validity
from pipeline_src.reports.validity_view import read_validity
from pipeline_src.run.settings.report import ReportSettings


@dataclass(frozen=True)
class FigureText:
    """Title and caption of a figure."""

    title: str
    caption: str


FIGURES: dict[str, FigureText] = {
    "coverage": FigureText(
        "Coverage against its threshold",
        "Share of reference conformers that have a generated one within δ (COV-R), and of "
        "generated conformers that have a reference within δ (COV-P), mean over molecules. The "
        "dashed line is the δ of the tables. A band, where there is one, spans the seeds."),
    "matching": FigureText(
        "Matching, molecule by molecule",
        "RMSD to the nearest generated conformer, averaged over a molecule's references (MAT-R), "
        "and to the nearest reference, averaged over its samples (MAT-P). A dot is a molecule; the "
        "box spans the quartiles, the dark line is the median, whiskers reach 1.5 box lengths. "
        "Molecules without a usable sample have no value and are not drawn."),
    "steps": FigureText(
        "Scores against the length of the walk",
        "Mean over molecules of MAT and of COV at the tables' δ against the number of noise levels "
        "visited, summed over the stages of a chain. Grey bands are 2 % about the MAT of the full "
        "schedules."),
    "paired": FigureText(
        "Chains against their baselines",
        "Mean over molecules of chain minus baseline, each molecule averaged over the seeds, with "
        "its 95 % bootstrap interval over molecules. A filled marker: the interval excludes zero. "
        "Coverage is better to the right of the line, matching to the left."),
    "validity": FigureText(
        "Sound conformers and strain",
        "Share of conformers that pass all of PoseBusters' checks, and of those of molecules with "
        "stated stereo that show it; median strain by each relaxer, the dark line spans the "
        "quartiles. Means over the seeds. The references come first."),
    "learning": FigureText(
        "Learning curves",
        "Loss per stage on the training batches and on held-out molecules."),
    "properties": FigureText(
        "Errors of ensemble properties",
        "Absolute difference between a property of the generated ensemble and of the reference "
        "ensemble. A dot is a molecule, the dark line the median."),
    "levels": FigureText(
        "Levels of the hierarchy",
        "Mean number of beads a molecule has at each level, and the share of molecules for which "
        "a level collapses onto the next finer one (its beads then count as that one's)."),
    "times": FigureText(
        "Run time per rule", "Wall time of the jobs of each rule, summed, on this machine."),
    "overlays": FigureText(
        "Generated conformers on their nearest reference",
        "The first molecule of each dataset: a typical sample (of median RMSD) in the chain's "
        "colour, its nearest reference in grey, the RMSD between them, seen along the axis of "
        "least extent. Dots mark atoms other than C and H."),
}


def draw_figures(settings: ReportSettings, coverage: Path, paired: Path,
                 overlays: Path) -> dict[str, Figure]:
    """All figures that the data allow, by name, in the order of ``FIGURES``."""
    def scores() -> pd.DataFrame:
        return read_sources(settings.geometry, GEOMETRY_SCORES, settings.thresholds())

    drawing: dict[str, Callable[[], Figure | None]] = {
        "coverage": lambda: draw_coverage(read_table(coverage, COVERAGE), settings),
        "matching": lambda: draw_matching(scores(), settings),
        "steps": lambda: draw_steps(scores(), settings),
        "paired": lambda: draw_paired(read_table(paired, PAIRED), settings),
        "validity": lambda: draw_validity(read_validity(settings), settings),
        "learning": lambda: draw_learning(read_curves(settings.stages), settings),
        "properties": lambda: draw_properties(
            read_sources(settings.properties, PROPERTY_SCORES), settings),
        "levels": lambda: draw_levels(read_levels(settings.datasets), settings),
        "times": lambda: draw_times(read_benchmarks(settings.benchmarks), settings),
        "overlays": lambda: draw_overlays(read_overlays(overlays), settings),
    }
    figures = {name: drawing[name]() for name in FIGURES}
    return {name: figure for name, figure in figures.items() if figure is not None}


def write_figures(settings: ReportSettings, coverage: Path, paired: Path, overlays: Path,
                  folder: Path) -> None:
    """Write every figure the data allow as ``<name>.svg`` into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    with styled():
        for name, figure in draw_figures(settings, coverage, paired, overlays).items():
            save_svg(figure, folder / f"{name}.svg")
