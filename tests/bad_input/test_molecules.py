"""Molecules that cannot be used: each a row with its reason; the others as if it had not been."""

import numpy as np
import pytest
from rdkit import Chem
from step_commands import command, refusal, rows

from pipeline_src.chem.embed import embed_etkdg
from pipeline_src.chem.molecules import to_rdkit, with_conformers
from pipeline_src.chem.readers.smiles import molecule_from_smiles
from pipeline_src.ensembles import Ensemble
from pipeline_src.ensembles.store import read_ensembles, write_ensembles
from pipeline_src.import_ensembles import import_ensembles


def record(smiles, name="m", seed=1) -> str:
    """An SDF record of a conformer."""
    molecule = molecule_from_smiles(smiles, name)
    positions = embed_etkdg(molecule, 1, seed).positions
    return named(Chem.MolToMolBlock(with_conformers(to_rdkit(molecule), positions)), name)


def named(block, name="m") -> str:
    return f"{block}>  <molecule_id>\n{name}\n\n$$$$\n"


def moved(atom, cells) -> str:
    """A conformer of ethanol with other coordinates of one atom (1-based)."""
    lines = record("CCO").split("\n")
    lines[3 + atom] = cells + lines[3 + atom][30:]
    return "\n".join(lines)


def onto(first, second) -> str:
    return moved(second, record("CCO").split("\n")[3 + first][:30])


def turned() -> str:
    """A conformer of ethanol whose heavy atoms come in the opposite order."""
    mol = Chem.MolFromMolBlock(record("CCO"), removeHs=False)
    return named(Chem.MolToMolBlock(Chem.RenumberAtoms(mol, [2, 1, 0, *range(3, 9)])))


def read(folder, *records) -> list[dict]:
    """Imports the records and a molecule before and after; returns the rows of rejections."""
    around = [record("CC", "before"), record("C1CC1", "after")]
    for name, content in (("with", [around[0], *records, around[1]]), ("without", around)):
        (folder / f"{name}.sdf").write_text("".join(content))
        command(import_ensembles, out=folder / name, rejected=folder / f"{name}.csv",
                settings={"reader": {"kind": "sdf", "paths": [str(folder / f"{name}.sdf")]}})
    check_unaffected(folder)
    return rows(folder / "with.csv")


def check_unaffected(folder) -> None:
    """What was imported around the bad molecule is what is imported without it."""
    both = {name: {e.molecule.id: e for e in read_ensembles(folder / name)}
            for name in ("with", "without")}
    assert set(both["without"]) == {"before", "after"} <= set(both["with"])
    for name, other in both["without"].items():
        assert np.array_equal(other.positions, both["with"][name].positions)
        assert other.molecule.smiles == both["with"][name].molecule.smiles


BAD_CONFORMERS = {  # kind -> molecule, its bad record, words of the reason
    "nan": ("CCO", moved(2, "       nan    0.0000    0.0000"),
            "coordinates of atom 2 are not finite numbers"),
    "infinite": ("CCO", moved(3, "    0.0000      -inf    0.0000"),
                 "coordinates of atom 3 are not finite numbers"),
    "far-away": ("CCO", moved(1, "99999.0000    0.0000    0.0000"),
                 "coordinates of atom 1 are beyond 10000 Å"),
    "coincident": ("CCO", onto(1, 2), "atoms 1 and 2 are 0.00 Å apart, closer than 0.4 Å"),
    "other-number": ("CCO", record("CCF"), "8 atoms, the molecule's first record has 9"),
    "other-elements": ("CCO", record("CCS"), "other elements or another atom order"),
    "other-order": ("CCO", turned(), "another atom order than the molecule's first record"),
    "other-bonds": ("CCCO", record("CC(C)O"), "other bonds or another atom order"),
    "other-bond-orders": ("C[N+](=O)[O-]", record("C[N+]([O-])=O"), "other bond orders"),
}


@pytest.mark.parametrize("kind", BAD_CONFORMERS)
def test_a_bad_conformer_is_a_row_and_the_others_stay(tmp_path, kind):
    good, bad, reason = BAD_CONFORMERS[kind]
    (row,) = read(tmp_path, record(good), bad, record(good, seed=2))
    assert (row["molecule"], row["conformer"]) == ("m", "1")
    assert reason in row["reason"] and "record 3 of with.sdf" in row["reason"]
    (kept,) = [e for e in read_ensembles(tmp_path / "with") if e.molecule.id == "m"]
    assert kept.n_conformers == 2


