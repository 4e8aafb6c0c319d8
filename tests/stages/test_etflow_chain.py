"""ET-Flow in two stages, from training to samples, on the seven shipped smoke molecules."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from small_fragments import bond_error
from small_stages import draw, largest_difference, network, train

from pipeline_src.ensembles.store import write_ensembles
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings import SampleSettings, Stage
from pipeline_src.run.settings.jobs import TrainSettings
from pipeline_src.run.settings.samplers import Langevin, sampler_of
from pipeline_src.stages.assembly import build_backbone
from pipeline_src.stages.training import StageTraining
from pipeline_src.stages.weights import load_weights

SMALL = {"width": 16, "layers": 2, "heads": 4, "bases": 16}


def stage(guided: bool = False, prior: str = "gaussian", **training) -> Stage:
    """Heavy atoms, or with ``guided`` all atoms after them."""
    return Stage.model_validate({
        "level": "all" if guided else "heavy", "guide": {"level": "heavy"} if guided else None,
        "backbone": {"kind": ("guided_" if guided else "") + "equivariant_transformer", **SMALL},
        "process": {"kind": "flow_matching", "prior": prior},
        "training": {"iterations": 120, "batch_size": 9, "validate_every": 30, "clip_norm": 100,
                     "checkpoint_every": 50, "validation_batches": 1, "ema_decay": 0.9,
                     "learning_rate": 5e-3, "schedule": "cosine", "weight_decay": 1e-8,
                     **training}})


def settings_of(chosen: Stage, **sampler) -> SampleSettings:
    return SampleSettings.model_validate({
        "name": "etflow", "stage": chosen, "seed": 1, "samples": {"count": 3},
        "sampler": {"kind": "euler", "steps": 20, **sampler}})


@pytest.fixture(scope="module")
def chain(data, tmp_path_factory):
    """Both stages trained, one from each prior, and the samples of one after the other."""
    folder, found = tmp_path_factory.mktemp("etflow"), SimpleNamespace(stages=[], samples=[])
    coarser = []
    for guided, prior in ((False, "gaussian"), (True, "harmonic")):
        chosen = stage(guided, prior)
        place = train(folder / str(guided), data, TrainSettings(name="e", stage=chosen, seed=3))
        backbone = build_backbone(chosen)
        load_weights(backbone, place / "weights.pt")
        samples = draw(settings_of(chosen), data, coarser, backbone=backbone)
        coarser = [folder / f"{guided}.parquet"]
        write_ensembles(coarser[0], samples)
        found.stages.append((place, chosen, backbone))
        found.samples.append(samples)
    found.coarse = folder / "False.parquet"
    return found


def test_the_losses_fall(chain):
    for place, *_ in chain.stages:
        rows = (place / "curve.csv").read_text().splitlines()[1:]
        losses = [float(row.split(",")[1]) for row in rows]
        assert np.isfinite(losses).all() and losses[-1] < 0.92 * losses[0]


def test_samples_are_sound(chain, data):
    for sample, reference in zip(chain.samples[1], data.all[4:6], strict=True):
        assert sample.positions.shape == (3, reference.molecule.n_atoms, 3)
        assert sample.level == "all" and sample.ok.all() and not any(sample.notes)
        assert np.abs(sample.positions.mean(axis=1)).max() < 1e-4
        assert len({p.tobytes() for p in sample.positions}) == 3


def test_bonds_are_nearer_to_bonds_than_a_fresh_networks(chain, data):
    """Of molecules it has not seen, 0.36 Å off against 0.66."""
    _, chosen, backbone = chain.stages[1]
    errors = [bond_error(draw(settings_of(chosen), data, [chain.coarse], backbone=one),
                         data.all[4:6]) for one in (backbone, network(settings_of(chosen)))]
    assert errors[0] < 0.75 * errors[1]


@pytest.mark.parametrize("kind", ["euler", "stochastic_euler"])
def test_the_atom_budget_does_not_matter(chain, data, kind):
    _, chosen, backbone = chain.stages[1]
    found, whole = (draw(settings_of(chosen, kind=kind), data, [chain.coarse], atoms,
                         backbone=backbone) for atoms in (1, 10**6))
    assert largest_difference(found, whole) < 1e-3


@pytest.mark.parametrize("precision", ["16-mixed", "bf16-mixed"])
def test_sampling_in_16_bits_stays_near(chain, data, precision):
    _, chosen, backbone = chain.stages[1]
    full, mixed = (draw(settings_of(chosen, precision=name), data, [chain.coarse],
                        backbone=backbone) for name in ("32-true", precision))
    assert all(e.ok.all() for e in mixed) and 0 < largest_difference(mixed, full) < 0.5


def test_conformers_that_diverge_are_drawn_again_in_half_steps(chain, data):
    """The second of each molecule is lost each time; its reason says what was tried."""
    _, chosen, backbone = chain.stages[1]

    class Lost(torch.nn.Module):
        calls = 0

        def forward(self, batch, pos, time, guide, **options):
            Lost.calls += 1
            found = backbone(batch, pos, time, guide)
            lost = (batch.conformer == 1)[batch.batch].unsqueeze(-1)
            return found._replace(vectors=torch.where(lost, torch.nan, found.vectors))

    for one in draw(settings_of(chosen), data, [chain.coarse], backbone=Lost()):
        assert one.reasons == ("", "diverged twice, the second time in half steps", "")
    assert Lost.calls == 20 + 40


def test_a_run_that_stopped_goes_on_to_the_same_bytes(data, tmp_path, monkeypatch):
    settings = TrainSettings(name="e", seed=3, stage=stage(
        True, "harmonic", iterations=12, validate_every=4, checkpoint_every=5, cosine_cycle=5))
    train(tmp_path / "whole", data, settings)
    plain = StageTraining.step

    def stopping(self, batch, progress):
        if progress.step == 8:
            raise InterruptedError
        plain(self, batch, progress)

    monkeypatch.setattr(StageTraining, "step", stopping)
    with pytest.raises(InterruptedError):
        train(tmp_path / "again", data, settings)
    monkeypatch.undo()
    train(tmp_path / "again", data, settings)
    for name in ("weights.pt", "curve.csv"):
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_samplers_of_other_processes_are_refused():
    with pytest.raises(InputError, match="flow_matching"):
        sampler_of(Langevin(), stage().process)
