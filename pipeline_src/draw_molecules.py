"""The table of molecules of a reference set, drawn from lists of SMILES by seed."""

from dataclasses import asdict
from pathlib import Path

from pipeline_src.chem.molecule_draw import draw
from pipeline_src.chem.molecule_table import COLUMNS, read_molecule_table
from pipeline_src.run.files import write_rows
from pipeline_src.run.settings.reference import MoleculeDraw
from pipeline_src.run.step import OutPath, run_step


def draw_molecules(settings: MoleculeDraw, tests: Path, training: Path, earlier: list[Path],
                   out: OutPath) -> None:
    """Write the table that ``reference_ensembles`` reads.

    Args:
        settings: how many, and which.
        tests: GEOM's test molecules, CSV; they get the subset test.
        training: SMILES, one a line; those of test molecules are left out.
        earlier: tables whose rows are taken first, with their names.
        out: CSV.
    """
    kept = [row for path in earlier for row in read_molecule_table(path)]
    write_rows(out, COLUMNS, (asdict(row) for row in draw(settings, tests, training, kept)))


if __name__ == "__main__":
    run_step(draw_molecules)
