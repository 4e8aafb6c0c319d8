"""Draw the figures of an experiment: a folder of SVG files, the same bytes for the same data."""

from pathlib import Path

from pipeline_src.reports.figures import write_figures
from pipeline_src.run.files import replacing
from pipeline_src.run.settings.report import ReportSettings
from pipeline_src.run.step import OutPath, run_step


def plot_figures(settings: ReportSettings, coverage: Path, paired: Path, overlays: Path,
                 out: OutPath) -> None:
    """Write the folder ``out`` with a file for each entry of ``reports.figures.FIGURES``.

    A figure whose data the experiment does not have is left out.

    Args:
        settings: the experiment, its score files, curves, levels and benchmarks.
        coverage: ``coverage_curve.csv`` of ``make_tables``.
        paired: ``paired.csv``; only its header when no chain has a baseline.
        overlays: ``overlays.json``.
        out: folder of SVGs.
    """
    with replacing(out) as folder:
        write_figures(settings, coverage, paired, overlays, folder)


if __name__ == "__main__":
    run_step(plot_figures)
