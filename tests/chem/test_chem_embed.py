"""ETKDG and MMFF: repeatable, stereo kept, failures are rows."""

import numpy as np
import pytest

from pipeline_src.chem import embed
from pipeline_src.chem.embed import embed_distance_geometry, embed_etkdg, embed_etkdg_mmff
from pipeline_src.chem.molecules import to_rdkit
from pipeline_src.chem.readers.smiles import molecule_from_smiles
from pipeline_src.chem.stereo import stereo_kept

ALL = pytest.mark.parametrize("source", [
    embed_etkdg, embed_etkdg_mmff, embed_distance_geometry])


@ALL
def test_the_same_seed_gives_the_same_bytes(source):
    molecule = molecule_from_smiles("CC(C)C[C@H](N)C(=O)O", "leucine")
    first, again = source(molecule, 4, 7), source(molecule, 4, 7)
    assert first.positions.tobytes() == again.positions.tobytes()
    assert not np.array_equal(first.positions, source(molecule, 4, 8).positions)
    named = molecule_from_smiles("CC(C)C[C@H](N)C(=O)O", "other")
    assert not np.array_equal(first.positions, source(named, 4, 7).positions)
    assert np.array_equal(first.positions[:2], source(molecule, 2, 7).positions)


@ALL
def test_stereo_is_kept(source, ensembles):
    chosen = [e.molecule for e in ensembles if e.molecule.smiles.count("@") > 3][:6]
    for molecule in [*chosen, molecule_from_smiles("C/C=C\\C(F)=C", "diene")]:
        ensemble = source(molecule, 3, 1)
        assert ensemble.ok.any()  # one strained cage is found twice in three
        assert np.array_equal(stereo_kept(to_rdkit(molecule), ensemble.positions), ensemble.ok)


def test_every_shipped_drug_embeds(shipped):
    for ensemble in shipped["geom_drugs/test.sdf.gz"]:
        assert embed_etkdg(ensemble.molecule, 1, 2021).ok.all()


def test_a_molecule_that_cannot_be_embedded_is_rows_with_a_reason():
    ensemble = embed_etkdg(molecule_from_smiles("C1#CCC1", "cyclobutyne"), 3, 1)
    assert ensemble.positions.shape == (3, 8, 3) and np.isnan(ensemble.positions).all()
    assert ensemble.reasons == (embed.NOT_EMBEDDED,) * 3
    both = embed_etkdg_mmff(molecule_from_smiles("C1#CCC1", "cyclobutyne"), 3, 1)
    assert both.reasons == (embed.NOT_EMBEDDED,) * 3
    bounds = embed_distance_geometry(molecule_from_smiles("C1#CCC1", "cyclobutyne"), 3, 1)
    assert set(bounds.reasons) <= {"", embed.NOT_BY_DISTANCES}


def test_missing_parameters_and_convergence_are_reasons(monkeypatch):
    borane = embed_etkdg_mmff(molecule_from_smiles("CB(C)C", "borane"), 2, 1)
    assert borane.reasons == (embed.NO_PARAMETERS,) * 2
    assert np.isnan(borane.positions).all()
    monkeypatch.setattr(embed, "MMFF_STEPS", 1)
    short = embed_etkdg_mmff(molecule_from_smiles("CCCCCO", "pentanol"), 2, 1)
    assert short.reasons == (embed.NOT_CONVERGED,) * 2


def test_small_and_empty_cases():
    assert embed_etkdg(molecule_from_smiles("CCO", "x"), 0, 1).positions.shape == (0, 9, 3)
    hydrogen = embed_etkdg(molecule_from_smiles("[H][H]", "h2"), 2, 1)
    assert hydrogen.ok.all()
    assert np.linalg.norm(hydrogen.positions[0, 0] - hydrogen.positions[0, 1]) < 1.5


def test_mmff_relaxes_bonds():
    molecule = molecule_from_smiles("CC", "ethane")
    positions = embed_etkdg_mmff(molecule, 1, 1).positions[0]
    assert np.linalg.norm(positions[0] - positions[1]) == pytest.approx(1.51, abs=0.02)


def test_distance_geometry_knows_less_than_etkdg():
    """Benzene's ring is flat in one and puckered in the other."""
    molecule = molecule_from_smiles("c1ccccc1", "benzene")
    depths = []
    for source in (embed_etkdg, embed_distance_geometry):
        ring = source(molecule, 10, 1).positions[:, :6]
        ring = ring - ring.mean(axis=1, keepdims=True)
        depths.append(np.linalg.svd(ring, compute_uv=False)[:, 2].mean())
    assert depths[0] < 0.01 and depths[1] > 0.05