BAD_MOLECULES = {
    "disconnected": ("O.CC", "2 separate parts (a salt, solvate or mixture)"),
    "unsupported": ("[Fm]", "element Fm: only elements up to Cm (Z = 96) are supported"),
    "dummy": ("C*", "a dummy atom"),
    "radical": ("[CH3]", "a radical: C 1 has 1 unpaired electron"),
}


@pytest.mark.parametrize("kind", BAD_MOLECULES)
def test_a_bad_molecule_is_a_row_in_sdf(tmp_path, kind):
    smiles, reason = BAD_MOLECULES[kind]
    mol = Chem.AddHs(Chem.MolFromSmiles(smiles))
    place = np.arange(mol.GetNumAtoms())[:, None] * np.array([1.5, 0, 0])
    (row,) = read(tmp_path, named(Chem.MolToMolBlock(with_conformers(mol, [place]))))
    assert (row["molecule"], row["conformer"]) == ("m", "")
    assert reason in row["reason"] and "none of its 1 conformers is usable" in row["reason"]


@pytest.mark.parametrize("kind", BAD_MOLECULES)
def test_a_bad_molecule_is_a_row_in_smiles(tmp_path, kind):
    smiles, reason = BAD_MOLECULES[kind]
    (tmp_path / "in.smi").write_text(f"CC before\n{smiles} bad\nCCC after\n")
    command(import_ensembles, out=tmp_path / "e", rejected=tmp_path / "r.csv",
            settings={"reader": {"kind": "smiles", "paths": [str(tmp_path / "in.smi")]}})
    (row,) = rows(tmp_path / "r.csv")
    assert row["molecule"] == "bad" and f"line 2 of in.smi, '{smiles}'" in row["reason"]
    assert reason in row["reason"]
    assert [e.molecule.id for e in read_ensembles(tmp_path / "e")] == ["before", "after"]


def test_an_element_that_is_none_is_a_row(tmp_path):
    (row,) = read(tmp_path, record("CCO").replace(" O   0", " Xx  0"))
    assert row["molecule"] == "m" and row["reason"]


def test_bad_conformers_in_parquet_are_rows(tmp_path):
    molecule = molecule_from_smiles("CCO", "m")
    positions = embed_etkdg(molecule, 3, 1).positions
    positions[0, 1] = positions[0, 0]
    positions[2, 0, 0] = 1e30
    write_ensembles(tmp_path / "in.parquet", [Ensemble(molecule, positions)])
    command(import_ensembles, out=tmp_path / "e", rejected=tmp_path / "r.csv",
            settings={"reader": {"kind": "parquet", "paths": [str(tmp_path / "in.parquet")]}})
    first, last = rows(tmp_path / "r.csv")
    assert first["conformer"] == "0" and "closer than 0.4 Å" in first["reason"]
    assert last["conformer"] == "2" and "beyond 10000 Å" in last["reason"]
    (kept,) = read_ensembles(tmp_path / "e")
    assert np.array_equal(kept.positions, positions[1:2])


@pytest.mark.parametrize("kind", ["sdf", "smiles"])
def test_a_repeated_id_is_a_row_and_the_first_stays(tmp_path, kind):
    if kind == "sdf":
        (row,) = read(tmp_path, record("CCO"), record("CF", "n"), record("CCO", seed=2))
        folder, said = tmp_path / "with", "this molecule, with 1 conformers, is left out"
    else:
        (tmp_path / "in.smi").write_text("CCO m\nCC before\nCCS m\n")
        command(import_ensembles, out=tmp_path / "e", rejected=tmp_path / "r.csv",
                settings={"reader": {"kind": "smiles", "paths": [str(tmp_path / "in.smi")]}})
        (row,), folder = rows(tmp_path / "r.csv"), tmp_path / "e"
        said = "this molecule is left out"
    assert row["molecule"] == "m" and said in row["reason"]
    assert "another one of the same name came before it" in row["reason"]
    (first,) = [e for e in read_ensembles(folder) if e.molecule.id == "m"]
    assert sorted(first.molecule.numbers.tolist()) == [1] * 6 + [6, 6, 8]


def test_a_file_of_bad_molecules_alone_is_an_error(tmp_path, capsys):
    (tmp_path / "in.sdf").write_text(onto(1, 2))
    (tmp_path / "out").mkdir()
    said = refusal(tmp_path / "out", capsys, "InputError", import_ensembles,
                   out=tmp_path / "out/e", rejected=tmp_path / "out/r.csv", settings={
                       "reader": {"kind": "sdf", "paths": [str(tmp_path / "in.sdf")]}})
    assert "expected at least one usable molecule" in said and "closer than 0.4 Å" in said
