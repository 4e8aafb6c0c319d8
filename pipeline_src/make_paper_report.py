"""Step: the tables of a size to one HTML file that opens anywhere, without a network."""

from pathlib import Path

from pipeline_src.paper.page import render_companion
from pipeline_src.run.files import write_text
from pipeline_src.run.settings.paper_report import PaperReportSettings
from pipeline_src.run.step import OutPath, git_commit, run_step


def make_paper_report(settings: PaperReportSettings, paper: Path, out: OutPath) -> None:
    """Write ``out``, a page for each item, with an answer in front.

    An item whose table is missing is shown as not run.

    Args:
        settings: the items of a size and where their files are.
        paper: folder of the published values.
        out: the HTML file, beside the tables that it links to.

    Raises:
        InputError: a table is there and cannot be read.
    """
    write_text(out, render_companion(settings, paper, git_commit()))


if __name__ == "__main__":
    run_step(make_paper_report)
