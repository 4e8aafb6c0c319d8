"""The relaxer ``gfn2-xtb``: an optimisation by the program xtb for each conformer."""

from collections.abc import Iterator

import numpy as np

from pipeline_src.chem.bonding import changed_bond
from pipeline_src.ensembles import Molecule
from pipeline_src.quantum.relaxers import Relaxed, not_uphill
from pipeline_src.quantum.xtb_engine import Xtb
from pipeline_src.run.settings.reference import XtbEngine
from pipeline_src.run.settings.validity import XtbRelaxation


class XtbRelaxer:
    """GFN2-xTB to the minimum. One that does not get there, or reacts on the way, is a failure.

    The energy of a molecule with other bonds is no strain: it would be that of a reaction.

    Raises:
        InputError: no xtb on this machine.
    """

    label = Xtb.label

    def __init__(self, settings: XtbRelaxation):
        self.settings = settings
        self._engine = Xtb(XtbEngine(cycles=settings.cycles, timeout_s=settings.timeout_s))
        self.version = self._engine.version

    def relax(self, molecule: Molecule, positions: np.ndarray) -> Iterator[Relaxed]:
        """See ``Relaxer``."""
        for start in positions:
            yield self._relaxed(molecule, start)

    def _relaxed(self, molecule: Molecule, start: np.ndarray) -> Relaxed:
        before = self._engine.single_point(molecule, start)
        if before.reason:
            return Relaxed(reason=before.reason)
        end = self._engine.optimise(molecule, start, self.settings.level, self.settings.timeout_s)
        if end.reason:
            return Relaxed(before_hartree=before.energy_hartree, reason=end.reason)
        if changed := changed_bond(molecule, end.positions):
            return Relaxed(before_hartree=before.energy_hartree, reason=f"xtb: {changed}")
        return not_uphill(start, before.energy_hartree, end.positions, end.energy_hartree, True)
