"""Count the molecules that two datasets share, and refuse to test on what was trained on."""

from pathlib import Path

from pipeline_src.chem.overlap import (
    COUNT_COLUMNS,
    SHARED_COLUMNS,
    Placed,
    count_rows,
    placed,
    shared_rows,
)
from pipeline_src.ensembles.split_table import read_split
from pipeline_src.ensembles.store import molecule_smiles
from pipeline_src.run.errors import InputError
from pipeline_src.run.files import replacing_all, write_rows
from pipeline_src.run.settings.jobs import OverlapSettings
from pipeline_src.run.step import OutPath, run_step

_SHOWN = 5


def check_overlap(settings: OverlapSettings, ensembles: Path, split: Path, test_ensembles: Path,
                  test_split: Path, counts: OutPath, molecules: OutPath) -> None:
    """Write what each pair of subsets shares, and the test molecules that are trained on.

    Args:
        settings: names of both datasets; whether a shared molecule is an error.
        ensembles, split: the dataset that is trained on.
        test_ensembles, test_split: the dataset that is tested on; the same one is looked at for
            what its own subsets share.
        counts: a row for each pair of subsets.
        molecules: a row for each test molecule that train or val has.

    Raises:
        InputError: there is such a molecule and ``settings.refuse``.
    """
    ours = _placed(ensembles, split)
    itself = settings.train == settings.test
    others = ours if itself else _placed(test_ensembles, test_split)
    shared = list(shared_rows(ours, others))
    if shared and settings.refuse:
        raise _refusal(settings, shared, sum(m.subset == "test" for m in others))
    with replacing_all(counts, molecules) as (table, listed):
        write_rows(table, COUNT_COLUMNS, count_rows(ours, others, itself))
        write_rows(listed, SHARED_COLUMNS, shared)


def _placed(ensembles: Path, split: Path) -> list[Placed]:
    """The molecules of a split, each with its SMILES."""
    smiles = molecule_smiles(ensembles)
    return [placed(row.molecule, row.subset, smiles[row.molecule]) for row in read_split(split)]


def _refusal(settings: OverlapSettings, shared: list[dict], n_test: int) -> InputError:
    names = ", ".join(f"{row['molecule']} ({row['smiles']}, {row['with_subset']} has "
                      f"{row['with_molecule']})" for row in shared[:_SHOWN])
    more = f" and {len(shared) - _SHOWN} more" if len(shared) > _SHOWN else ""
    return InputError(
        f"trained on {settings.train}, tested on {settings.test}",
        f"{len(shared)} of {n_test} test molecules that are trained or validated on",
        "none (by canonical SMILES without stereo)",
        f"With the same stereo: {sum(row['same_stereo'] for row in shared)}. They are {names}"
        f"{more}. Set 'overlap: drop' in the experiment to leave them out of its tables.")


if __name__ == "__main__":
    run_step(check_overlap)
