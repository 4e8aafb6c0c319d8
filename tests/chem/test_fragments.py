"""The vocabulary of fragments, worked out by hand, and the fragments of molecules."""

import numpy as np
import pytest
from rdkit import Chem

from pipeline_src.chem.fragment_labels import fragment_label
from pipeline_src.chem.fragments import add_fragments, fragment_groups
from pipeline_src.chem.level_files import LevelFiles
from pipeline_src.chem.levels import extract_levels
from pipeline_src.chem.molecules import to_rdkit
from pipeline_src.chem.readers.smiles import molecule_from_smiles
from pipeline_src.chem.vocabulary import (
    Entry,
    element_numbers,
    learn_vocabulary,
    read_vocabulary,
    write_vocabulary,
)
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.levels import FIRST_ELEMENTS, FragmentLevel, LevelOptions

ELEMENTS = set(element_numbers(FIRST_ELEMENTS).values())
THREE = ("CCO", "C", "CO")  # ethanol, methane, methanol


def with_hydrogens(smiles: str) -> Chem.Mol:
    return Chem.AddHs(Chem.MolFromSmiles(smiles))


def learn(smiles=THREE, size=8, elements=("C", "O", "H")) -> list[Entry]:
    return learn_vocabulary(map(with_hydrogens, smiles),
                            FragmentLevel(vocabulary_size=size, elements=elements))


def by_label(entries: list[Entry]) -> dict[str, Entry]:
    return {entry.label: entry for entry in entries}


@pytest.fixture(scope="module")
def learnt(ensembles):
    """Molecules, and the vocabulary of 30 kinds learnt on them."""
    mols = [to_rdkit(e.molecule) for e in ensembles]
    return mols, learn_vocabulary(mols, FragmentLevel(vocabulary_size=30))


def test_a_vocabulary_worked_out_by_hand():
    """Ethanol CH3-CH2-OH, methane and methanol CH3-OH: 4 C, 2 O, 6 + 4 + 4 H.

    C-H bonds: 5 + 4 + 3 = 12; each C takes one H. Then CH next to H: 2 + 1 in ethanol, 3, 2 = 8;
    CH2 next to H: 1 + 2 + 1 = 4, against 2 O-H. Then O-H, twice; what is left occurs once each.
    """
    found = [(e.kind, e.label, e.atoms, e.count) for e in learn(size=7)]
    assert found == [
        (1, "C", 1, 4), (2, "O", 1, 2), (3, "[H]", 1, 14), (4, "[H]C", 2, 12),
        (5, "[H]C[H]", 3, 8), (6, "[H]C([H])[H]", 4, 4), (7, "[H]O", 2, 2)]
    once = learn(size=99)[7:]
    assert {e.count for e in once} == {1} and max(e.atoms for e in once) == 9  # all of ethanol


def test_fragments_worked_out_by_hand():
    words = by_label(learn(size=7))
    made = {smiles: fragment_groups(with_hydrogens(smiles), words, {1, 6, 8}) for smiles in THREE}
    assert made["CCO"][1].tolist() == [6, 5, 7]  # CH3, CH2, OH
    assert made["CCO"][0].tolist() == [0, 1, 2, 0, 0, 0, 1, 1, 2]
    assert sorted(made["C"][1].tolist()) == [3, 6]  # CH3 and H
    assert made["CO"][1].tolist() == [6, 7]


def test_the_order_of_the_molecules_does_not_matter(learnt):
    mols, entries = learnt
    again = learn_vocabulary(mols[::-1], FragmentLevel(vocabulary_size=30))
    assert again == entries and len(entries) == 30
    assert [e.kind for e in entries] == list(range(1, 31))


def test_the_numbering_of_the_atoms_does_not_matter(learnt):
    mols, entries = learnt
    words = by_label(entries)
    rng = np.random.default_rng(5)
    for mol in mols[:20]:
        order = rng.permutation(mol.GetNumAtoms())
        shuffled = Chem.RenumberAtoms(mol, order.tolist())
        kinds = [kind[group] for group, kind in (fragment_groups(m, words, ELEMENTS)
                                                 for m in (mol, shuffled))]
        # the same up to atoms that symmetry makes alike
        alike = np.array(list(Chem.CanonicalRankAtoms(mol, breakTies=False)))
        for rank in set(alike.tolist()):
            there = np.flatnonzero(alike == rank)
            assert sorted(kinds[0][there]) == sorted(kinds[1][np.argsort(order)[there]])


