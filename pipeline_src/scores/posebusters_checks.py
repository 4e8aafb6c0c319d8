"""PoseBusters' checks of a lone molecule (Buttenschoen et al., Chem. Sci. 2024, 15, 3130)."""

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd
from posebusters import PoseBusters
from rdkit import Chem

from pipeline_src.chem.molecules import with_conformers

# Column here -> column of PoseBusters' configuration 'mol'. The first four look at the graph alone.
CHECKS = {
    "sanitization": "sanitization", "inchi_convertible": "inchi_convertible",
    "all_atoms_connected": "all_atoms_connected", "no_radicals": "no_radicals",
    "bond_lengths": "bond_lengths", "bond_angles": "bond_angles",
    "no_steric_clash": "internal_steric_clash",
    "aromatic_rings_flat": "aromatic_ring_flatness",
    "other_rings_not_flat": "non-aromatic_ring_non-flatness",
    "double_bonds_flat": "double_bond_flatness",
}
ENERGY = {"internal_energy": "internal_energy"}
NUMBERS = {"clashes": "number_clashes", "energy_ratio": "energy_ratio"}
_ENERGY_MODULE = "energy_ratio"


class PoseChecks:
    """The checks with PoseBusters' own thresholds, hydrogens left out of lengths and clashes.

    Args:
        internal_energy: also UFF's energy against the mean of 50 minimised embeddings, at most 100
            times that: seconds a molecule.
    """

    def __init__(self, internal_energy: bool):
        self._busters = PoseBusters(config="mol", max_workers=0)
        modules = self._busters.config["modules"]
        energy = [module for module in modules if module["function"] == _ENERGY_MODULE]
        kept = [module for module in modules if module not in energy]
        for module in energy:
            module["parameters"]["num_threads"] = 1
        # 0.6.5 has the module twice: the one that is reported is the last
        self._busters.config["modules"] = [*kept, *(energy[-1:] if internal_energy else [])]
        self._columns = {**CHECKS, **(ENERGY if internal_energy else {})}

    def verdicts(self, mol: Chem.Mol, positions: np.ndarray) -> Iterator[dict]:
        """Of each conformer the checks, True, False or None (undecided), and ``NUMBERS``.

        Args:
            mol: with explicit hydrogens.
            positions: Å, finite  # (C, N, 3)
        """
        if not len(positions):
            return
        mols = [with_conformers(mol, [coordinates]) for coordinates in positions]
        report = self._busters.bust(mols, full_report=True).reset_index(drop=True)
        for row in report.to_dict("records"):
            yield {**{name: _verdict(row[theirs]) for name, theirs in self._columns.items()},
                   **{name: _number(row.get(theirs)) for name, theirs in NUMBERS.items()}}


def _verdict(value: object) -> bool | None:
    """PoseBusters says NaN where a check could not be made."""
    return None if pd.isna(value) else bool(value)


def _number(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)
