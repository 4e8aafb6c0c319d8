"""GEOM's rdkit_folder: real ones, and all that GEOM gets wrong."""

import json
import pickle
import shutil
from collections import Counter

import numpy as np
import pytest
from rdkit import Chem
from rdkit.Chem import rdDistGeom

from pipeline_src.chem.base import Rejection, Share
from pipeline_src.chem.molecules import with_conformers
from pipeline_src.chem.readers.geom_rdkit_folder import read_geom_rdkit_folder
from pipeline_src.ensembles import Ensemble
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.readers import GeomRdkitFolderReader

pytestmark = pytest.mark.usefixtures("one_worker")


def read(folder, share=None, **settings):
    arguments = [] if share is None else [share]
    return list(read_geom_rdkit_folder(
        GeomRdkitFolderReader(paths=(str(folder),), **settings), *arguments))


def molecule(smiles, seed=1):
    """An RDKit molecule as GEOM's: all hydrogens, one conformer."""
    mol = Chem.AddHs(Chem.MolFromSmiles(smiles))
    assert rdDistGeom.EmbedMolecule(mol, randomSeed=seed) == 0
    return mol


def conformer(mol, energy=-1.0, weight=0.5, **more):
    return {"rd_mol": mol, "totalenergy": energy, "boltzmannweight": weight, "degeneracy": 1,
            **more}


def entry(folder, name, *conformers, **more):
    """Write a pickle; returns what the summary says of it."""
    content = {"conformers": list(conformers), **more}
    (folder / f"drugs/{name}.pickle").write_bytes(pickle.dumps(content))
    return {"pickle_path": f"drugs/{name}.pickle", "uniqueconfs": len(conformers)}


@pytest.fixture
def one(make_folder):
    """Read an entry of some conformers under a SMILES; what the summary says can be changed."""
    def read_one(smiles, *conformers, **changes):
        folder = make_folder({})
        said = {**entry(folder, "m", *conformers), **changes}
        return read(make_folder({smiles: {k: v for k, v in said.items() if v is not None}}))

    return read_one


def test_real_geom_drugs(data):
    folder = data / "geom_real/rdkit_folder_rewrapped"
    items = read(folder)
    ensembles = [item for item in items if isinstance(item, Ensemble)]
    summary = json.loads((folder / "summary_drugs.json").read_text())
    assert [e.molecule.id for e in ensembles] == [key.replace("/", "_") for key in summary]
    assert [e.n_conformers for e in ensembles] == [14, 45, 24, 151, 50, 9, 7, 83, 42, 77]
    (broken,) = [item for item in items if isinstance(item, Rejection)]
    assert broken.molecule == "[NH3+]CCCP(=O)(O)CCc1ccccc1" and broken.conformer == 77
    assert "2 separate parts" in broken.reason
    for ensemble in ensembles:
        assert (np.diff(ensemble.energies_hartree) >= 0).all()
        assert 0.9 < ensemble.weights.sum() < 1.001 and set(ensemble.notes) == {""}
    charged = ensembles[6].molecule
    assert charged.charges.sum() == 1 and "@@" not in charged.id and "@" in charged.smiles
    heavy = charged.numbers > 1  # hydrogens stand between heavy atoms, as in the file
    assert not heavy[: heavy.sum()].all()


def test_pickles_of_geoms_authors(data):
    """Old Mol binaries, NumPy scalars, absolute paths of another disk."""
    items = read(data / "nff_rd_pickles", summary="summary.json")
    ensembles = [item for item in items if isinstance(item, Ensemble)]
    summary = json.loads((data / "nff_rd_pickles/summary.json").read_text())
    assert [e.molecule.id for e in ensembles] == [
        entry["pickle_path"].split("/")[-1].removesuffix(".pickle") for entry in summary.values()]
    left_out = Counter(item.molecule for item in items if isinstance(item, Rejection))
    for ensemble, said in zip(ensembles, summary.values(), strict=True):
        assert ensemble.n_conformers + left_out[ensemble.molecule.id] == said["uniqueconfs"]
        assert ensemble.energies_hartree is not None and (ensemble.weights >= 0).all()
    assert {item.reason.partition(": ")[2] for item in items if isinstance(item, Rejection)} == {
        "other stereo than the molecule's first record"}