def test_fragments_are_connected_and_called_by_their_kind(learnt):
    mols, entries = learnt
    words = by_label(entries)
    for mol in mols:
        group, kinds = fragment_groups(mol, words, ELEMENTS)
        assert np.bincount(group).min() > 0 and len(kinds) == group.max() + 1 < mol.GetNumAtoms()
        bonds = [(b.GetBeginAtomIdx(), b.GetEndAtomIdx()) for b in mol.GetBonds()]
        for bead, kind in enumerate(kinds.tolist()):
            atoms = set(np.flatnonzero(group == bead).tolist())
            assert fragment_label(mol, atoms) == entries[kind - 1].label
            reached = {min(atoms)}
            while grown := {j for a, b in bonds for i, j in ((a, b), (b, a))
                            if i in reached and j in atoms} - reached:
                reached |= grown
            assert reached == atoms


def test_labels_say_elements_and_bonds_only():
    indole, benzene = with_hydrogens("c1ccc2[nH]ccc2c1"), with_hydrogens("c1ccccc1")
    pairs = {fragment_label(mol, [b.GetBeginAtomIdx(), b.GetEndAtomIdx()])
             for mol in (indole, benzene) for b in mol.GetBonds()}
    assert pairs == {"cc", "cn", "[H]c", "[H]n"}
    nitro, acid = with_hydrogens("C[N+](=O)[O-]"), with_hydrogens("CC(=O)[O-]")
    assert fragment_label(nitro, [1, 3]) == fragment_label(with_hydrogens("NO"), [0, 1])
    assert fragment_label(acid, [1, 3]) != fragment_label(acid, [1, 2])


def test_an_atom_of_an_element_the_vocabulary_lacks_stays_alone():
    words = by_label(learn(size=7))
    mol = with_hydrogens("CSCO")
    group, kinds = fragment_groups(mol, words, {1, 6, 8})
    sulfur = group[1]
    assert kinds[sulfur] == 0 and (group == sulfur).sum() == 1 and (kinds == 0).sum() == 1
    merged = learn(("CS", "CS"), 20, ("C", "H"))
    assert not [e for e in merged if "S" in e.label]  # nothing with it is ever learnt


def test_aromatic_atoms_alone_are_their_element():
    group, kinds = fragment_groups(with_hydrogens("c1ccccc1"), by_label(learn(size=4))
                                   | {"[H]C": Entry(9, "x", 2, 0)}, {1, 6})
    assert set(kinds.tolist()) <= {1, 3, 4, 9} and 0 not in kinds


def test_a_small_vocabulary_ends_where_nothing_is_left():
    entries = learn(("C",), 50)
    assert [e.atoms for e in entries][-1] == 5 and len(entries) < 50


def test_the_hierarchy_gets_the_groups(ensembles, learnt):
    options = LevelOptions(fragments=FragmentLevel(vocabulary_size=30))
    for ensemble in ensembles[:10]:
        made = add_fragments(extract_levels(ensemble.molecule), options,
                             LevelFiles(by_label(learnt[1])))
        assert made.n_beads("fragments") == made.beads("fragments").n_atoms
        assert list(made.levels) == ["scaffold", "heavy", "all"]
    with pytest.raises(InputError, match="no vocabulary"):
        add_fragments(extract_levels(molecule_from_smiles("C", "x")), options, LevelFiles())


def test_vocabularies_round_trip_and_bad_files_are_named(tmp_path, learnt):
    path = tmp_path / "v.csv"
    assert write_vocabulary(path, learnt[1]) == 30
    assert list(read_vocabulary(path).values()) == learnt[1]
    text = path.read_text()
    for wrong in ("a,b\n", text.replace("\n2,", "\n3,"), text.replace("\n2,", "\ntwo,")):
        path.write_text(wrong)
        with pytest.raises(InputError, match="v.csv"):
            read_vocabulary(path)
    with pytest.raises(InputError, match="missing"):
        read_vocabulary(tmp_path / "missing.csv")


def test_unknown_elements_are_refused():
    with pytest.raises(InputError, match="Xx"):
        learn(elements=("C", "Xx"))
