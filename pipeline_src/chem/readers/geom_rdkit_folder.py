"""Ensembles from GEOM's rdkit_folder: a summary (JSON) and a pickle a molecule."""

from collections.abc import Iterator
from pathlib import Path

from pipeline_src.chem.base import WHOLE, Refused, Rejection, Share, unique
from pipeline_src.chem.readers.decoding import Decoder
from pipeline_src.chem.readers.frames import words
from pipeline_src.chem.readers.geom_entry import entry_name, read_entry
from pipeline_src.chem.readers.geom_summary import SummaryEntry, read_summary
from pipeline_src.ensembles import Ensemble
from pipeline_src.run.settings.readers import GeomRdkitFolderReader


def read_geom_rdkit_folder(settings: GeomRdkitFolderReader,
                           share: Share = WHOLE) -> Iterator[Ensemble | Rejection]:
    """Yield the ensembles in the summary's order, and a rejection for all that is left out.

    A molecule is named after its pickle. Weights are GEOM's Boltzmann weights, energies hartree.
    Left out are entries without a readable pickle and those of separate parts, and conformers that
    reacted or show other stereo than the entry's SMILES states or the first conformer shows.

    Raises:
        InputError: the summary is missing or unreadable.
    """
    folder = Path(settings.paths[0])
    entries = read_summary(folder / settings.summary)
    run = share.run(len(entries))
    yield from unique(_read(folder, entries[run.start:run.stop]))


def _read(folder: Path, entries: list[SummaryEntry]) -> Iterator[Ensemble | Rejection]:
    names = [words(entry_name(entry.smiles, entry.pickle_path)) for entry in entries]
    calls = ((name, str(folder), *entry) for name, entry in zip(names, entries, strict=True))
    with Decoder() as decoder:
        for name, answer in zip(names, decoder.each(read_entry, calls), strict=True):
            if isinstance(answer, Refused):
                yield Rejection(name, None, str(answer))
            else:
                yield from answer
