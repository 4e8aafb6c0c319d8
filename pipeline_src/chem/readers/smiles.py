"""Molecules without reference conformers from a text file: ``SMILES [name]``, one a line."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from rdkit import Chem, rdBase

from pipeline_src.chem.base import WHOLE, Refused, Rejection, Share, unique
from pipeline_src.chem.checks import check_molecule, sanitize
from pipeline_src.chem.molecules import from_rdkit, without_maps
from pipeline_src.ensembles import Ensemble, Molecule
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.readers import SmilesReader

_RAW = Chem.SmilesParserParams()
_RAW.sanitize, _RAW.removeHs, _RAW.parseName, _RAW.allowCXSMILES = False, False, False, False


def read_smiles(settings: SmilesReader, share: Share = WHOLE) -> Iterator[Ensemble | Rejection]:
    """Yield each molecule with zero conformers, and a rejection for each line that is no molecule.

    Blank lines and lines that start with '#' are skipped. Without a name a molecule is called
    ``line-<k>`` (``<file>-line-<k>`` if there are several files). Hydrogens are added; stereo that
    the SMILES leaves open stays open.

    Raises:
        InputError: a file is missing or unreadable.
    """
    lines = [line for path in settings.paths
             for line in _lines(Path(path), len(settings.paths) > 1)]
    run = share.run(len(lines))
    yield from unique(_read(line) for line in lines[run.start:run.stop])


class _Line(NamedTuple):
    smiles: str
    name: str
    where: str


def _lines(path: Path, several: bool) -> Iterator[_Line]:
    try:
        lines = path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    except OSError as error:
        raise InputError(str(path), f"{type(error).__name__}: {error}",
                         "a readable text file of SMILES") from None
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.strip().startswith("#"):
            continue
        smiles, _, name = line.strip().partition(" ") if "\t" not in line else \
            line.strip().partition("\t")
        name = name.strip() or (f"{path.stem}-" if several else "") + f"line-{number}"
        yield _Line(smiles, name, f"line {number} of {path.name}, '{smiles}'")


def _read(line: _Line) -> Ensemble | Rejection:
    try:
        molecule = molecule_from_smiles(line.smiles, line.name)
    except (Refused, InputError) as error:
        return Rejection(line.name, None, f"{line.where}: {error}")
    return Ensemble(molecule, np.zeros((0, molecule.n_atoms, 3), dtype=np.float32))


def molecule_from_smiles(smiles: str, id: str) -> Molecule:
    """The molecule of ``smiles`` with all hydrogens, added after the heavy atoms.

    Raises:
        Refused: not a SMILES, impossible, not one connected molecule, or a radical.
    """
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(smiles, _RAW)
    if mol is None:
        hint = "; a name stands after a space or tab, not after a comma" if "," in smiles else ""
        raise Refused("not a valid SMILES (check brackets, ring numbers and element symbols"
                      f"{hint})")
    mol = without_maps(mol)
    sanitize(mol)
    check_molecule(mol)
    with rdBase.BlockLogs():
        Chem.AssignStereochemistry(mol, cleanIt=True, force=True)
    return from_rdkit(Chem.AddHs(mol), id)
