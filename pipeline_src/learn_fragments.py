"""Learn the vocabulary of fragments on the training molecules of a dataset."""

import sys
from pathlib import Path

from tqdm import tqdm

from pipeline_src.chem.molecules import to_rdkit
from pipeline_src.chem.vocabulary import learn_vocabulary, write_vocabulary
from pipeline_src.ensembles.split_table import read_split
from pipeline_src.ensembles.store import read_ensembles
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.levels import FragmentLevel
from pipeline_src.run.step import OutPath, run_step


def learn_fragments(settings: FragmentLevel, ensembles: Path, split: Path, out: OutPath) -> None:
    """Write the vocabulary (CSV), a row a kind; validation and test molecules are not looked at.

    Raises:
        InputError: the dataset has no training molecule.
    """
    wanted = {row.molecule for row in read_split(split) if row.subset == "train"}
    if not wanted:
        raise InputError(f"{split}: subset 'train'", "no molecule", "molecules to learn from",
                         "A dataset that is only tested on takes the vocabulary of the other one.")
    molecules = (to_rdkit(e.molecule) for e in read_ensembles(ensembles, wanted))
    entries = learn_vocabulary(
        tqdm(molecules, desc="fragments", total=len(wanted), unit=" molecules", disable=None),
        settings)
    if len(entries) < settings.vocabulary_size:
        print(f"learn_fragments: {len(entries)} kinds, not {settings.vocabulary_size}: every "
              "training molecule is one fragment", file=sys.stderr)
    write_vocabulary(out, entries)


if __name__ == "__main__":
    run_step(learn_fragments)
