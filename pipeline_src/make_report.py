"""Write the report of an experiment: one HTML file that opens anywhere, without a network."""

import platform
from importlib import metadata
from pathlib import Path

from pipeline_src.reports.report import ReportFiles, render_report
from pipeline_src.run.files import write_text
from pipeline_src.run.settings.report import ReportSettings
from pipeline_src.run.step import OutPath, git_commit, run_step

_PACKAGES = ("torch", "torch-geometric", "rdkit", "numpy", "pyarrow", "snakemake", "matplotlib")


def make_report(settings: ReportSettings, figures: Path, geometry: Path, properties: Path,
                failures: Path, overlays: Path, paper_geometry: Path, paper_properties: Path,
                out: OutPath) -> None:
    """Write ``out`` from the tables and figures of the experiment.

    Args:
        settings: the experiment, its score files, levels, rejections and benchmarks.
        figures: folder of ``plot_figures``.
        geometry: ``geometry.csv`` of ``make_tables``.
        properties: ``properties.csv``; only its header when no properties were asked for.
        failures: ``failures.csv``.
        overlays: ``overlays.json``.
        paper_geometry: published COV/MAT, ``resources/paper/geometry.csv``.
        paper_properties: published property errors, ``resources/paper/properties.csv``.
        out: the HTML file.
    """
    files = ReportFiles(figures, geometry, properties, failures, overlays, paper_geometry,
                        paper_properties)
    write_text(out, render_report(files, settings, git_commit(), _versions()))


def _versions() -> dict[str, str]:
    """Versions of Python and of those packages that are installed here."""
    versions = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return versions


if __name__ == "__main__":
    run_step(make_report)
