"""MMFF94 by RDKit, behind the same interface: for machines without xtb, and for tests."""

import numpy as np
import rdkit
from rdkit import Chem, rdBase
from rdkit.Chem import rdForceFieldHelpers

from pipeline_src.chem.molecules import to_rdkit, with_conformers
from pipeline_src.ensembles import Molecule
from pipeline_src.quantum.engines import Optimised
from pipeline_src.run.settings.reference import MmffEngine
from pipeline_src.run.units import HARTREE_TO_KCAL_MOL

_FORCE_TOLERANCE = {"crude": 1e-2, "sloppy": 5e-3, "loose": 1e-3}  # else RDKit's 1e-4


class Mmff:
    """The engine ``mmff``."""

    label = "MMFF94"

    def __init__(self, settings: MmffEngine):
        self.settings = settings
        self.version = rdkit.__version__

    def optimise(self, molecule: Molecule, positions: np.ndarray, level: str,
                 seconds: float) -> Optimised:
        """The minimum; see ``Engine``. The clock is not looked at: it takes no second."""
        mol, field = _force_field(molecule, positions)
        if field is None:
            return Optimised(reason="MMFF has no parameters for this molecule")
        if field.Minimize(maxIts=self.settings.cycles,
                          forceTol=_FORCE_TOLERANCE.get(level, 1e-4)):
            return Optimised(reason=f"MMFF did not converge in {self.settings.cycles} steps")
        return self.single_point(molecule, np.array(
            field.Positions(), dtype=np.float32).reshape(-1, 3))

    def single_point(self, molecule: Molecule, positions: np.ndarray) -> Optimised:
        """The energy; see ``Engine``."""
        mol, field = _force_field(molecule, positions)
        if field is None:
            return Optimised(reason="MMFF has no parameters for this molecule")
        return Optimised(np.asarray(positions, dtype=np.float32),
                         field.CalcEnergy() / HARTREE_TO_KCAL_MOL)


def _force_field(molecule: Molecule, positions: np.ndarray) -> tuple[Chem.Mol, object | None]:
    """The molecule, which has to outlive its force field, and that; None without parameters."""
    mol = with_conformers(to_rdkit(molecule), [positions])
    with rdBase.BlockLogs():
        properties = rdForceFieldHelpers.MMFFGetMoleculeProperties(mol)
        if properties is None:
            return mol, None
        field = rdForceFieldHelpers.MMFFGetMoleculeForceField(mol, properties)
    field.Initialize()
    return mol, field
