"""SDF out: what is written is read back; failures are reported, bytes repeat."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline_src.chem.readers.sdf import read_sdf
from pipeline_src.chem.readers.smiles import molecule_from_smiles
from pipeline_src.chem.write_sdf import write_sdf
from pipeline_src.ensembles import Ensemble
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.readers import SdfReader


@pytest.mark.parametrize("name", ["out.sdf", "out.sdf.gz"])
def test_round_trip(tmp_path, shipped, name):
    written = [*shipped["geom_drugs/test.sdf.gz"], *shipped["mini_qm9/test.sdf.gz"][:20]]
    assert write_sdf(tmp_path / name, written) == []
    read = list(read_sdf(SdfReader(paths=(str(tmp_path / name),))))
    for before, after in zip(written, read, strict=True):
        assert after.molecule.id == before.molecule.id
        assert after.molecule.smiles == before.molecule.smiles
        assert np.allclose(after.positions, before.positions, atol=6e-5)
        assert np.array_equal(after.energies_hartree, before.energies_hartree)
        assert (before.weights is None) == (after.weights is None)
    first = (tmp_path / name).read_bytes()
    write_sdf(tmp_path / name, written)
    assert (tmp_path / name).read_bytes() == first


def test_failed_conformers_are_returned_not_written(tmp_path, shipped):
    ensemble = next(e for e in shipped["mini_qm9/test.sdf.gz"] if e.n_conformers == 5)
    positions = ensemble.positions.copy()
    positions[1] = np.nan
    bad = replace(ensemble, positions=positions, reasons=("", "diverged", "", "", ""))
    (rejection,) = write_sdf(tmp_path / "x.sdf", [bad])
    assert rejection.row() == {"molecule": ensemble.molecule.id, "conformer": 1,
                               "reason": "diverged"}
    text = (tmp_path / "x.sdf").read_text()
    assert text.count("$$$$") == 4
    assert [text.count(f"<conformer>\n{c}\n") for c in range(5)] == [1, 0, 1, 1, 1]
    assert text.startswith(ensemble.molecule.id + "\n")


def test_lost_stereo_is_recorded(tmp_path, shipped):
    ensemble = next(e for e in shipped["mini_qm9/test.sdf.gz"] if "@" in e.molecule.smiles)
    write_sdf(tmp_path / "x.sdf", [replace(ensemble, positions=-ensemble.positions)])
    text = (tmp_path / "x.sdf").read_text()
    assert "<stereo_kept>\nfalse" in text and "<stereo_kept>\ntrue" not in text


def test_many_atoms_are_v3000(tmp_path):
    molecule = molecule_from_smiles("C" * 400, "wax")
    positions = np.random.default_rng(0).normal(size=(1, molecule.n_atoms, 3)) * 50
    write_sdf(tmp_path / "x.sdf", [Ensemble(molecule, positions.astype(np.float32))])
    assert "V3000" in (tmp_path / "x.sdf").read_text()
    (again,) = read_sdf(SdfReader(paths=(str(tmp_path / "x.sdf"),)))
    assert again.molecule.n_atoms == 1202


def test_coarse_samples_are_refused_and_nothing_is_left(tmp_path, shipped):
    ensemble = shipped["mini_qm9/test.sdf.gz"][0]
    coarse = Ensemble(ensemble.molecule.induced(np.arange(3)), ensemble.positions[:, :3], "heavy")
    with pytest.raises(InputError, match="level"):
        write_sdf(tmp_path / "x.sdf", [ensemble, coarse])
    assert list(tmp_path.iterdir()) == []
