"""Sampling of one stage, T = 1000: seconds for all levels, ours against the plain baseline.

A step costs what its positions cost (pairs within the cutoff), so the positions of each timed step
are those a trained network would meet: reference conformers with the noise of that level.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from benchmarks.baseline.network import PlainNetwork
from benchmarks.baseline.sampling import PlainWalk
from benchmarks.measure import Measured, device, measure, ratios, seconds
from benchmarks.molecules import Molecule, load
from pipeline_src.graphs.noise import stream_key
from pipeline_src.graphs.purposes import Purpose
from pipeline_src.graphs.stage_graph import make_stage_graph
from pipeline_src.run.settings import SampleSettings
from pipeline_src.stages.assembly import build_backbone, build_process
from pipeline_src.stages.packing import pack
from pipeline_src.stages.sampling import StageSampling
from pipeline_src.stages.shard import ShardMolecule

ATOM_BUDGET = 500  # the workflow's, without a GPU
GPU_ATOM_BUDGET = 60000
WALK_STEPS = 50  # of the comparison of positions
STAGES = {
    "all": {"level": "all", "backbone": {"kind": "dual_encoder"}},
    "all given heavy": {"level": "all", "guide": {"level": "heavy"},
                        "backbone": {"kind": "guided_dual_encoder"}},
}


@dataclass(frozen=True)
class Work:
    """One thing to measure; plain data, so that it travels to a process.

    Attributes:
        molecules: what to sample.
        samples: conformers a molecule.
        stage: key of ``STAGES``.
        timed: level(s) timed on each side of ``global_start_sigma``; None: every level.
        repeats: of each timed step; the shortest counts.
    """

    molecules: list[Molecule]
    samples: int
    stage: str
    timed: int | None
    repeats: int


def rows(quick: bool, full: bool = False) -> list[dict]:
    """A row for each set and stage; ``full`` times every level instead of a few."""
    table = []
    for name in ("qm9_like", "drug_like"):
        for stage in STAGES:
            print(f"sampling, {name}, stage '{stage}'", file=sys.stderr)
            work = Work(load(name, 1 if quick else None), 2 if quick else 20, stage,
                        None if full else 1 if quick else 4, 1 if quick or full else 2)
            ours, plain = (measure(way, work, quick=quick) for way in (ours_seconds, plain_seconds))
            table.append(_row(name, work, ours, plain))
    return table


def _row(name: str, work: Work, ours: Measured, plain: Measured) -> dict:
    how = "every level" if work.timed is None else (
        f"{work.timed} level(s) timed on each side of global_start_sigma, weighted by how many "
        "there are")
    difference, grown = agreement(work.molecules[0], work.stage)
    return {
        "benchmark": f"sampling: {work.stage}", "set": name,
        **ratios(ours, plain),
        "agreement": f"{grown:.1e} Å after {WALK_STEPS} steps, {difference:.1e} Å after one",
        "note": f"{len(work.molecules)} molecules x {work.samples}, T = 1000; {how}"}


def sample_settings(stage: str, samples: int) -> SampleSettings:
    """The registered sampler with T = 1000 and the full-width network."""
    return SampleSettings.model_validate({
        "name": "benchmark", "stage": {**STAGES[stage], "process": {"steps": 1000}}, "seed": 1,
        # random weights push without end; a bound keeps the walks of the comparison together
        "sampler": {"kind": "langevin", "clip_local": 20.0}, "samples": {"count": samples}})


def networks(settings: SampleSettings) -> tuple[torch.nn.Module, PlainNetwork]:
    """Ours and the baseline's, with the same random weights."""
    torch.manual_seed(7)
    backbone = build_backbone(settings.stage)
    plain = PlainNetwork(settings.stage.backbone)
    plain.load_state_dict(backbone.state_dict())
    return backbone, plain.eval()


def sampling(work: Work, where: torch.device) -> tuple[StageSampling, list[ShardMolecule]]:
    """The stage with random weights, and the molecules as ``load_shard`` gives them."""
    settings = sample_settings(work.stage, work.samples)
    guide = settings.stage.guide
    shard = []
    for molecule in work.molecules:
        graph = make_stage_graph(molecule.hierarchy, "all", guide and guide.level)
        graph.key = torch.tensor([stream_key(settings.seed, settings.name, molecule.name)])
        coarse = molecule.conformers(work.samples)[:, molecule.hierarchy.levels["heavy"]]
        shard.append(ShardMolecule(molecule.hierarchy, graph, coarse if guide else None,
                                   [""] * work.samples))
    return StageSampling(settings, networks(settings)[0], where), shard


