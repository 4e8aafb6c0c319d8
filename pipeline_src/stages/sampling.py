"""Sampling of one stage: molecules and conformers packed together, from noise to positions."""

import sys

import numpy as np
import torch
from torch import Tensor, nn
from torch_geometric.data import Batch
from tqdm import tqdm

from pipeline_src.ensembles import Ensemble
from pipeline_src.ensembles.stereo_notes import StereoNote
from pipeline_src.graphs.centering import finite_graphs
from pipeline_src.graphs.stage_graph import StageGraph
from pipeline_src.run.errors import ResourceError
from pipeline_src.run.interrupt import deferred_stop
from pipeline_src.run.parts import load_part
from pipeline_src.run.settings import SampleSettings
from pipeline_src.stages.assembly import build_process
from pipeline_src.stages.guiding import Guiding
from pipeline_src.stages.holding import build_holder
from pipeline_src.stages.keeping_stereo import KeepingStereo
from pipeline_src.stages.packing import Draw, pack
from pipeline_src.stages.precision import Precision
from pipeline_src.stages.shard import ShardMolecule
from pipeline_src.stages.unfinished import UnfinishedShard
from pipeline_src.stages.walk import Walk, noise_shift

LARGEST_COORDINATE = 1000.0  # Å; beyond it a conformer counts as diverged


