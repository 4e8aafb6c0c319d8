"""Files in the exact layouts of GeoDiff (PyG 1.x) and ET-Flow, with real torch; XYZ files."""

import io
import pickle
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import numpy as np
import torch
from rdkit import Chem
from torch_geometric.data import Data as LaterData

from pipeline_src.chem.base import Rejection
from pipeline_src.chem.molecules import (
    canonical_smiles,
    from_rdkit,
    to_rdkit,
    with_conformers,
)
from pipeline_src.ensembles import Ensemble
from pipeline_src.ensembles.elements import element_symbol


class Data:
    """PyG 1.x: ``pickle`` takes the ``__dict__`` as it is."""

    def __init__(self, **attributes):
        unset = dict.fromkeys(("x", "edge_index", "edge_attr", "y", "pos", "normal", "face"))
        self.__dict__.update(unset | attributes)


Data.__module__, Data.__qualname__ = "torch_geometric.data.data", "Data"


@contextmanager
def pyg_1() -> Iterator[None]:
    """Pickles name ``Data`` as PyG 1.x's."""
    names = ("torch_geometric", "torch_geometric.data", "torch_geometric.data.data")
    stubs = {name: types.ModuleType(name) for name in names}
    stubs[names[2]].Data = Data
    with patch.dict(sys.modules, stubs):
        yield


def pickled(items: list, protocol: int = 3) -> bytes:
    with pyg_1():
        return pickle.dumps(items, protocol)


def write_list(path: Path, items: list, protocol: int = 3) -> str:
    path.write_bytes(pickled(items, protocol))
    return str(path)


def saved(held: object, zipped: bool = True) -> bytes:
    file = io.BytesIO()
    torch.save(held, file, _use_new_zipfile_serialization=zipped)
    return file.getvalue()


def mols_of(ensemble: Ensemble) -> list[Chem.Mol]:
    """An RDKit molecule a conformer."""
    mol = to_rdkit(ensemble.molecule)
    return [with_conformers(mol, [positions]) for positions in ensemble.positions]


def geodiff_items(ensemble: Ensemble, make: type = Data, **changed) -> list:
    """As GeoDiff's ``rdmol_to_data`` and ConfGF's dataset builder fill them."""
    smiles = canonical_smiles(to_rdkit(ensemble.molecule))
    items = []
    for c, mol in enumerate(mols_of(ensemble)):
        rows = sorted((*pair, int(bond.GetBondType())) for bond in mol.GetBonds()
                      for pair in ((bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()),
                                   (bond.GetEndAtomIdx(), bond.GetBeginAtomIdx())))
        table = torch.tensor(rows)
        items.append(make(**{
            "atom_type": torch.tensor([a.GetAtomicNum() for a in mol.GetAtoms()]),
            "pos": torch.tensor(mol.GetConformer().GetPositions(), dtype=torch.float32),
            "edge_index": table[:, :2].T.contiguous(), "edge_type": table[:, 2].clone(),
            "rdmol": mol, "smiles": smiles, "idx": torch.tensor([7]),
            "totalenergy": _value(ensemble.energies_hartree, c),
            "boltzmannweight": _value(ensemble.weights, c),
        } | changed))
    return items


def _value(values: np.ndarray | None, c: int) -> torch.Tensor | None:
    return None if values is None else torch.tensor([values[c]], dtype=torch.float32)


def only_ensembles(items: list) -> list[Ensemble]:
    assert not [item for item in items if isinstance(item, Rejection)]
    return items


def assert_same(read: list[Ensemble], want: list[Ensemble]) -> None:
    """Equal but for the molecules' names; energies and weights as float32 has them."""
    assert len(read) == len(want) > 0
    for one, other in zip(read, want, strict=True):
        assert one.molecule.smiles == other.molecule.smiles
        for name in ("numbers", "charges", "bonds", "orders"):
            assert (getattr(one.molecule, name) == getattr(other.molecule, name)).all()
        assert np.array_equal(one.positions, other.positions)
        for name in ("energies_hartree", "weights"):
            mine, theirs = getattr(one, name), getattr(other, name)
            assert (mine is None) == (theirs is None)
            assert mine is None or (mine.astype("f4") == theirs.astype("f4")).all()


def renumbered(ensemble: Ensemble, order: list[int]) -> Ensemble:
    """The ensemble with its atoms in another order: atom ``order[k]`` comes to place k."""
    mol = Chem.RenumberAtoms(to_rdkit(ensemble.molecule), order)
    return replace(ensemble, molecule=from_rdkit(mol, ensemble.molecule.id),
                   positions=ensemble.positions[:, order])


def etflow_data(ensemble: Ensemble, first_map: int = 0, **changed) -> LaterData:
    """As ET-Flow's prepare_data: the SMILES numbers the atoms, from 0 as datamol does."""
    mol = Chem.Mol(to_rdkit(ensemble.molecule))
    for atom in mol.GetAtoms():
        atom.SetProp("molAtomMapNumber", str(atom.GetIdx() + first_map))
    energies = ensemble.energies_hartree
    return LaterData(**{
        "atomic_numbers": torch.tensor(ensemble.molecule.numbers),
        "charges": torch.tensor(ensemble.molecule.charges),
        "pos": torch.tensor(ensemble.positions), "subset": "drugs",
        "smiles": Chem.MolToSmiles(mol, canonical=False),
        "energy": None if energies is None else torch.tensor(energies[:, None]).float(),
    } | changed)


def frame(numbers, positions, comment: object = "") -> str:
    rows = [f"{element_symbol(int(z)):2} {x:14.8f} {y:14.8f} {w:14.8f}"
            for z, (x, y, w) in zip(numbers, positions, strict=True)]
    return "\n".join([str(len(rows)), str(comment), *rows, ""])


def frames(ensemble: Ensemble, comment: str = "{}") -> list[str]:
    energies = ensemble.energies_hartree
    return [frame(ensemble.molecule.numbers, p,
                  comment.format("" if energies is None else repr(float(energies[c]))))
            for c, p in enumerate(ensemble.positions)]