@pytest.mark.parametrize("of", [2, 3, 12])
def test_shares_are_runs_of_the_summary(data, of):
    folder = data / "geom_real/rdkit_folder_rewrapped"
    shares = [item.molecule for k in range(of) for item in read(folder, Share(k, of))]
    whole = [item.molecule for item in read(folder)]
    assert [getattr(m, "id", m) for m in shares] == [getattr(m, "id", m) for m in whole]


def test_a_reacted_conformer_is_left_out(one):
    keto, enol = molecule("CC(=O)CC(C)=O"), molecule("CC(=O)C=C(C)O")
    rejection, ensemble = one("CC(=O)CC(C)=O", conformer(enol), conformer(keto), conformer(keto))
    assert rejection.conformer == 0 and ensemble.n_conformers == 2
    assert "reacted" in rejection.reason and "it is CC(=O)/C=C(\\C)O" in rejection.reason


def test_a_molecule_that_reacted_as_a_whole_is_left_out(one):
    (rejection,) = one("CC(=O)CC(C)=O", *[conformer(molecule("CC(=O)C=C(C)O"))] * 3)
    assert rejection.conformer is None
    assert "none of its 3" in rejection.reason and "reacted" in rejection.reason


def test_another_drawing_of_the_same_neighbours_is_no_reaction(one):
    (ensemble,) = one("CS(C)=O", conformer(molecule("C[S+](C)[O-]")))
    assert ensemble.molecule.charges.tolist().count(1) == 1


@pytest.mark.parametrize(("smiles", "first", "second"), [
    ("C/C=C/C", "C/C=C/C", r"C/C=C\C"), ("CC=CC", "C/C=C/C", r"C/C=C\C"),
    ("C[C@H](F)Cl", "C[C@H](F)Cl", "C[C@@H](F)Cl"), ("CC(F)Cl", "C[C@H](F)Cl", "C[C@@H](F)Cl"),
])
def test_other_stereo_is_left_out(one, smiles, first, second):
    good, bad = molecule(first), molecule(second)
    rejection, ensemble = one(smiles, conformer(good), conformer(bad), conformer(good))
    assert rejection.conformer == 1 and "other stereo" in rejection.reason
    assert ensemble.n_conformers == 2
    items = one(smiles, conformer(bad), conformer(good))
    left = [(item.conformer, "entry's SMILES" in item.reason) for item in items[:-1]]
    assert left == ([(0, True)] if smiles == first else [(1, False)])


def test_imines_turn_over(one):
    turned = [molecule(s) for s in ("[H]/N=C(/C)CC", "[H]\\N=C(/C)CC")]
    (ensemble,) = one("CCC(C)=N", *map(conformer, turned))
    assert ensemble.n_conformers == 2 and "/" not in ensemble.molecule.smiles


def test_both_forms_of_a_meso_compound_are_its_conformers(one):
    mol = molecule("C[C@H](F)[C@@H](C)F")
    mirrored = with_conformers(mol, [mol.GetConformer().GetPositions() * [-1, 1, 1]])
    (ensemble,) = one("C[C@H](F)[C@@H](C)F", conformer(mol), conformer(mirrored))
    assert ensemble.n_conformers == 2


@pytest.mark.parametrize(("changes", "words"), [
    ({"pickle_path": None}, "missing key: the summary names no pickle_path"),
    ({"pickle_path": 3}, "missing key"), ({"pickle_path": ""}, "missing key"),
    ({"pickle_path": "drugs/absent.pickle"}, "missing file: absent.pickle"),
    ({"pickle_path": "drugs/a\0b"}, "out of the folder"),
    ({"pickle_path": "../drugs/m.pickle"}, "out of the folder"),
    ({"pickle_path": "drugs/../../x.pickle"}, "out of the folder"),
    ({"pickle_path": "drugs"}, "is not a file"),
    ({"pickle_path": "/etc/passwd"}, "missing file: passwd"),
])
def test_an_entry_without_its_pickle_is_left_out(one, changes, words):
    (rejection,) = one("CC", conformer(molecule("CC")), **changes)
    assert rejection.conformer is None and words in rejection.reason


def test_a_path_of_another_disk_is_looked_for_here(one):
    (ensemble,) = one("CC", conformer(molecule("CC")), pickle_path="/home/x/drugs/m.pickle")
    assert ensemble.molecule.id == "m"


