"""Ensembles from torsional-diffusion's pickles: SMILES -> RDKit molecules of a conformer each."""

from collections.abc import Iterator
from pathlib import Path

from pipeline_src.chem.base import WHOLE, Refused, Rejection, Share, unique
from pipeline_src.chem.readers.decoding import Decoder
from pipeline_src.chem.readers.torsional_entry import list_molecules, read_molecule
from pipeline_src.ensembles import Ensemble
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.readers import TorsionalPickleReader


def read_torsional_pickle(settings: TorsionalPickleReader,
                          share: Share = WHOLE) -> Iterator[Ensemble | Rejection]:
    """Yield the ensembles of the files in order, and a rejection for all that is left out.

    A molecule is named after its SMILES, with '_' for '/'. Left out are separate parts, and
    conformers that reacted or show other stereo than the SMILES states or the first one shows.
    There are no energies and no weights.

    Raises:
        InputError: a file is missing or unreadable, or holds other classes.
    """
    yield from unique(_read([Path(path) for path in settings.paths], share))


def _read(paths: list[Path], share: Share) -> Iterator[Ensemble | Rejection]:
    with Decoder() as decoder:
        molecules = [(path, k, name) for path in paths
                     for k, name in enumerate(_names(decoder, path))]
        run = share.run(len(molecules))
        mine = molecules[run.start:run.stop]
        calls = ((f"{name} in {path.name}", str(path), k) for path, k, name in mine)
        for (_, _, name), answer in zip(mine, decoder.each(read_molecule, calls), strict=True):
            if isinstance(answer, Refused):
                yield Rejection(name, None, str(answer))
            else:
                yield from answer


def _names(decoder: Decoder, path: Path) -> list[str]:
    try:
        return decoder.call(list_molecules, path.name, str(path))
    except Refused as error:
        raise InputError(str(path), str(error), "a pickle of RDKit molecules",
                         "A damaged file has to be copied or downloaded again.") from None
