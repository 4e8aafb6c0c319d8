"""Write the statistics of a dataset: a table, and a page that opens anywhere."""

from pathlib import Path

from pipeline_src.reports.statistics import STATISTIC_COLUMNS, read_molecules, statistic_rows
from pipeline_src.reports.statistics_page import StatisticsFiles, render_statistics
from pipeline_src.run.files import replacing_all, write_rows, write_text
from pipeline_src.run.settings.statistics import StatisticsSettings
from pipeline_src.run.step import OutPath, run_step


def make_statistics(settings: StatisticsSettings, molecules: Path, levels: Path, rejected: Path,
                    overlap: Path, split: Path, paper: Path, out: OutPath, table: OutPath) -> None:
    """Write ``out`` (HTML) and ``table`` (CSV: a value, its subset and its denominator).

    Args:
        settings: the dataset.
        molecules: rows of ``describe_dataset``.
        levels: ``levels.csv``.
        rejected: ``rejected.csv``.
        overlap: what the dataset's subsets share, ``counts.csv`` of ``check_overlap``.
        split: ``split.csv``, for its hash.
        paper: published values, ``resources/paper/datasets.csv``.
    """
    described = read_molecules(molecules, levels)
    rows = list(statistic_rows(described))
    page = render_statistics(settings, described, rows,
                             StatisticsFiles(rejected, overlap, paper, split))
    with replacing_all(out, table) as (html, numbers):
        write_text(html, page)
        write_rows(numbers, STATISTIC_COLUMNS, rows)


if __name__ == "__main__":
    run_step(make_statistics)
