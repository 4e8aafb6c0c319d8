"""One of ET-Flow's processed files, a molecule; called in a worker process only."""

from pathlib import Path

import numpy as np
from rdkit import Chem, rdBase

from pipeline_src.chem.base import Refused, Rejection
from pipeline_src.chem.bonding import seen_bonds
from pipeline_src.chem.molecules import canonical_smiles, with_conformers, without_maps
from pipeline_src.chem.readers.gathering import Conformer, gather
from pipeline_src.chem.readers.pyg_data import PYG, fields, numbers
from pipeline_src.chem.readers.torch_files import load_torch
from pipeline_src.ensembles import Ensemble

_RAW = Chem.SmilesParserParams()
_RAW.removeHs, _RAW.sanitize = False, False


def read_entry(path: str, name: str) -> list[Ensemble | Rejection]:
    """The ensemble of the file and what was left out of it.

    The file states the bonds of its first conformer only; others must show the same ones.
    """
    file = Path(path).name
    try:
        held = fields(load_torch(Path(path), PYG))
        atoms = numbers(held, "atomic_numbers", "i", (None,))
        positions = numbers(held, "pos", "f", (None, len(atoms), 3))
        energies = _energies(held, len(positions))
        mol = _stated(held.get("smiles"), atoms, numbers(held, "charges", "i", (len(atoms),)))
    except Refused as error:
        return [Rejection(name, None, str(error))]
    records = [_conformer(f"conformer {c} of {file}", mol, positions[c], energies[c])
               for c in range(len(positions))]
    return gather(name, records, canonical_smiles(mol))


def _energies(held: dict[str, object], n_conformers: int) -> list[float | None]:
    """Hartree, one a conformer; None where the file has none."""
    if held.get("energy") is None:
        return [None] * n_conformers
    energies = numbers(held, "energy", "f", (n_conformers, 1))[:, 0]
    if not np.isfinite(energies).all():
        raise Refused("an energy is not a finite number")
    return energies.tolist()


def _stated(smiles: object, atoms: np.ndarray, charges: np.ndarray) -> Chem.Mol:
    """The molecule of the mapped SMILES in the order of the arrays, with which it must agree."""
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(smiles, _RAW) if isinstance(smiles, str) else None
    if mol is None:
        raise Refused(f"no readable SMILES: {smiles!r:.80}")
    if (parts := len(Chem.GetMolFrags(mol))) > 1:
        raise Refused(f"{parts} separate parts in its SMILES (a salt, solvate or mixture)")
    # datamol numbers from 0, which RDKit reads as no number at all
    maps = [atom.GetAtomMapNum() for atom in mol.GetAtoms()]
    if len(set(maps)) == len(maps):
        mol = Chem.RenumberAtoms(mol, np.argsort(maps).tolist())
    elif any(maps):
        raise Refused("the SMILES numbers its atoms, but some of them twice or not at all")
    if [atom.GetAtomicNum() for atom in mol.GetAtoms()] != atoms.tolist():
        raise Refused("atomic_numbers are not those of the SMILES")
    if [atom.GetFormalCharge() for atom in mol.GetAtoms()] != charges.tolist():
        raise Refused("charges are not those of the SMILES")
    return without_maps(mol)


def _conformer(where: str, mol: Chem.Mol, positions: np.ndarray,
               energy: float | None) -> Conformer | Refused:
    pairs = sorted(sorted((b.GetBeginAtomIdx(), b.GetEndAtomIdx())) for b in mol.GetBonds())
    try:
        if np.isfinite(positions).all() and \
                seen_bonds(np.array([a.GetAtomicNum() for a in mol.GetAtoms()]), positions,
                           len(pairs)).tolist() != pairs:
            raise Refused("reacted: other atoms are bonded than in the SMILES")
    except Refused as error:
        return Refused(f"{where}: {error}")
    return Conformer(where, with_conformers(mol, [positions]), energy)
