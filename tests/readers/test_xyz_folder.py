"""Folders of XYZ files: real molecules written out and read back, and reasons."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from foreign_files import assert_same, frame, frames, only_ensembles, renumbered

from pipeline_src.chem.base import WHOLE, Share
from pipeline_src.chem.bonding import seen_bonds
from pipeline_src.chem.molecules import canonical_smiles, to_rdkit
from pipeline_src.chem.readers.xyz_folder import read_xyz_folder
from pipeline_src.chem.readers.xyz_frames import energy_of
from pipeline_src.chem.reasons import OTHER, reason_kind
from pipeline_src.ensembles import Ensemble
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.readers import XyzFolderReader


def write(folder: Path, **texts: str) -> Path:
    """Files named by keys, with '__' for '/' and the suffix at the end."""
    for name, text in texts.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".xyz").write_text(text)
    return folder


def table(path: Path, **smiles: str) -> str:
    lines = [f"{name},{text}" for name, text in smiles.items()]
    path.write_text("\n".join(["name,smiles", *lines]) + "\n")
    return str(path)


def read(folder, smiles, share=WHOLE, **settings) -> list:
    return list(read_xyz_folder(
        XyzFolderReader(paths=(str(folder),), smiles=smiles, **settings), share))


@pytest.fixture(scope="module")
def wanted(ensembles) -> list[Ensemble]:
    """Eight real molecules with stereo, a nitro group, ammonium: half of them shuffled."""
    drugs = [e for e in ensembles if e.molecule.id.startswith("geom_drugs")]
    small = [e for e in ensembles if e.molecule.id.startswith("qm9-") and e.n_conformers > 3]
    shuffled = np.random.default_rng(3).permutation
    return [replace(renumbered(e, shuffled(e.molecule.n_atoms).tolist()) if k % 2 else e,
                    weights=None) for k, e in enumerate([*drugs[:4], *small[:4]])]


def smiles_of(ensembles: list[Ensemble]) -> dict[str, str]:
    return {f"m{k}": canonical_smiles(to_rdkit(e.molecule)) for k, e in enumerate(ensembles)}


def assert_alike(read: list[Ensemble], want: list[Ensemble]) -> None:
    """The same but for which of the equivalent atoms has the charge or double bond."""
    for one, other in zip(read, want, strict=True):
        mine, theirs = to_rdkit(one.molecule), to_rdkit(other.molecule)
        assert canonical_smiles(mine) == canonical_smiles(theirs)
        for name in ("numbers", "bonds"):
            assert np.array_equal(getattr(one.molecule, name), getattr(other.molecule, name))
        assert np.array_equal(one.positions, other.positions)
        assert (one.energies_hartree is None) == (other.energies_hartree is None)
        assert one.energies_hartree is None or np.allclose(
            one.energies_hartree, other.energies_hartree, rtol=0, atol=1e-9)


def test_real_molecules_written_out_come_back_whatever_their_order(wanted, tmp_path):
    folder = write(tmp_path / "xyz", **{
        f"m{k}": "".join(frames(e)) for k, e in enumerate(wanted)})
    smiles = table(tmp_path / "table.csv", **smiles_of(wanted))
    got = only_ensembles(read(folder, smiles))
    assert [e.molecule.id for e in got] == [f"m{k}" for k in range(8)]
    assert_alike(got, wanted)
    shares = [read(folder, smiles, Share(k, 3)) for k in range(3)]
    assert [e.molecule.id for share in shares for e in share] == [f"m{k}" for k in range(8)]


def test_a_file_a_conformer_in_a_folder_a_molecule_comes_the_same(wanted, tmp_path):
    chosen = wanted[4:6]
    folder = write(tmp_path / "xyz", **{
        f"jobs__m{k}__rmsd{c}-opt": text for k, e in enumerate(chosen)
        for c, text in enumerate(frames(e, " energy: {} gnorm: 0.0003 xtb: 6.5.1"))})
    got = read(folder, table(tmp_path / "t.csv", **smiles_of(chosen)), molecule="folder")
    assert_alike(got, chosen)


def test_without_the_choice_of_equivalent_atoms_all_is_equal(ensembles, tmp_path):
    chosen = [replace(e, weights=None) for e in ensembles
              if e.molecule.id.startswith("qm9") and not e.molecule.charges.any()][:60:3]
    folder = write(tmp_path, **{f"m{k:03}": "".join(frames(e)) for k, e in enumerate(chosen)})
    smiles = {f"m{k:03}": canonical_smiles(to_rdkit(e.molecule)) for k, e in enumerate(chosen)}
    assert_same(read(folder, table(tmp_path / "t.csv", **smiles)), chosen)


def test_what_cannot_be_used_is_a_row_with_a_reason(wanted, tmp_path):
    whole = next(e for e in wanted[4:] if "@" in e.molecule.smiles)
    right = canonical_smiles(to_rdkit(whole.molecule))
    good, numbers, positions = frames(whole)[0], whole.molecule.numbers, whole.positions[0]
    hydrogen = int(np.flatnonzero(numbers == 1)[0])
    gone = positions + np.eye(len(numbers))[:, [hydrogen]] * 4.0
    texts = {
        "a": good + frame(numbers, positions * [1, 1, -1]) + frame(numbers, gone)
        + frame(numbers, positions * [1, 1, np.nan]) + frame(numbers[1:], positions[1:])
        + frames(whole)[1],
        "b": good, "c": good, "d": good, "e": good, "f": "3\n\nC 0 0 0\nX 1 1 1\n",
        "g": "many\n", "h": good + "12\n\nC 0 0\n", "i": "", "j": good}
    folder = write(tmp_path / "x", **texts)
    (tmp_path / "t.tsv").write_text("smiles\tname\tcharge\n" + "".join(
        f"{smiles}\t{name}\t{charge}\n" for smiles, name, charge in (
            (right, "a", 0), (right + ".O", "b", ""), ("CC(C)=[O", "c", ""), (right, "d", "1"),
            ("C" * 9, "e", ""), (right, "f", ""), (right, "g", ""), (right, "h", ""),
            (right, "i", ""), (right, "k", ""))))
    items = read(folder, str(tmp_path / "t.tsv"))
    assert [(r.molecule, r.conformer) for r in items[:4]] == [("a", k) for k in (1, 2, 3, 4)]
    for rejection, words in zip(items, ("other stereo", "reacted: fewer", "not finite",
                                        "atoms, the SMILES has"), strict=False):
        assert words in rejection.reason and "of a.xyz" in rejection.reason
    assert items[4].n_conformers == 2
    reasons = {r.molecule: r.reason for r in items[5:] if not isinstance(r, Ensemble)}
    words = {"b": "2 separate parts", "c": "not a valid SMILES", "d": "charge 1", "e": "atoms, the",
             "f": "atom 2: an element", "g": "number of atoms", "h": "not read further",
             "i": "none of its 0", "j": "no SMILES of it", "k": "no .xyz file"}
    assert reasons.keys() == words.keys()
    assert not {name: reasons[name] for name in words if words[name] not in reasons[name]}
    assert OTHER not in map(reason_kind, reasons.values())


def test_folders_and_tables_that_are_none_are_errors(tmp_path):
    smiles = table(tmp_path / "t.csv", a="C")
    (tmp_path / "bad.csv").write_text("id,structure\n")
    write(tmp_path / "twice", a__x="", b__x="")
    for folder, file, words in (
            (tmp_path / "none", smiles, "a folder of .xyz"), (tmp_path, "none.csv", "No such file"),
            (tmp_path, str(tmp_path / "bad.csv"), "columns 'name' and"),
            (tmp_path / "twice", smiles, "molecule: folder")):
        with pytest.raises(InputError, match=words):
            read(folder, file)


@pytest.mark.parametrize("comment, energy", [
    ("        -59.83624801", -59.83624801), (" energy: -5.07 gnorm: 0.001 xtb: 6.5", -5.07),
    ("-1.5e+01 !CONF1", -15.0), ("Energy = -3", -3.0), ("rmsd 0.2", None), ("", None),
    ("2-methylpropane", None)])
def test_energies_of_comment_lines(comment, energy):
    assert energy_of(comment) == energy


def test_bonds_are_seen_in_all_shipped_conformers(ensembles):
    assert len(ensembles) > 90
    for e in ensembles:
        assert np.array_equal(
            seen_bonds(e.molecule.numbers, e.positions[0], len(e.molecule.bonds)),
            e.molecule.bonds)


WATER = "3\n-76.0\nO 0 0 0.117\nH 0 0.757 -0.469\nH 0 -0.757 -0.469\n"


@pytest.mark.parametrize("text", [
    "\u00b2\n\n", "9" * 5000 + "\n\n", WATER.replace("O ", "999 "), WATER.replace("O ", "\u00b2 ")])
def test_numbers_that_are_none_are_reasons(tmp_path, text):
    folder = write(tmp_path / "xyz", a=text, b=WATER)
    bad, good = read(folder, table(tmp_path / "t.csv", a="O", b="O"))
    assert bad.molecule == "a" and reason_kind(bad.reason) == "damaged file", bad
    assert good.molecule.id == "b"


def test_a_name_with_two_smiles_is_an_error(tmp_path):
    folder = write(tmp_path / "xyz", a=WATER)
    (tmp_path / "t.csv").write_text("smiles,name\nO,a\nCO,a\n")
    with pytest.raises(InputError, match="a: O and CO"):
        read(folder, str(tmp_path / "t.csv"))
    (tmp_path / "t.csv").write_text("smiles,name\nO,a\nO,a\nCO\n")  # its last row is short
    nameless, water = read(folder, str(tmp_path / "t.csv"))
    assert nameless.molecule == "" and water.molecule.id == "a"
