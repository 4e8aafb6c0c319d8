"""Training steps at batch 32, batches included: molecules a second, ours against the baseline.

A guided stage makes its guides in each step; the baseline is given them, as the clean positions.
"""

import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from torch_geometric.data import Batch
from tqdm import tqdm

from benchmarks.baseline import training as baseline
from benchmarks.baseline.network import PlainNetwork
from benchmarks.measure import Measured, device, measure, ratios, seconds
from benchmarks.molecules import Molecule, load
from benchmarks.sampling import STAGES
from pipeline_src.graphs.stage_graph import make_stage_graph
from pipeline_src.run.settings import Stage
from pipeline_src.run.settings.jobs import TrainSettings
from pipeline_src.stages.assembly import build_backbone, build_process
from pipeline_src.stages.batches import StepBatches
from pipeline_src.stages.dataset import ConformerDataset
from pipeline_src.stages.rolling import RollingCheckpoint
from pipeline_src.stages.training import Progress, StageTraining, make_loader

WARM_STEPS = 2


@dataclass(frozen=True)
class Work:
    """One thing to measure: these molecules, this many timed steps of this key of ``STAGES``."""

    molecules: list[Molecule]
    steps: int
    batch_size: int
    stage: str


def rows(quick: bool) -> list[dict]:
    """A row for each set and stage."""
    table = []
    for name in ("qm9_like", "drug_like"):
        for stage in STAGES:
            print(f"training, {name}, stage '{stage}'", file=sys.stderr)
            work = Work(load(name, 2 if quick else None), 1 if quick else 20, 2 if quick else 32,
                        stage)
            ours, plain = (measure(way, work, quick=quick) for way in (ours_seconds, plain_seconds))
            table.append(_row(name, work, ours, plain))
    return table


def _row(name: str, work: Work, ours: Measured, plain: Measured) -> dict:
    seen = work.steps * work.batch_size
    guides = "; guides are given to the baseline" if settings(work).stage.guide else ""
    return {
        "benchmark": f"training: {work.stage}", "set": name,
        **ratios(ours, plain),
        "agreement": f"loss {loss_difference(work.molecules, work.stage):.1e} (relative)",
        "note": f"{work.steps} steps of {work.batch_size} molecules, T = 1000; "
                f"{seen / ours.value:.1f} against {seen / plain.value:.1f} molecules/s{guides}"}


def settings(work: Work) -> TrainSettings:
    """The registered stage with T = 1000."""
    stage = Stage.model_validate({**STAGES[work.stage], "process": {"steps": 1000},
                                  "training": {"batch_size": work.batch_size}})
    return TrainSettings(name="benchmark", stage=stage, seed=1)


def dataset(work: Work) -> ConformerDataset:
    """All conformers, as the library makes its training examples."""
    guide, molecules = settings(work).stage.guide, work.molecules
    graphs = [make_stage_graph(m.hierarchy, "all", guide and guide.level) for m in molecules]
    return ConformerDataset(graphs, [m.positions for m in molecules], [m.name for m in molecules])


def batches(work: Work) -> list[list[int]]:
    """The conformers of each step, the same for both."""
    return list(StepBatches(dataset(work).sizes, work.batch_size, 1, 0, WARM_STEPS + work.steps))


def ours_seconds(work: Work) -> float:
    """Seconds of the timed steps, as ``train_stage`` takes them."""
    data, progress = dataset(work), Progress()
    with (tempfile.TemporaryDirectory() as folder,
          RollingCheckpoint(Path(folder), "benchmark") as rolling):
        training = StageTraining(settings(work), data, data, rolling)
        return _timed(make_loader(data, batches(work), 0), work, "ours",
                      lambda batch: training.step(batch.to(training.fabric.device), progress))


def plain_seconds(work: Work) -> float:
    """The same by the baseline."""
    where, stage = device(), settings(work).stage
    sigmas = torch.as_tensor(build_process(stage).schedule.sigmas)
    training = baseline.PlainTraining(PlainNetwork(stage.backbone).to(where), stage, sigmas)
    return _timed(baseline.loader(work.molecules, batches(work)), work, "baseline",
                  lambda batch: training.step(batch.to(where)))


def _timed(loader: Iterable[Batch], work: Work, label: str,
           step: Callable[[Batch], Any]) -> float:
    """Seconds for the steps after the warm ones, making the batches included."""
    source = iter(loader)
    for _ in range(WARM_STEPS):
        step(next(source))
    return sum(seconds(lambda: step(next(source)))
               for _ in tqdm(range(work.steps), desc=label, unit="step", file=sys.stderr))


def loss_difference(molecules: list[Molecule], stage_name: str) -> float:
    """Relative difference of the losses of two conformers, same weights, level, noise and guide."""
    work = Work(molecules[:1], 1, 2, stage_name)
    stage = settings(work).stage
    torch.manual_seed(5)
    backbone, process = build_backbone(stage), build_process(stage)
    plain = PlainNetwork(stage.backbone)
    plain.load_state_dict(backbone.state_dict())
    batch = next(iter(make_loader(dataset(work), [[0, 1]], 0)))
    other = next(iter(baseline.loader(work.molecules, [[0, 1]])))
    time, noise = torch.full_like(batch.numbers, 300), torch.randn_like(batch.pos)
    guide = batch.pos if stage.guide else None
    losses = process.loss(backbone, batch, batch.pos, time,
                          SimpleNamespace(atoms=lambda purpose: noise), guide)
    mine = float(sum(losses.values()).detach())
    sigmas = torch.as_tensor(process.schedule.sigmas)
    training = baseline.PlainTraining(plain, stage, sigmas)
    sigma = process.sigma(time).unsqueeze(-1)
    theirs = float(training.loss(other, sigma, noise, guide).detach())
    return abs(mine - theirs) / theirs