def ours_seconds(work: Work) -> float:
    """Seconds for all levels and conformers, packed under the atom budget."""
    where = device()
    stage, shard = sampling(work, where)
    budget = ATOM_BUDGET if where.type == "cpu" else GPU_ATOM_BUDGET
    total = 0.0
    draws = [draw for number, molecule in enumerate(shard) for draw in molecule.draws(number)]
    for packed in tqdm(pack(draws, budget), desc="ours", unit="batch", file=sys.stderr):
        walks = []
        total += seconds(lambda packed=packed, walks=walks: walks.append(
            stage.walk(shard, packed)))
        clean = torch.cat([torch.from_numpy(work.molecules[d.molecule].conformers(work.samples)
                                            [d.conformer]) for d in packed]).to(where)
        next_levels = dict(stage.sampler.levels())
        total += _all_levels(work, clean, stage.process.schedule.sigmas, lambda pos, level,
                             walk=walks[0], after=next_levels: walk.step(pos, level, after[level]))
    return total


def plain_seconds(work: Work) -> float:
    """The same by the baseline, molecule by molecule."""
    where, settings = device(), sample_settings(work.stage, work.samples)
    network = networks(settings)[1].to(where)
    sigmas = build_process(settings.stage).schedule.sigmas
    total = 0.0
    for molecule in tqdm(work.molecules, desc="baseline", unit="molecule", file=sys.stderr):
        clean = torch.from_numpy(molecule.conformers(work.samples).reshape(-1, 3)).to(where)
        walk = PlainWalk(network, molecule.hierarchy.molecule, work.samples, settings.sampler,
                         settings.stage.backbone.cutoff_angstrom,
                         clean if settings.stage.guide else None)
        total += _all_levels(work, clean, sigmas, lambda pos, level, walk=walk: walk.step(
            pos, float(sigmas[level]), settings.sampler.step_size, torch.randn_like(pos)))
    return total


@torch.inference_mode()
def _all_levels(work: Work, clean: Tensor, sigmas: np.ndarray,
                step: Callable[[Tensor, int], Tensor]) -> float:
    """Seconds for one step at every level, of which ``work.timed`` a side are timed."""
    total = 0.0
    start = sample_settings(work.stage, 1).sampler.global_start_sigma
    step(clean, 0)  # warm
    for side in (np.flatnonzero(sigmas < start), np.flatnonzero(sigmas >= start)):
        number = work.timed or len(side)
        chosen = side[((np.arange(number) + 0.5) * len(side) / number).astype(int)]
        times = []
        for level in chosen.tolist():
            pos = clean + float(sigmas[level]) * torch.randn_like(clean)
            times.append(seconds(lambda pos=pos, level=level: step(pos, level), work.repeats))
        total += len(side) * float(np.mean(times))
    return total


@torch.inference_mode()
def agreement(molecule: Molecule, stage: str) -> tuple[float, float]:
    """Largest difference of a coordinate, Å, after one step and after a short walk.

    Same weights, noise and guide; the walk goes through levels on both sides of
    ``global_start_sigma``, from a noisy reference conformer.
    """
    work = Work([molecule], 2, stage, None, 1)
    ours, shard = sampling(work, torch.device("cpu"))
    walk = ours.walk(shard, shard[0].draws(0))
    settings, sigmas = ours.settings, ours.process.schedule.sigmas
    plain = PlainWalk(networks(settings)[1], molecule.hierarchy.molecule, 2, settings.sampler,
                      settings.stage.backbone.cutoff_angstrom, walk.guide)
    levels = np.linspace(999, 0, WALK_STEPS).astype(int).tolist()
    pos = torch.from_numpy(molecule.conformers(2).reshape(-1, 3))
    pos = pos + float(sigmas[-1]) * walk.noise(0).atoms(Purpose.PRIOR)
    mine = theirs = pos
    differences = []
    for now, following in zip(levels, [*levels[1:], -1], strict=True):
        mine = walk.step(mine, now, following)
        theirs = plain.step(theirs, float(sigmas[now]), settings.sampler.step_size,
                            walk.noise(now).atoms(Purpose.STEP))
        differences.append(float((mine - theirs).abs().max()))
    return differences[0], max(differences)
