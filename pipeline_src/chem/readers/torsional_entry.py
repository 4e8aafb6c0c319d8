"""Molecules of a torsional-diffusion pickle, decoded in a worker process."""

from functools import lru_cache
from pathlib import Path

from pipeline_src.chem.base import Refused, Rejection
from pipeline_src.chem.checks import sanitize
from pipeline_src.chem.molecules import canonical_smiles, from_rdkit, to_rdkit
from pipeline_src.chem.readers.frames import words
from pipeline_src.chem.readers.gathering import Conformer, gather
from pipeline_src.chem.readers.rdkit_binary import decoded, without_patterns
from pipeline_src.chem.readers.unpickling import RDKIT, load_pickle
from pipeline_src.chem.stereo import perceive_stereo, without_imine_stereo
from pipeline_src.ensembles import Ensemble
from pipeline_src.run.errors import InputError

_NO_MOLECULE = "?"  # what records that no molecule can be made of are filed under


def list_molecules(file: str) -> list[str]:
    """Names of the molecules of a file, in its order.

    Of a dict the keys, which are SMILES, with '_' for '/'. Records of a plain list are gathered by
    the SMILES that their coordinates show, E/Z of =N-H left open.

    Raises:
        Refused: the file cannot be opened, holds other classes, or is of another layout.
    """
    return [name for name, _, _ in _molecules(file)]


def read_molecule(file: str, position: int) -> list[Ensemble | Rejection]:
    """The ensemble of the molecule at ``position`` of the file and what of it was left out."""
    name, smiles, records = _molecules(file)[position]
    if not isinstance(records, list):
        return [Rejection(name, None, f"{Path(file).name}: its conformers are a "
                                      f"{type(records).__name__}, not a list")]
    return gather(name, [_conformer(mol, f"conformer {k} of '{name}' in {Path(file).name}")
                         for k, mol in enumerate(records)], smiles)


@lru_cache(maxsize=1)
def _molecules(file: str) -> list[tuple[str, str | None, object]]:
    """Name, SMILES as the file states it, and records of each molecule."""
    content = load_pickle(Path(file), RDKIT)
    if isinstance(content, dict):
        return [_entry(key, mols, Path(file).name) for key, mols in content.items()]
    if isinstance(content, list):
        groups: dict[str, list] = {}
        for mol in content:
            groups.setdefault(_perceived_smiles(mol), []).append(mol)
        return [(smiles.replace("/", "_"), None, mols) for smiles, mols in groups.items()]
    raise Refused(f"{Path(file).name}: it holds a {type(content).__name__}, neither a dict of "
                  "SMILES nor a list of molecules")


def _entry(key: object, mols: object, file: str) -> tuple[str, str, object]:
    if not isinstance(key, str) or not key:
        raise Refused(f"{file}: a key of its dict is a {type(key).__name__}, not a SMILES")
    # '_' is in no SMILES: it stands for '/', as in file names
    return words(key.replace("/", "_")), key.replace("_", "/"), mols


def _perceived_smiles(record: object) -> str:
    try:
        mol = without_patterns(decoded(record))
        if mol.GetNumConformers() != 1:
            return _NO_MOLECULE
        sanitize(mol)
        perceive_stereo(mol)
        molecule = without_imine_stereo(from_rdkit(mol, _NO_MOLECULE))
        return canonical_smiles(to_rdkit(molecule))
    except (Refused, InputError):
        return _NO_MOLECULE


def _conformer(mol: object, where: str) -> Conformer | Refused:
    try:
        return Conformer(where, decoded(mol))
    except Refused as error:
        return Refused(f"{where}: {error}")
