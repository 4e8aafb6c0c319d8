"""Bonds that broke or formed are seen."""

import numpy as np

from pipeline_src.chem.bonding import changed_bond
from pipeline_src.ensembles import Molecule


def test_embedded_conformers_keep_their_bonds(embedded):
    for smiles in ("NCC(=O)O", "C1N[C@@]12[C@H]1CO[C@@H]2OC1", "CS(=O)(=O)c1ccc(Cl)cc1Br"):
        molecule, conformers = embedded(smiles, 3)
        assert [changed_bond(molecule, p) for p in conformers] == ["", "", ""]


def test_proton_that_went_from_acid_to_amine_is_seen(embedded):
    molecule, (one,) = embedded("NCC(=O)O")
    assert changed_bond(molecule, one) == ""
    acid = next(int(b.max()) for b in molecule.bonds if b.min() == 4)
    away = one[0] - one[1]
    one[acid] = one[0] + 1.03 * away / np.linalg.norm(away)
    assert changed_bond(molecule, one).startswith(f"the bond O5-H{acid + 1} broke")


def test_bond_that_formed_is_seen(embedded):
    """Butane's end carbons brought together, in a graph without the bonds of the moved one."""
    whole, (one,) = embedded("CCCC")
    one[3] = one[0] + [0, 0, 1.5]
    keep = ~np.any(whole.bonds == 3, axis=1)
    molecule = Molecule("x", "", whole.numbers, whole.charges, whole.bonds[keep],
                        whole.orders[keep])
    assert changed_bond(molecule, one) == "the bond C1-C4 formed (1.50 Å)"
