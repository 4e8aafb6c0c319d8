"""Molecules that two sets share, by canonical SMILES with stereo and without.

Without stereo decides what is the same molecule to a model: SMILES read from conformers always have
stereo, those of a list may lack it, and a stereoisomer of a training molecule is no unseen graph.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rdkit import Chem

from pipeline_src.chem.splits.base import settled
from pipeline_src.ensembles.split_table import SUBSETS

COUNT_COLUMNS = ("subset", "other_subset", "n_molecules", "n_other_molecules", "n_smiles",
                 "n_other_smiles", "shared_smiles", "shared_smiles_without_stereo")
SHARED_COLUMNS = ("molecule", "smiles", "with_molecule", "with_subset", "same_stereo")
SEEN = ("train", "val")  # subsets whose molecules a test molecule must not be


@dataclass(frozen=True)
class Placed:
    """A molecule of a split.

    Attributes:
        id: in its dataset.
        subset: train, val or test.
        smiles: canonical, with stereo, without removable hydrogens.
        plain: the same without stereo.
    """

    id: str
    subset: str
    smiles: str
    plain: str


def placed(id: str, subset: str, smiles: str) -> Placed:
    """The molecule with its canonical SMILES, from any SMILES of it."""
    mol = settled(smiles)
    return Placed(id, subset, Chem.MolToSmiles(mol), Chem.MolToSmiles(mol, isomericSmiles=False))


def count_rows(ours: Sequence[Placed], others: Sequence[Placed], itself: bool) -> Iterator[dict]:
    """What each subset of ours shares with each of the others', with ``COUNT_COLUMNS``.

    Args:
        itself: both are the same dataset, of which each pair of subsets is counted once.
    """
    for k, subset in enumerate(SUBSETS):
        for other in SUBSETS[k + 1:] if itself else SUBSETS:
            mine = [m for m in ours if m.subset == subset]
            theirs = [m for m in others if m.subset == other]
            smiles, their_smiles = {m.smiles for m in mine}, {m.smiles for m in theirs}
            yield {"subset": subset, "other_subset": other, "n_molecules": len(mine),
                   "n_other_molecules": len(theirs), "n_smiles": len(smiles),
                   "n_other_smiles": len(their_smiles),
                   "shared_smiles": len(smiles & their_smiles),
                   "shared_smiles_without_stereo": len(
                       {m.plain for m in mine} & {m.plain for m in theirs})}


def shared_rows(ours: Sequence[Placed], others: Sequence[Placed]) -> Iterator[dict]:
    """The others' test molecules that our train or val has, with ``SHARED_COLUMNS``.

    Each comes once, with the molecule of ours that has the same stereo, else the first.
    """
    by_plain: dict[str, list[Placed]] = {}
    for molecule in ours:
        if molecule.subset in SEEN:
            by_plain.setdefault(molecule.plain, []).append(molecule)
    for molecule in others:
        if molecule.subset == "test" and molecule.plain in by_plain:
            yield _shared(molecule, by_plain[molecule.plain])


def _shared(molecule: Placed, alike: Sequence[Placed]) -> Mapping:
    same = [other for other in alike if other.smiles == molecule.smiles]
    other = (same or alike)[0]
    return {"molecule": molecule.id, "smiles": molecule.smiles, "with_molecule": other.id,
            "with_subset": other.subset, "same_stereo": int(bool(same))}
