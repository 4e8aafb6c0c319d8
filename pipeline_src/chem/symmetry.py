"""Symmetry mappings of a molecule's heavy atoms, as RDKit's ``GetBestRMS`` tries them."""

from dataclasses import dataclass

import numpy as np
from rdkit import Chem

from pipeline_src.ensembles import Molecule
from pipeline_src.ensembles.molecule import AROMATIC
from pipeline_src.run.errors import InputError

# Terminal O or N next to an atom with another terminal O or N across the other bond order
# (nitro, carboxyl, amide ...). Source: RDKit, MolAlign/AlignMolecules.cpp, symmetrizeTerminalAtoms.
_TERMINAL = "[O,N;D1]"
_CONJUGATED = Chem.MolFromSmarts(
    f"[O,N;D1;$({_TERMINAL}-[*]={_TERMINAL}),$({_TERMINAL}=[*]-{_TERMINAL})]~[*]")
_SINGLE_OR_DOUBLE = Chem.MolFromSmarts("*-,=*").GetBondWithIdx(0)


@dataclass(frozen=True, eq=False)
class SymmetryMappings:
    """Which heavy atom of a reference each heavy atom of a generated conformer may stand for.

    Attributes:
        heavy: indices of the heavy atoms in the molecule, int64  # (N,)
        maps: per mapping and generated heavy atom the reference's heavy atom, both counted
            within ``heavy``, int64  # (K, N)
        complete: False if there are more mappings than were asked for; RMSDs over them are then
            upper bounds.
    """

    heavy: np.ndarray
    maps: np.ndarray
    complete: bool


def symmetry_mappings(molecule: Molecule, symmetrize: bool, max_matches: int) -> SymmetryMappings:
    """All mappings of the heavy-atom graph onto itself, the first ``max_matches`` at most.

    Heavy atoms are those with atomic number above 1; every hydrogen is left out, also one that
    RDKit's ``RemoveHs`` keeps (=N-H with E/Z stereo). Elements, charges and bond types have to
    agree, stereo does not.

    Args:
        molecule: all atoms or the beads of a level.
        symmetrize: conjugated terminal groups are equivalent (RDKit since 2022.09) or not.
        max_matches: mappings kept at most, in RDKit's order.

    Raises:
        InputError: the molecule has no heavy atom, or ``max_matches`` is below 1.
    """
    if max_matches < 1:
        raise InputError("max_matches", max_matches, "at least 1")
    heavy = np.flatnonzero(molecule.numbers > 1)
    if not len(heavy):
        raise InputError(f"molecule {molecule.id}", "no heavy atom", "at least one heavy atom")
    target = _heavy_graph(molecule, heavy)
    query = _relaxed(target) if symmetrize else target
    parameters = Chem.SubstructMatchParameters()
    parameters.uniquify = False
    parameters.maxMatches = max_matches + 1
    matches = target.GetSubstructMatches(query, parameters)
    maps = np.array(matches[:max_matches], dtype=np.int64)
    return SymmetryMappings(heavy, maps, len(matches) <= max_matches)


def _heavy_graph(molecule: Molecule, heavy: np.ndarray) -> Chem.Mol:
    """The heavy atoms as an RDKit molecule in their order; not sanitised, nothing perceived."""
    graph = molecule.induced(heavy)
    mol = Chem.RWMol()
    for number, charge in zip(graph.numbers, graph.charges, strict=True):
        atom = Chem.Atom(int(number))
        atom.SetFormalCharge(int(charge))
        atom.SetNoImplicit(True)
        mol.AddAtom(atom)
    for (i, j), order in zip(graph.bonds.tolist(), graph.orders.tolist(), strict=True):
        mol.AddBond(i, j, Chem.BondType.values[order])
        if order == AROMATIC:
            mol.GetBondBetweenAtoms(i, j).SetIsAromatic(True)
            mol.GetAtomWithIdx(i).SetIsAromatic(True)
            mol.GetAtomWithIdx(j).SetIsAromatic(True)
    return mol.GetMol()


def _relaxed(mol: Chem.Mol) -> Chem.Mol:
    """A query in which conjugated terminal atoms match either partner of their group."""
    query = Chem.RWMol(mol)
    for terminal, centre in mol.GetSubstructMatches(_CONJUGATED):
        query.GetAtomWithIdx(terminal).SetFormalCharge(0)
        bond = query.GetBondBetweenAtoms(terminal, centre)
        query.ReplaceBond(bond.GetIdx(), _SINGLE_OR_DOUBLE)
    return query.GetMol()
