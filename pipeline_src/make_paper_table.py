"""Step: the files of an item's experiments to its table, its figure and what made them."""

from pathlib import Path

from pipeline_src.paper import failed_molecules
from pipeline_src.paper.cell_schema import checked
from pipeline_src.paper.cells import COLUMNS, as_frame
from pipeline_src.paper.kinds import kind_of
from pipeline_src.paper.run_record import run_record
from pipeline_src.run.files import replacing_all, write_json, write_rows
from pipeline_src.run.settings.paper_table import PaperTableSettings
from pipeline_src.run.step import OutPath, run_step


def make_paper_table(settings: PaperTableSettings, paper: Path, out: OutPath, out_figure: OutPath,
                     out_data: OutPath, out_failed: OutPath, out_run: OutPath) -> None:
    """Write the table as CSV, a line a value, the figure with its data, and what failed.

    Args:
        settings: the item, its rows and their files.
        paper: folder of the published values.
        out: the cells, with ``paper.cells.COLUMNS``.
        out_figure: the figure as SVG.
        out_data: what it shows, as CSV.
        out_failed: the molecules that failed, with the reason, as CSV.
        out_run: commits, seeds, machines and cost as JSON, which may differ between equal runs.

    Raises:
        InputError: a file does not fit, or lacks its sidecar.
        CellError: a line that does not hold to the schema.
    """
    kind = kind_of(settings)
    cells = checked(kind.rows(settings, paper))
    with replacing_all(out, out_figure, out_data, out_failed, out_run) as (
            table, figure, data, failed, run):
        write_rows(table, COLUMNS, cells)
        drawn = kind.figure(as_frame(cells), settings, figure)
        write_rows(data, list(drawn[0]) if drawn else ["row"], drawn)
        write_rows(failed, failed_molecules.COLUMNS, failed_molecules.failed_molecules(settings))
        write_json(run, run_record(settings))


if __name__ == "__main__":
    run_step(make_paper_table)
