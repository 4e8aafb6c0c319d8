"""The relaxer ``mmff``: MMFF94s by RDKit (Halgren, J. Comput. Chem. 1999, 20, 720)."""

from collections.abc import Iterator

import numpy as np
import rdkit
from rdkit import rdBase
from rdkit.Chem import rdForceFieldHelpers

from pipeline_src.chem.embed import NO_PARAMETERS
from pipeline_src.chem.molecules import to_rdkit, with_conformers
from pipeline_src.ensembles import Molecule
from pipeline_src.quantum.relaxers import Relaxed, not_uphill
from pipeline_src.run.settings.validity import MmffRelaxation
from pipeline_src.run.units import HARTREE_TO_KCAL_MOL

VARIANT = "MMFF94s"


class MmffRelaxer:
    """Minimisation with a stated number of steps; one that needs more is no failure."""

    label = VARIANT
    version = rdkit.__version__

    def __init__(self, settings: MmffRelaxation):
        self.settings = settings

    def relax(self, molecule: Molecule, positions: np.ndarray) -> Iterator[Relaxed]:
        """See ``Relaxer``."""
        mol = with_conformers(to_rdkit(molecule), positions)
        with rdBase.BlockLogs():
            parameters = rdForceFieldHelpers.MMFFGetMoleculeProperties(mol, mmffVariant=VARIANT)
        for c, start in enumerate(positions):
            yield Relaxed(reason=NO_PARAMETERS) if parameters is None else \
                self._relaxed(mol, parameters, c, start)

    def _relaxed(self, mol, parameters, conformer: int, start: np.ndarray) -> Relaxed:
        with rdBase.BlockLogs():
            field = rdForceFieldHelpers.MMFFGetMoleculeForceField(mol, parameters,
                                                                  confId=conformer)
        field.Initialize()
        before = field.CalcEnergy()
        if not np.isfinite(before):
            return Relaxed(reason="MMFF gives it no finite energy")
        unfinished = field.Minimize(maxIts=self.settings.iterations)
        end = np.array(field.Positions(), dtype=np.float32).reshape(-1, 3)  # as it is stored
        after = field.CalcEnergy(end.astype(np.float64).ravel().tolist())
        if not (np.isfinite(end).all() and np.isfinite(after)):
            return Relaxed(before_hartree=before / HARTREE_TO_KCAL_MOL,
                           reason="MMFF ended at coordinates that are not finite")
        return not_uphill(start, before / HARTREE_TO_KCAL_MOL, end, after / HARTREE_TO_KCAL_MOL,
                          not unfinished)