@pytest.mark.parametrize(("unique", "note"), [
    (None, "missing key: uniqueconfs"), (3, "uniqueconfs is 3, the list has 1"), (1, "")])
def test_the_list_is_trusted_not_uniqueconfs(one, unique, note):
    (ensemble,) = one("CC", conformer(molecule("CC")), uniqueconfs=unique)
    assert ensemble.notes == (note,)


def test_missing_keys_of_conformers(one):
    ethane = molecule("CC")
    without = conformer(ethane)
    del without["boltzmannweight"]
    rejection, ensemble = one("CC", conformer(ethane), without, {"totalenergy": 1.0})
    assert "missing key: no rd_mol" in rejection.reason and rejection.conformer == 2
    assert ensemble.weights is None and ensemble.energies_hartree is not None
    assert ensemble.notes[0] == "missing key: boltzmannweight in 1 of 2 conformers"


@pytest.mark.parametrize(("smiles", "mol", "words"), [
    ("[Na+].[Cl-]", "[Na+].[Cl-]", "2 separate parts"), ("CC", "C.C", "2 separate parts"),
    ("C[CH2]", "C[CH2]", "radical")])
def test_molecules_out_of_scope(one, smiles, mol, words):
    (rejection,) = one(smiles, conformer(molecule(mol)))
    assert rejection.conformer is None and words in rejection.reason


def test_broken_conformers(one):
    ethane = molecule("CC")
    bare = Chem.MolFromSmiles("CC")
    bare = with_conformers(bare, [[[0, 0, 0], [1.5, 0, 0]]])
    twice = with_conformers(ethane, [ethane.GetConformer().GetPositions()] * 2)
    nan = with_conformers(ethane, [np.full((8, 3), np.nan)])
    same = with_conformers(ethane, [np.zeros((8, 3))])
    pattern = Chem.MolFromSmarts("[C,N]C")
    pattern = with_conformers(pattern, [[[0, 0, 0], [1.5, 0, 0]]])
    *rejections, ensemble = one(
        "CC", conformer(ethane), conformer(bare), conformer(twice), conformer(nan),
        conformer(same), conformer(pattern), conformer(ethane, energy=float("nan")),
        conformer(ethane, weight="x"), conformer(Chem.AddHs(Chem.MolFromSmiles("CC"))))
    words = ["hydrogens", "2 sets of coordinates", "not finite", "closer than", "search pattern",
             "totalenergy is nan", "boltzmannweight is 'x'", "0 sets of coordinates"]
    assert ensemble.n_conformers == 1
    assert [w in r.reason for w, r in zip(words, rejections, strict=True)] == [True] * 8


def test_two_entries_of_one_pickle_are_one_molecule(make_folder):
    folder = make_folder({})
    said = entry(folder, "m", conformer(molecule("CC")))
    first, second = read(make_folder({"CC": said, "C-C": said}))
    assert isinstance(first, Ensemble) and "same name" in second.reason


@pytest.mark.parametrize("content", ["", "[]", "3", '{"CC": 3}', '{"CC": [1]}', "{" * 100_000,
                                     '{"CC": {"pickle_path": "x"}', '"x"', "\xff"])
def test_what_is_no_summary_is_an_error(make_folder, content):
    folder = make_folder({})
    (folder / "summary_drugs.json").write_text(content, encoding="latin-1")
    with pytest.raises(InputError, match="summary_drugs.json"):
        read(folder)


def test_summary_of_another_name_or_none(make_folder):
    folder = make_folder({})
    assert read(folder) == []
    shutil.move(folder / "summary_drugs.json", folder / "s.json")
    assert read(folder, summary="s.json") == []
    with pytest.raises(InputError, match="summary_drugs.json"):
        read(folder)


def test_an_entry_that_says_nothing_known_is_a_row(make_folder):
    folder = make_folder({})
    said = entry(folder, "m", conformer(molecule("CC")))
    first, *others = read(make_folder({"CC": said, "C": None, "N": {"other": 1}, "O": {}}))
    assert isinstance(first, Ensemble)
    assert [(r.molecule, r.reason.partition(":")[0]) for r in others] == [
        (name, "missing key") for name in "CNO"]