class StageSampling:
    """Draws conformers from a trained stage.

    Args:
        settings: stage, sampler, seed.
        backbone: the trained network.
        device: where to run.
        unfinished: how far a stopped job came, and where this one keeps it; none: nowhere.

    Raises:
        InputError: the device cannot compute in the sampler's precision.
    """

    def __init__(self, settings: SampleSettings, backbone: nn.Module, device: torch.device,
                 unfinished: UnfinishedShard | None = None):
        self.settings, self.device = settings, device
        self.unfinished = unfinished or UnfinishedShard()
        self.backbone = backbone.to(device).eval()
        self.holder = build_holder(settings.stage, self.backbone)
        self.precision = Precision(settings.sampler.precision, device)
        self.process = build_process(settings.stage)
        self.guiding = Guiding(settings.stage.guide) if settings.stage.guide else None
        self.sampler = load_part("sampler", settings.sampler.kind)(settings.sampler, self.process)

    def run(self, molecules: list[ShardMolecule], atom_budget: int) -> list[Ensemble]:
        """All conformers of all molecules; a failed one is NaN with its reason.

        ``unfinished`` may have a part of the walks; what comes out is the same as without.

        One that diverged is drawn again as the sampler's second try. With ``stereo_attempts`` one
        that shows other stereo than its molecule states is mirrored where that helps and the
        network allows, or drawn again, a second try included. Notes say so.

        Raises:
            ResourceError: memory ran out even for a single conformer, or the disk is full.
            Interrupted: it is time to stop; how far the walks are is kept.
        """
        with deferred_stop() as self.stop:
            return self._run(molecules, atom_budget)

    def _run(self, molecules: list[ShardMolecule], atom_budget: int) -> list[Ensemble]:
        positions = [np.full((len(m.reasons), m.graph.num_nodes, 3), np.nan, dtype=np.float32)
                     for m in molecules]
        draws = [d for number, m in enumerate(molecules) for d in m.draws(number)]
        tamed, lost = self._try_twice(molecules, draws, atom_budget, positions)
        for draw in lost:
            molecules[draw.molecule].reasons[draw.conformer] = (
                f"diverged twice, the second time {self.sampler.second_try}")
        keeping = KeepingStereo(molecules, positions, self.settings.stage.mirror_blind)
        if self.settings.stereo_attempts:
            sound = [draw for draw in draws if draw not in lost]
            self._keep_stereo(keeping, sound, tamed, atom_budget)
        level = self.settings.stage.level
        return [Ensemble(m.hierarchy.beads(level), positions[number], level,
                         reasons=tuple(m.reasons), notes=self._notes(m, number, tamed, keeping))
                for number, m in enumerate(molecules)]

    def _keep_stereo(self, keeping: KeepingStereo, draws: list[Draw], tamed: set[Draw],
                     atom_budget: int) -> None:
        """Draw the conformers of wrong stereo again, ``stereo_attempts`` times at most in all.

        Args:
            draws: the sound conformers of the first draw.
            tamed: those of them that are second tries; brought up to date.
        """
        n_attempts = self.settings.stereo_attempts
        wrong = keeping.wrong(draws, 0)
        for redraw in range(1, n_attempts):
            if not wrong:
                return
            now_tamed, lost = self._try_twice(keeping.molecules, wrong, atom_budget,
                                              keeping.positions, redraw)
            tamed -= set(wrong)
            tamed |= now_tamed
            judged = keeping.wrong([draw for draw in wrong if draw not in lost], redraw)
            still = lost | set(judged)
            wrong = [draw for draw in wrong if draw in still]
        keeping.fail(wrong, n_attempts)

    def _notes(self, molecule: ShardMolecule, number: int, tamed: set[Draw],
               keeping: KeepingStereo) -> tuple[str, ...]:
        """What is to be known of each conformer that did not fail."""
        notes = [""] * len(molecule.reasons)
        for draw in molecule.draws(number):
            words = [f"drawn again {self.sampler.second_try}, as it diverged at first"] \
                if draw in tamed else []
            words += keeping.notes.get(draw, StereoNote()).words()
            notes[draw.conformer] = "; ".join(words)
        return tuple(notes)

    def _try_twice(self, molecules: list[ShardMolecule], draws: list[Draw], atom_budget: int,
                   positions: list[np.ndarray], redraw: int = 0) -> tuple[set[Draw], set[Draw]]:
        """Fill ``positions``; returns the draws that diverged at first, and of them those lost."""
        diverged = self._draw_all(molecules, draws, atom_budget, positions, False, redraw)
        lost = self._draw_all(molecules, diverged, atom_budget, positions, True, redraw)
        return set(diverged), set(lost)

    def _draw_all(self, molecules: list[ShardMolecule], draws: list[Draw], atom_budget: int,
                  positions: list[np.ndarray], retry: bool, redraw: int) -> list[Draw]:
        """Fill ``positions``; returns the draws that diverged."""
        waiting, diverged = pack(draws, atom_budget), []
        label = (self.settings.name + (f" (stereo, draw {redraw + 1})" if redraw else "")
                 + (" (again)" if retry else ""))
        with tqdm(total=len(draws), unit="conformer", desc=label, file=sys.stderr,
                  mininterval=2, disable=not draws) as bar:
            while waiting:
                pack_of_draws = waiting.pop(0)
                try:
                    drawn, finite = self._draw(molecules, pack_of_draws, retry, redraw)
                except (torch.OutOfMemoryError, RuntimeError) as error:
                    atom_budget = self._halved(error, pack_of_draws, atom_budget)
                    left = [d for batch in [pack_of_draws, *waiting] for d in batch]
                    waiting = pack(left, atom_budget)
                    continue
                for draw, pos, good in zip(pack_of_draws, drawn, finite, strict=True):
                    if good:
                        positions[draw.molecule][draw.conformer] = pos
                    else:
                        diverged.append(draw)
                bar.update(len(pack_of_draws))
        return diverged

    def _halved(self, error: Exception, draws: list[Draw], atom_budget: int) -> int:
        """Half the atom budget if memory ran out; else the error goes on."""
        if not (isinstance(error, torch.OutOfMemoryError) or "t allocate memory" in str(error)):
            raise error
        if len(draws) == 1:
            raise ResourceError(f"memory ran out for one conformer of {draws[0].n_atoms} atoms; "
                                "use a machine or GPU with more memory.") from error
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        budget = min(atom_budget, sum(d.n_atoms for d in draws)) // 2
        print(f"memory ran out: atom budget halved to {budget}", file=sys.stderr)
        return budget

    @torch.inference_mode()
    def _draw(self, molecules: list[ShardMolecule], draws: list[Draw], retry: bool,
              redraw: int) -> tuple[list[np.ndarray], list[bool]]:
        """One batch from noise to positions: per draw (N, 3) in Å, and whether it is sound."""
        walk = self.walk(molecules, draws, retry, redraw)
        pos, batch = self.unfinished.finish(walk, draws, self.stop), walk.batch
        held = torch.where(pos.abs() < LARGEST_COORDINATE, pos, torch.nan)
        finite = finite_graphs(held, batch.batch, batch.num_graphs).cpu().tolist()
        sizes = [d.n_atoms for d in draws]
        return [p.numpy() for p in pos.cpu().split(sizes)], finite

    @torch.inference_mode()
    def walk(self, molecules: list[ShardMolecule], draws: list[Draw],
             retry: bool = False, redraw: int = 0) -> Walk:
        """The walk of these conformers in one batch, with the network held for it."""
        batch = self._batch(molecules, draws)
        guide = self._guide(molecules, draws, batch, noise_shift(retry, redraw))
        backbone = self.holder.hold(batch, guide)
        if not retry:  # a second try has 32 bits: what failed may have been an overflow of 16
            backbone = self.precision.of(backbone)
        return Walk(backbone, self.process, self.sampler, batch, guide, retry, redraw)

    def _batch(self, molecules: list[ShardMolecule], draws: list[Draw]) -> Batch:
        graphs = []
        for draw in draws:
            graph = StageGraph(**molecules[draw.molecule].graph.to_dict())
            graph.conformer = torch.tensor([draw.conformer])
            graph.num_nodes = draw.n_atoms
            graphs.append(graph)
        return Batch.from_data_list(graphs).to(self.device)

    def _guide(self, molecules: list[ShardMolecule], draws: list[Draw], batch: Batch,
               shift: int) -> Tensor | None:
        if self.guiding is None:
            return None
        coarse = torch.cat([torch.from_numpy(molecules[d.molecule].coarse[d.conformer])
                            for d in draws]).to(self.device)
        return self.guiding.sampled(batch, coarse, self.guiding.directions(batch, 0, shift))
