"""Conformers that show other stereo than their molecule states: mirrored, drawn again or failed."""

import numpy as np

from pipeline_src.ensembles.stereo_notes import StereoNote, failure
from pipeline_src.stages.packing import Draw
from pipeline_src.stages.shard import ShardMolecule


class KeepingStereo:
    """Judges what was drawn, draw after draw.

    A network that does not see handedness (``Stage.mirror_blind``) draws a conformer and its mirror
    image with the same probability, so that mirroring what has all its centres inverted is exactly
    a draw under the condition that the stereo is right, and spares half of the draws more. Of one
    that does see it the mirror image is no sample: it is drawn again.

    The guide stays the same. One that the network sees as distances passes on no handedness; one
    seen as positions may, and then what is wrong in the guide stays wrong in every draw.

    Args:
        molecules: of the shard; the reasons of what fails are written here.
        positions: of each molecule, changed in place  # (C, N, 3) each
        mirror: whether mirror images are samples of the stage.
    """

    def __init__(self, molecules: list[ShardMolecule], positions: list[np.ndarray], mirror: bool):
        self.molecules, self.positions, self.mirror = molecules, positions, mirror
        self.notes: dict[Draw, StereoNote] = {}
        self._wrong: dict[Draw, tuple[int, int, int, int]] = {}

    def wrong(self, draws: list[Draw], redraws: int) -> list[Draw]:
        """Those whose stereo is wrong, in order; what a mirror sets right is mirrored.

        Args:
            draws: sound conformers.
            redraws: how many times they were drawn before.
        """
        by_molecule: dict[int, list[Draw]] = {}
        for draw in draws:
            by_molecule.setdefault(draw.molecule, []).append(draw)
        wrong = {draw for number, group in by_molecule.items()
                 for draw in self._judge(number, group, redraws)}
        return [draw for draw in draws if draw in wrong]

    def _judge(self, number: int, draws: list[Draw], redraws: int) -> list[Draw]:
        """Those of one molecule whose stereo is wrong."""
        stereo = self.molecules[number].hierarchy.stereo
        conformers = [draw.conformer for draw in draws]
        verdict = stereo.check(self.positions[number][conformers])
        mirrored = verdict.mirrored & ~verdict.kept & self.mirror
        wrong = []
        for k, draw in enumerate(draws):
            if verdict.kept[k] or mirrored[k]:
                self.notes[draw] = StereoNote(redraws, bool(mirrored[k]))
            else:
                self._wrong[draw] = (int(verdict.wrong_centres[k]), len(stereo.centres),
                                     int(verdict.wrong_bonds[k]), len(stereo.bonds))
                wrong.append(draw)
            if mirrored[k]:
                self.positions[number][draw.conformer] *= -1
        return wrong

    def fail(self, draws: list[Draw], n_attempts: int) -> None:
        """Give each the reason that its last sound draw has; it keeps no positions."""
        for draw in draws:
            self.positions[draw.molecule][draw.conformer] = np.nan
            self.molecules[draw.molecule].reasons[draw.conformer] = failure(
                *self._wrong[draw], n_attempts)
