"""Count atoms, bonds, conformers, scaffolds and more of every molecule of a dataset."""

from pathlib import Path

from tqdm import tqdm

from pipeline_src.chem.description import DESCRIPTION_COLUMNS, describe
from pipeline_src.ensembles.split_table import read_split
from pipeline_src.ensembles.store import read_ensembles
from pipeline_src.run.files import write_rows
from pipeline_src.run.step import OutPath, run_step


def describe_dataset(ensembles: Path, split: Path, out: OutPath) -> None:
    """Write a row for each molecule, in dataset order, with what the statistics are made of."""
    subset_of = {row.molecule: row.subset for row in read_split(split)}
    write_rows(out, DESCRIPTION_COLUMNS, (
        describe(ensemble, subset_of.get(ensemble.molecule.id, ""))
        for ensemble in tqdm(read_ensembles(ensembles), desc="describe", unit=" molecules",
                             disable=None)))


if __name__ == "__main__":
    run_step(describe_dataset)
