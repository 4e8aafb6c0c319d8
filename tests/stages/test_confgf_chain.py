"""ConfGF's two-stage chain from training to samples, on the seven shipped smoke molecules."""

import csv
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from small_stages import ROOT, draw, largest_difference, network, train

from pipeline_src.ensembles.store import write_ensembles
from pipeline_src.run.registry import load_registry
from pipeline_src.run.settings import SampleSettings, Stage
from pipeline_src.run.settings.jobs import TrainSettings
from pipeline_src.stages.assembly import build_backbone, build_process
from pipeline_src.stages.training import StageTraining
from pipeline_src.stages.weights import load_weights

SAMPLER = {"kind": "annealed_langevin", "steps_per_level": 5}


def stage(level: str, **training) -> Stage:
    """A tiny stage; of all atoms: guided by the heavy ones."""
    guided = level == "all"
    return Stage.model_validate({
        "level": level, "guide": {"level": "heavy"} if guided else None,
        "backbone": {"kind": "guided_confgf" if guided else "confgf", "width": 16, "layers": 2,
                     "xavier_gain": 0.5},
        "process": {"kind": "distance_score_matching"},
        "training": {"iterations": 120, "batch_size": 8, "validate_every": 20,
                     "checkpoint_every": 40, "validation_batches": 2, "ema_decay": 0.9,
                     **training}})


def sample_settings(level: str, **sampler) -> SampleSettings:
    return SampleSettings.model_validate({
        "name": f"confgf-{level}", "stage": stage(level), "seed": 1,
        "sampler": {**SAMPLER, **sampler}, "samples": {"count": 3}})


@pytest.fixture(scope="module")
def chain(data, tmp_path_factory):
    """Level -> trained folder and samples; the samples of all atoms follow the heavy ones'."""
    folder, found, coarser = tmp_path_factory.mktemp("confgf"), {}, []
    for level in ("heavy", "all"):
        train(folder / level, data, TrainSettings(name=f"confgf-{level}", stage=stage(level),
                                                  seed=3))
        backbone = build_backbone(stage(level))
        load_weights(backbone, folder / level / "weights.pt")
        samples = draw(sample_settings(level), data, coarser, backbone=backbone)
        write_ensembles(folder / f"{level}.parquet", samples)
        found[level], coarser = (folder / level, samples, backbone), [folder / f"{level}.parquet"]
    return found


@pytest.mark.parametrize("level", ["heavy", "all"])
def test_the_loss_falls(chain, level):
    with open(chain[level][0] / "curve.csv", newline="", encoding="utf-8") as file:
        losses = [float(row["train_loss"]) for row in csv.DictReader(file)]
    assert len(losses) == 6 and np.isfinite(losses).all()
    assert losses[-1] < 0.9 * losses[0]


@pytest.mark.parametrize("level", ["heavy", "all"])
def test_samples_are_sound(chain, data, level):
    samples = chain[level][1]
    assert [e.molecule.id for e in samples] == [e.molecule.id for e in data.all[4:6]]
    for sample, reference in zip(samples, data.all[4:6], strict=True):
        numbers = reference.molecule.numbers
        assert sample.positions.shape == (3, int((numbers > 1).sum()) if level == "heavy"
                                          else len(numbers), 3)
        assert sample.level == level and sample.ok.all() and not any(sample.notes)
        assert np.abs(sample.positions.mean(axis=1)).max() < 1e-3
        assert len({p.tobytes() for p in sample.positions}) == 3


def test_samples_do_not_depend_on_the_batch(chain, data, tmp_path):
    _, whole, backbone = chain["heavy"]
    assert largest_difference(draw(sample_settings("heavy"), data, budget=1, backbone=backbone),
                              whole) < 1e-3


def test_the_guide_matters(chain, data, tmp_path):
    _, heavy, _ = chain["heavy"]
    _, whole, backbone = chain["all"]
    other = [type(e)(e.molecule, 1.5 * e.positions, "heavy") for e in heavy]
    write_ensembles(tmp_path / "c.parquet", other)
    moved = draw(sample_settings("all"), data, [tmp_path / "c.parquet"], backbone=backbone)
    assert largest_difference(moved, whole) > 0.1


def test_conformers_that_diverge_are_drawn_again_with_bounded_scores(data):
    """Scores a million times too large: the second try is bounded, and says so."""
    settings = sample_settings("heavy", clip=1e12, step_size=2.4e-6, retry_clip=5)
    backbone = network(settings)
    with torch.no_grad():
        for parameter in backbone.head.score[-1].parameters():
            parameter.mul_(1e6)
    for sample in draw(settings, data, backbone=backbone):
        assert sample.ok.all()
        assert set(sample.notes) == {
            "drawn again with scores bounded by 5 / sigma, as it diverged at first"}


@pytest.mark.parametrize("over, share", [("graphs", 2 * 2 / 5), ("atoms", 2 * 14 / 50)])
def test_several_processes_weigh_their_shares_as_the_loss_is_a_mean(over, share):
    """Here two graphs of 14 atoms, of five of 50 in all: ConfGF's loss is a mean over graphs."""
    fabric = SimpleNamespace(world_size=2, device="cpu",
                             all_reduce=lambda here, reduce_op: torch.tensor([5, 50]))
    training = SimpleNamespace(fabric=fabric, process=SimpleNamespace(mean_over=over))
    batch = SimpleNamespace(num_graphs=2, num_nodes=14)
    assert StageTraining._of_step(training, batch) == (5, pytest.approx(share))
    assert build_process(stage("heavy")).mean_over == "graphs"


def test_registered_stages_are_the_papers():
    registry = load_registry(ROOT / "config")
    for chain, names in (("confgf", ["confgf-all"]),
                         ("confgf-msgen2", ["confgf-heavy", "confgf-all-heavy"])):
        assert list(registry.chains[chain]) == names
        for name in names:
            found = Stage.model_validate(registry.stages[name])
            assert (found.backbone.width, found.backbone.layers, found.process.steps) == (256, 4,
                                                                                         50)
            assert (found.training.learning_rate, found.training.batch_size) == (1e-3, 128)
            assert (found.guide is not None) == (name == "confgf-all-heavy")
