"""Ensembles from ET-Flow's processed folder: a subset a folder, a molecule a file of torch."""

from collections.abc import Iterator
from pathlib import Path

from pipeline_src.chem.base import WHOLE, Refused, Rejection, Share, unique
from pipeline_src.chem.readers.decoding import Decoder
from pipeline_src.chem.readers.etflow_entry import read_entry
from pipeline_src.ensembles import Ensemble
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.readers import EtflowFolderReader


def read_etflow_folder(settings: EtflowFolderReader,
                       share: Share = WHOLE) -> Iterator[Ensemble | Rejection]:
    """Yield the ensembles, subset after subset and by file name, and rejections.

    A molecule is named ``<subset>/<file without .pt>``: its subset can be told from its name.
    Energies are hartree as float32; there are no weights. Left out are separate parts, and
    conformers whose bonds or stereo are not those of the SMILES.

    Raises:
        InputError: the folder of a subset is missing.
    """
    files = [(f"{subset}/{path.stem}", path) for subset in settings.subsets
             for path in _files(Path(settings.paths[0]) / subset)]
    run = share.run(len(files))
    yield from unique(_read(files[run.start:run.stop]))


def _files(folder: Path) -> list[Path]:
    try:
        return sorted((path for path in folder.iterdir() if path.suffix == ".pt"),
                      key=lambda path: path.stem)
    except OSError as error:
        raise InputError(str(folder), f"{type(error).__name__}: {error.strerror}",
                         "a folder of ET-Flow's .pt files",
                         "reader.subsets names the folders there are.") from None


def _read(files: list[tuple[str, Path]]) -> Iterator[Ensemble | Rejection]:
    calls = ((name, str(path), name) for name, path in files)
    with Decoder() as decoder:
        for (name, _), answer in zip(files, decoder.each(read_entry, calls), strict=True):
            if isinstance(answer, Refused):
                yield Rejection(name, None, str(answer))
            else:
                yield from answer
