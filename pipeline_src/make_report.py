"""Write the report of an experiment: one HTML file that opens anywhere, without a network."""

import json
from pathlib import Path

from pipeline_src.reports.report import ReportFiles, render_report
from pipeline_src.run.files import write_text
from pipeline_src.run.settings.report import ReportSettings
from pipeline_src.run.sidecar import SUFFIX
from pipeline_src.run.step import OutPath, git_commit, package_versions, run_step

_PROGRAMS = ("psi4",)


def make_report(settings: ReportSettings, figures: Path, geometry: Path, properties: Path,
                failures: Path, comparison: Path, paired: Path, overlays: Path,
                paper_geometry: Path, paper_properties: Path, out: OutPath) -> None:
    """Write ``out`` from the tables and figures of the experiment.

    Args:
        settings: the experiment, its score files, levels, rejections and benchmarks.
        figures: folder of ``plot_figures``.
        geometry: ``geometry.csv`` of ``make_tables``.
        properties: ``properties.csv``; only its header when no properties were asked for.
        failures: ``failures.csv``.
        comparison: ``comparison.csv``.
        paired: ``paired.csv``; only its header when no chain has a baseline.
        overlays: ``overlays.json``.
        paper_geometry: published COV/MAT, ``resources/paper/geometry.csv``.
        paper_properties: published property errors, ``resources/paper/properties.csv``.
        out: the HTML file.
    """
    files = ReportFiles(figures, geometry, properties, failures, comparison, paired, overlays,
                        paper_geometry, paper_properties)
    versions = {**package_versions(), **_recorded_versions(settings.sidecars)}
    write_text(out, render_report(files, settings, git_commit(), versions))


def _recorded_versions(folders: tuple[str, ...]) -> dict[str, str]:
    """Versions of programs that other steps called (Psi4), from their provenance sidecars."""
    found: dict[str, str] = {}
    for folder in folders:
        for sidecar in sorted(Path(folder).rglob(f"*{SUFFIX}")):
            versions = json.loads(sidecar.read_text(encoding="utf-8"))["versions"]
            found |= {name: versions[name] for name in _PROGRAMS if name in versions}
    return found


if __name__ == "__main__":
    run_step(make_report)
