"""One job of many that import a large dataset side by side: one share of its molecules."""

from pipeline_src.chem.base import REJECTED_COLUMNS
from pipeline_src.chem.importing import import_share
from pipeline_src.run.errors import InputError
from pipeline_src.run.files import replacing_all, write_rows
from pipeline_src.run.settings.dataset import ImportSettings
from pipeline_src.run.step import OutPath, run_step


def import_part(settings: ImportSettings, part: int, out: OutPath, rejected: OutPath) -> None:
    """Write share number ``part`` of the source as Parquet, and what it left out as CSV.

    Raises:
        InputError: there is no such share; or what the reader raises.
    """
    if not 0 <= part < settings.parts:
        raise InputError("part", part, f"0 to {settings.parts - 1}")
    with replacing_all(out, rejected) as (file, table):
        rejections = import_share(settings, part, file)
        write_rows(table, REJECTED_COLUMNS, (r.row() for r in rejections))


if __name__ == "__main__":
    run_step(import_part)
