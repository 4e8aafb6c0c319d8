"""Ensembles from GeoDiff's, ConfGF's and MSGEN's pickles: long lists of conformers."""

from collections.abc import Iterator
from pathlib import Path

from pipeline_src.chem.base import WHOLE, Refused, Rejection, Share, unique
from pipeline_src.chem.readers.decoding import Decoder
from pipeline_src.chem.readers.geodiff_items import count_molecules, read_molecule
from pipeline_src.ensembles import Ensemble
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.readers import GeodiffPickleReader

_CPU_SECONDS = 600  # to look through the longest list, 200,000 conformers, takes a minute


def read_geodiff_pickle(settings: GeodiffPickleReader,
                        share: Share = WHOLE) -> Iterator[Ensemble | Rejection]:
    """Yield the ensembles of the files in order, and a rejection for all that is left out.

    A molecule is named after its SMILES, with '_' for '/'. Left out are separate parts, and
    conformers that reacted or show other stereo than the SMILES states or the first one shows.
    Energies are float32 in these files: good to some 1e-5 hartree.

    Raises:
        InputError: a file is missing, damaged, no list, or holds other classes.
    """
    yield from unique(_read(settings.paths, share))


def _read(paths: tuple[str, ...], share: Share) -> Iterator[Ensemble | Rejection]:
    with Decoder(cpu_seconds=_CPU_SECONDS) as decoder:
        molecules = [(path, k) for path in paths for k in range(_count(decoder, path))]
        run = share.run(len(molecules))
        mine = molecules[run.start:run.stop]
        names = [f"molecule {k + 1} of {Path(path).name}" for path, k in mine]
        calls = ((name, *where) for name, where in zip(names, mine, strict=True))
        for name, answer in zip(names, decoder.each(read_molecule, calls), strict=True):
            if isinstance(answer, Refused):
                yield Rejection(name, None, str(answer))
            else:
                yield from answer


def _count(decoder: Decoder, path: str) -> int:
    try:
        return decoder.call(count_molecules, Path(path).name, path)
    except Refused as error:
        raise InputError(path, str(error), "a pickled list of GeoDiff's conformers",
                         "A damaged file has to be copied or downloaded again.") from None
