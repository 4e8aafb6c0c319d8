"""The conformers of GeoDiff's pickles; called in a worker process only.

A file is a list of PyG 1.x ``Data``, one a conformer, those of a molecule consecutive (GeoDiff's
utils/datasets.py, ``rdmol_to_data``; attributes of its descendants are passed over).
"""

import math
from array import array
from functools import lru_cache
from pathlib import Path

import numpy as np
from rdkit import Chem

from pipeline_src.chem.base import Refused, Rejection
from pipeline_src.chem.checks import check_positions
from pipeline_src.chem.matching import Overlay
from pipeline_src.chem.molecules import to_rdkit, with_conformers
from pipeline_src.chem.readers.gathering import Conformer, gather
from pipeline_src.chem.readers.pickled_list import PickledList
from pipeline_src.chem.readers.pyg_data import PYG, fields, numbers
from pipeline_src.chem.readers.rdkit_binary import decoded
from pipeline_src.chem.readers.smiles import molecule_from_smiles
from pipeline_src.chem.readers.unpickling import RDKIT
from pipeline_src.ensembles import Ensemble
from pipeline_src.run.errors import InputError


def count_molecules(path: str) -> int:
    """Runs of items with the same SMILES; an item without one is a run of its own."""
    return len(_opened(path)[1])


@lru_cache(maxsize=1)
def _opened(path: str) -> tuple[PickledList, array]:
    """The file's items and the first of each molecule."""
    items, firsts, before = PickledList(Path(path), PYG | RDKIT), array("q"), None
    for k, item in enumerate(items.scan()):
        smiles = _smiles(item)
        if smiles is None or smiles != before:
            firsts.append(k)
        before = smiles
    return items, firsts


def _smiles(item: object) -> str | None:
    try:
        smiles = fields(item).get("smiles")
    except Refused:
        return None
    return smiles if isinstance(smiles, str) and smiles else None


def read_molecule(path: str, number: int) -> list[Ensemble | Rejection]:
    """The ensemble of molecule ``number``, from 0, and what was left out of it.

    Its name is its SMILES with '_' for '/'.
    """
    items, firsts = _opened(path)
    last = firsts[number + 1] if number + 1 < len(firsts) else len(items)
    where = f"item {firsts[number] + 1} of {Path(path).name}"
    smiles = _smiles(items.item(firsts[number]))
    if smiles is None:
        return [Rejection(where, None, "not a conformer with a SMILES")]
    name = smiles.replace("/", "_")
    if parts := smiles.count("."):
        return [Rejection(name, None, f"{where}: {parts + 1} separate parts in its SMILES (a salt,"
                                      " solvate or mixture)")]
    overlay = _overlay(smiles, name)
    return gather(name, [
        _conformer(items.item(k), f"item {k + 1} of {Path(path).name}", overlay)
        for k in range(firsts[number], last)], smiles)


def _overlay(smiles: str, name: str) -> Overlay | Refused:
    """What gives the atoms of items without rdmol their bond orders, charges and stereo."""
    try:
        return Overlay(to_rdkit(molecule_from_smiles(smiles, name)))
    except (Refused, InputError) as error:
        return Refused(f"no rdmol, and its SMILES cannot replace it: {error}")


def _conformer(item: object, where: str, overlay: Overlay | Refused) -> Conformer | Refused:
    try:
        held = fields(item)
        atoms = numbers(held, "atom_type", "i", (None,))
        positions = numbers(held, "pos", "f", (len(atoms), 3))
        bonds = _bonds(held, len(atoms))
        if held.get("rdmol") is not None:
            mol = with_conformers(_agreeing(decoded(held["rdmol"]), atoms, bonds), [positions])
        elif isinstance(overlay, Refused):
            raise overlay
        else:
            check_positions(positions)
            mol = overlay.onto(atoms, bonds[:, :2], positions)
        return Conformer(where, mol, _value(held, "totalenergy"), _value(held, "boltzmannweight"))
    except Refused as error:
        return Refused(f"{where}: {error}")


def _bonds(held: dict[str, object], n_atoms: int) -> np.ndarray:
    """Sorted rows i < j, RDKit's bond type  # int64 (B, 3)"""
    pairs = numbers(held, "edge_index", "i", (2, None))
    types = numbers(held, "edge_type", "i", (pairs.shape[1],))
    if pairs.size and (pairs.min() < 0 or pairs.max() >= n_atoms):
        raise Refused(f"edge_index names atom {pairs.max() + 1} of {n_atoms}")
    forth, back = (sorted(zip(pairs[i].tolist(), pairs[1 - i].tolist(), types.tolist(),
                              strict=True)) for i in (0, 1))
    if forth != back or len({row[:2] for row in forth}) < len(forth) \
            or any(i == j for i, j, _ in forth):
        raise Refused("edge_index does not hold each bond once in both directions")
    return np.array([row for row in forth if row[0] < row[1]], dtype=np.int64).reshape(-1, 3)


def _agreeing(mol: Chem.Mol, atoms: np.ndarray, bonds: np.ndarray) -> Chem.Mol:
    """``mol``, if it has these atoms and bonds in this order."""
    if [a.GetAtomicNum() for a in mol.GetAtoms()] != atoms.tolist():
        raise Refused("rdmol has other atoms than atom_type, or in another order")
    theirs = sorted([*sorted((b.GetBeginAtomIdx(), b.GetEndAtomIdx())), int(b.GetBondType())]
                    for b in mol.GetBonds())
    if theirs != bonds.tolist():
        raise Refused("rdmol has other bonds than edge_index and edge_type")
    return mol


def _value(held: dict[str, object], name: str) -> float | None:
    """The one number of a tensor; None where there is no such attribute."""
    if held.get(name) is None:
        return None
    (value,) = numbers(held, name, "f", (1,)).tolist()
    if not math.isfinite(value):
        raise Refused(f"{name} is {value}, not a finite number")
    return value
