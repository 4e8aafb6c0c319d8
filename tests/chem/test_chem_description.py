"""What is counted of a molecule, against counts done by hand."""

import numpy as np
import pytest

from pipeline_src.chem.description import describe
from pipeline_src.chem.readers.smiles import molecule_from_smiles
from pipeline_src.ensembles import Ensemble


def described(smiles, energies=None, reasons=()):
    molecule = molecule_from_smiles(smiles, "m")
    n = len(energies or [0])
    positions = np.zeros((n, molecule.n_atoms, 3), dtype=np.float32)
    return describe(Ensemble(molecule, positions, reasons=tuple(reasons), energies_hartree=(
        None if energies is None else np.array(energies, dtype=np.float64))), "val")


@pytest.mark.parametrize("smiles, counts, scaffold, elements", [
    # atoms, heavy atoms, bonds, bonds without hydrogen, scaffold atoms, rotatable bonds, charge
    ("CCO", (9, 3, 8, 2, 0, 0, 0), "", "C H O"),
    ("CCCC", (14, 4, 13, 3, 0, 1, 0), "", "C H"),
    ("c1ccccc1", (12, 6, 12, 6, 6, 0, 0), "c1ccccc1", "C H"),
    ("OCC1CC1", (13, 5, 13, 5, 3, 1, 0), "C1CC1", "C H O"),
    ("C[NH+](C)CCc1ccccc1Cl", (27, 12, 27, 12, 6, 3, 1), "c1ccccc1", "C Cl H N"),
])
def test_counts(smiles, counts, scaffold, elements):
    row = described(smiles)
    assert tuple(row[name] for name in (
        "n_atoms", "n_heavy", "n_bonds", "n_heavy_bonds", "n_scaffold", "rotatable_bonds",
        "charge")) == counts
    assert (row["scaffold"], row["elements"], row["subset"]) == (scaffold, elements, "val")


def test_energy_window():
    # 0.002 hartree are 1.255 kcal/mol; a failed conformer and one without energy do not count
    row = described("CO", [-1.0, -0.998, -3.0, np.nan], ["", "", "failed", ""])
    assert row["energy_window_kcal_mol"] == pytest.approx(1.255019, abs=1e-6)
    assert (row["n_conformers"], row["n_failed"]) == (3, 1)
    assert described("CO", [-1.0])["energy_window_kcal_mol"] is None
    assert described("CO")["energy_window_kcal_mol"] is None


@pytest.mark.parametrize("smiles, counts", [
    # rings, ring systems, bonds that link them
    ("CCCC", (0, 0, 0)), ("OCC1CC1", (1, 1, 0)), ("c1ccc2ccccc2c1", (2, 1, 0)),
    ("C1CC2(C1)CCC2", (2, 1, 0)), ("c1ccccc1-c1ccccc1", (2, 2, 1)),
    ("CC(c1ccccc1)OCCN(C)C1CC1C(=O)c1ccncc1", (3, 3, 8)),
])
def test_rings_and_what_links_them(smiles, counts):
    row = described(smiles)
    assert tuple(row[name] for name in ("rings", "ring_systems", "linker_bonds")) == counts
