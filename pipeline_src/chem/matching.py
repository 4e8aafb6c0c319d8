"""A SMILES laid onto atoms whose bonds are known but not their orders, charges and stereo."""

from collections.abc import Iterator, Sequence

import numpy as np
from rdkit import Chem, rdBase

from pipeline_src.chem.base import Refused
from pipeline_src.chem.molecules import with_conformers
from pipeline_src.chem.stereo import stereo_kept

_MOST_MATCHES = 200  # equivalent ways; symmetric molecules have many more, as good as these


class Overlay:
    """A molecule of known SMILES, given the order of other atoms.

    Args:
        smiles: sanitized, all hydrogens explicit.
    """

    def __init__(self, smiles: Chem.Mol) -> None:
        self._smiles = smiles
        self._before: tuple[list, list, Chem.Mol] | None = None

    def onto(self, numbers: np.ndarray, bonds: np.ndarray, positions: np.ndarray) -> Chem.Mol:
        """The molecule in the order of these atoms, with their conformer.

        Of several ways that fit, heavy atoms in the SMILES' order come first, then those whose
        double and triple bonds are shortest. Hydrogens of one atom are interchangeable.
        Conformers of the same atoms and bonds are all taken in the way of the first.

        Args:
            numbers: atomic numbers  # (N,)
            bonds: pairs of atoms, each bond once  # (B, 2)
            positions: Å  # (N, 3)

        Raises:
            Refused: other atoms or bonds than the SMILES has, or, at first, other stereo than it
                states.
        """
        graph = numbers.tolist(), bonds.tolist()
        if self._before is None or self._before[:2] != graph:
            self._before = *graph, self._first(numbers, bonds, positions)
        return with_conformers(self._before[2], [positions])

    def _first(self, numbers: np.ndarray, bonds: np.ndarray, positions: np.ndarray) -> Chem.Mol:
        found = None
        for order in _ordered(self._smiles, list(_ways(self._smiles, numbers, bonds)), positions):
            found = Chem.RenumberAtoms(self._smiles, order)
            if stereo_kept(found, positions[None])[0]:
                return found
        if found is None:
            raise Refused("reacted: the atoms have other neighbours than those of the SMILES")
        raise Refused("other stereo than the SMILES states")


def _ways(smiles: Chem.Mol, numbers: np.ndarray, bonds: np.ndarray) -> Iterator[list[int]]:
    """For each way to lay the SMILES onto the atoms: its atom at each place, N of them."""
    stated = [(b.GetBeginAtomIdx(), b.GetEndAtomIdx()) for b in smiles.GetBonds()]
    theirs, their_hydrogens = _skeleton([a.GetAtomicNum() for a in smiles.GetAtoms()], stated)
    ours, our_hydrogens = _skeleton(numbers.tolist(), bonds.tolist())
    if smiles.GetNumAtoms() != len(numbers) or len(stated) != len(bonds) \
            or theirs.GetNumAtoms() != ours.GetNumAtoms():
        return
    their_places, our_places = list(their_hydrogens), list(our_hydrogens)
    same = tuple(range(len(our_places)))
    matches = ours.GetSubstructMatches(theirs, uniquify=False, maxMatches=_MOST_MATCHES)
    if _is_match(theirs, ours):
        matches = (same, *(m for m in matches if m != same))
    for match in matches:
        order = [0] * len(numbers)
        for their, our in enumerate(match):
            pairs = zip([their_places[their], *their_hydrogens[their_places[their]]],
                        [our_places[our], *our_hydrogens[our_places[our]]], strict=True)
            for atom, place in pairs:
                order[place] = atom
        yield order


def _skeleton(numbers: Sequence[int], bonds: Sequence[Sequence[int]],
              ) -> tuple[Chem.Mol, dict[int, list[int]]]:
    """The graph without hydrogens of one neighbour, and the hydrogens of each atom that it keeps.

    How many hydrogens an atom has stands in its isotope, so that matches respect it.
    """
    neighbours: dict[int, list[int]] = {k: [] for k in range(len(numbers))}
    for i, j in bonds:
        neighbours[i].append(j)
        neighbours[j].append(i)
    kept = [k for k in neighbours if numbers[k] != 1 or len(neighbours[k]) != 1
            or numbers[neighbours[k][0]] == 1]
    place = {atom: k for k, atom in enumerate(kept)}
    hydrogens = {k: sorted(j for j in neighbours[k] if j not in place) for k in kept}
    graph = Chem.RWMol()
    for k in kept:
        atom = Chem.Atom(int(numbers[k]))
        atom.SetNoImplicit(True)
        atom.SetIsotope(1 + len(hydrogens[k]))
        graph.AddAtom(atom)
    for i, j in bonds:
        if i in place and j in place:
            graph.AddBond(place[i], place[j], Chem.BondType.SINGLE)
    with rdBase.BlockLogs():
        graph.UpdatePropertyCache(strict=False)
    return graph.GetMol(), hydrogens


def _is_match(theirs: Chem.Mol, ours: Chem.Mol) -> bool:
    """Whether both have the same atoms and bonds in the same order."""
    def parts(graph: Chem.Mol) -> tuple[list, list]:
        return ([(a.GetAtomicNum(), a.GetIsotope()) for a in graph.GetAtoms()],
                sorted(sorted((b.GetBeginAtomIdx(), b.GetEndAtomIdx())) for b in graph.GetBonds()))

    return parts(theirs) == parts(ours)


def _ordered(smiles: Chem.Mol, ways: list[list[int]], positions: np.ndarray) -> list[list[int]]:
    """The ways in the order in which they are tried."""
    pairs = [(b.GetBeginAtomIdx(), b.GetEndAtomIdx(), b.GetBondTypeAsDouble())
             for b in smiles.GetBonds()]
    begins, ends = np.array([p[:2] for p in pairs], dtype=int).reshape(-1, 2).T
    orders = np.array([p[2] for p in pairs])

    def stretched(way: list[int]) -> tuple[bool, float]:
        place = np.argsort(way)  # where each atom of the SMILES is
        lengths = np.linalg.norm(positions[place[begins]] - positions[place[ends]], axis=1)
        heavy = [atom for atom in way if smiles.GetAtomWithIdx(atom).GetAtomicNum() != 1]
        return heavy != sorted(heavy), round(float(orders @ lengths), 3)

    return sorted(ways, key=stretched)
