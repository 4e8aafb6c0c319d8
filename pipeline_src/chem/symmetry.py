"""Symmetry mappings of a molecule's heavy atoms, as RDKit's ``GetBestRMS`` tries them."""

from dataclasses import dataclass
from functools import cache
from math import factorial, prod

import numpy as np
from rdkit import Chem

from pipeline_src.chem.branches import Branch, branch_atoms, core_graph, with_branches
from pipeline_src.ensembles import Molecule
from pipeline_src.run.errors import InputError

# Terminal O or N next to an atom with another terminal O or N across the other bond order
# (nitro, carboxyl, amide ...). Source: RDKit, MolAlign/AlignMolecules.cpp, symmetrizeTerminalAtoms.
_TERMINAL = "[O,N;D1]"
_CONJUGATED = Chem.MolFromSmarts(
    f"[O,N;D1;$({_TERMINAL}-[*]={_TERMINAL}),$({_TERMINAL}=[*]-{_TERMINAL})]~[*]")
_WORTH = 64  # orders of the branches together, from which on it pays to look at branches
_MANY = 1000  # mappings from which on it pays to keep branches apart,
_MOST_BRANCHES = 6  # the time of their search grows exponentially with their number
_FEWER = 4  # if that many times fewer bounds than mappings are held
_BOND_TYPES = dict(Chem.BondType.values)
_SINGLE_OR_DOUBLE = Chem.MolFromSmarts("*-,=*").GetBondWithIdx(0)


@dataclass(frozen=True, eq=False)
class SymmetryMappings:
    """Which heavy atom of a reference each heavy atom of a generated conformer may stand for.

    Attributes:
        heavy: indices of the heavy atoms in the molecule, int64  # (N,)
        maps: per mapping and generated heavy atom the reference's heavy atom, both counted
            within ``heavy``, int64  # (K, N)
        branches: atoms that change places on their own. If there are any, ``maps`` has one mapping
            for each mapping of the other atoms, and all allowed orders of the branches go with it.
        complete: False if there are more mappings than were asked for; RMSDs over them are then
            upper bounds.
    """

    heavy: np.ndarray
    maps: np.ndarray
    branches: tuple[Branch, ...] = ()
    complete: bool = True

    @property
    def count(self) -> int:
        """Number of mappings, with all orders of the branches."""
        orders = [branch.allowed.sum(axis=1).tolist() for branch in self.branches]
        return sum(map(prod, zip(*orders, strict=True))) if orders else len(self.maps)


def symmetry_mappings(molecule: Molecule, symmetrize: bool, max_matches: int) -> SymmetryMappings:
    """All mappings of the heavy-atom graph onto itself, or the first ``max_matches``.

    Heavy atoms are those with atomic number above 1; every hydrogen is left out, also one that
    RDKit's ``RemoveHs`` keeps (=N-H with E/Z stereo). Elements, charges and bond types have to
    agree, stereo does not.

    Args:
        molecule: all atoms or the beads of a level.
        symmetrize: conjugated terminal groups are equivalent (RDKit since 2022.09) or not.
        max_matches: mappings held at most, in RDKit's order. Products of branches are not held.

    Raises:
        InputError: the molecule has no heavy atom, or ``max_matches`` is below 1.
    """
    if max_matches < 1:
        raise InputError("max_matches", max_matches, "at least 1")
    heavy = np.flatnonzero(molecule.numbers > 1)
    if not len(heavy):
        raise InputError(f"molecule {molecule.id}", "no heavy atom", "at least one heavy atom")
    bonds, orders = _bonds(molecule, heavy)
    target = _mol(molecule.numbers[heavy], molecule.charges[heavy], bonds, orders)
    query = _relaxed(target) if symmetrize else target
    if _most_orders(len(heavy), bonds) >= _WORTH:
        mappings = _branched(heavy, query, target, max_matches)
        if mappings:
            return mappings
    maps, complete = _matches(query, target, max_matches)
    return SymmetryMappings(heavy, maps, complete=complete)


def _bonds(molecule: Molecule, heavy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The bonds among heavy atoms, counted within these, and their orders  # (B, 2), (B,)"""
    kept = (molecule.numbers[molecule.bonds] > 1).all(axis=1)
    return np.searchsorted(heavy, molecule.bonds[kept]), molecule.orders[kept]


def _most_orders(n_atoms: int, bonds: np.ndarray) -> int:
    """Orders of the end atoms that share a neighbour, were they all alike."""
    ends = np.bincount(bonds.reshape(-1), minlength=n_atoms)[bonds[:, ::-1]] == 1
    return prod(map(factorial, np.bincount(bonds[ends]).tolist()))


def _branched(heavy: np.ndarray, query: Chem.Mol, target: Chem.Mol,
              max_matches: int) -> SymmetryMappings | None:
    """The mappings with branches kept apart; None if there are too few for that to pay."""
    ends = branch_atoms(query, target)
    core, atoms = core_graph(target, ends)
    maps, complete = _matches(core_graph(query, ends)[0], core, max_matches)
    orders = [factorial(len(atoms)) for atoms in ends.values()]
    if not (ends and complete and len(ends) <= _MOST_BRANCHES
            and len(maps) * prod(orders) >= _MANY and len(maps) * sum(orders) <= max_matches):
        return None
    mappings = SymmetryMappings(heavy, *with_branches(query, target, ends, atoms, maps))
    held = sum(branch.allowed.size for branch in mappings.branches)
    return mappings if mappings.count >= max(_MANY, _FEWER * held) else None


def _matches(query: Chem.Mol, target: Chem.Mol, most: int) -> tuple[np.ndarray, bool]:
    """The first ``most`` mappings, int64, and whether these are all  # (K, N)"""
    matches = target.GetSubstructMatches(query, uniquify=False, maxMatches=most + 1)
    return np.array(matches[:most], dtype=np.int64), len(matches) <= most


def _mol(numbers: np.ndarray, charges: np.ndarray, bonds: np.ndarray,
         orders: np.ndarray) -> Chem.Mol:
    """The graph as an RDKit molecule in its atom order; not sanitised, nothing perceived."""
    mol = Chem.RWMol()
    add_atom, add_bond = mol.AddAtom, mol.AddBond  # looked up once: called for every atom and bond
    for number, charge in zip(numbers.tolist(), charges.tolist(), strict=True):
        add_atom(_atom(number, charge))
    for (i, j), order in zip(bonds.tolist(), orders.tolist(), strict=True):
        add_bond(i, j, _BOND_TYPES[order])
    return mol


@cache
def _atom(number: int, charge: int) -> Chem.Atom:
    atom = Chem.Atom(number)
    atom.SetFormalCharge(charge)
    atom.SetNoImplicit(True)
    return atom


def _relaxed(mol: Chem.Mol) -> Chem.Mol:
    """A query in which conjugated terminal atoms match either partner of their group."""
    query = Chem.RWMol(mol)
    for terminal, centre in mol.GetSubstructMatches(_CONJUGATED):
        query.GetAtomWithIdx(terminal).SetFormalCharge(0)
        bond = query.GetBondBetweenAtoms(terminal, centre)
        query.ReplaceBond(bond.GetIdx(), _SINGLE_OR_DOUBLE)
    return query.GetMol()
