"""EBD after GeoDiff, from training to samples, on the seven shipped smoke molecules."""

import subprocess
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from small_fragments import bond_error, settings_of, stage, train_losses
from small_stages import draw, largest_difference, network, sample_settings, train
from test_two_processes import assert_trained_as_one, command

from pipeline_src.ensembles import Ensemble
from pipeline_src.ensembles.store import write_ensembles
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.jobs import TrainSettings
from pipeline_src.stages.assembly import build_backbone
from pipeline_src.stages.weights import load_weights


@pytest.fixture(scope="module")
def chain(fragments, tmp_path_factory):
    """GeoDiff's samples of the heavy atoms, EBD trained, and its samples after them."""
    folder = tmp_path_factory.mktemp("ebd")
    coarse = folder / "heavy.parquet"
    write_ensembles(coarse, draw(sample_settings(level="heavy"), fragments))
    longer = stage(iterations=300, validate_every=60)
    train(folder / "ebd", fragments, TrainSettings(name="ebd", stage=longer, seed=3))
    backbone = build_backbone(stage())
    load_weights(backbone, folder / "ebd" / "weights.pt")
    samples = draw(settings_of(), fragments, [coarse], backbone=backbone)
    return SimpleNamespace(folder=folder, coarse=coarse, backbone=backbone, samples=samples)


@pytest.fixture(scope="module")
def true_heavy(fragments, tmp_path_factory):
    """The true heavy atoms of shard 0, as the oracle gives them."""
    path = tmp_path_factory.mktemp("true") / "heavy.parquet"
    heavy = [(e, np.flatnonzero(e.molecule.numbers > 1)) for e in fragments.all[4:6]]
    write_ensembles(path, [Ensemble(e.molecule.induced(atoms), e.positions[:, atoms], "heavy")
                           for e, atoms in heavy])
    return path


def test_the_loss_falls(chain):
    losses = train_losses(chain.folder / "ebd")
    assert len(losses) == 5 and np.isfinite(losses).all()
    assert losses[-1] < 0.5 * losses[0]


def test_samples_after_geodiff_are_sound(chain, fragments):
    assert [e.molecule.id for e in chain.samples] == [e.molecule.id for e in fragments.all[4:6]]
    for sample, reference in zip(chain.samples, fragments.all[4:6], strict=True):
        assert sample.positions.shape == (3, reference.molecule.n_atoms, 3)
        assert sample.level == "all" and sample.ok.all() and not any(sample.notes)
        assert np.abs(sample.positions.mean(axis=1)).max() < 1e-3
        assert len({p.tobytes() for p in sample.positions}) == 3


def test_after_true_heavy_atoms_it_finds_bonds(chain, fragments, true_heavy):
    """Of molecules it has not seen; better than the fresh network, and in fewer steps as well."""
    errors = {name: bond_error(draw(settings_of(steps), fragments, [true_heavy],
                                    backbone=backbone), fragments.all[4:6])
              for name, backbone, steps in (("trained", chain.backbone, None),
                                            ("three steps", chain.backbone, 3),
                                            ("fresh", network(settings_of()), None))}
    assert errors["trained"] < 0.4 and errors["three steps"] < 0.6 and errors["fresh"] > 1


@pytest.mark.parametrize("budget", [1, 40])
def test_the_atom_budget_does_not_matter(chain, fragments, true_heavy, budget):
    found, whole = (draw(settings_of(), fragments, [true_heavy], atoms, backbone=chain.backbone)
                    for atoms in (budget, 10**6))
    assert largest_difference(found, whole) < 1e-3


def test_conformers_that_diverge_are_drawn_again(chain, fragments, true_heavy):
    """The second of each molecule is lost each time; its reason says what was tried."""
    class Lost(torch.nn.Module):
        def forward(self, batch, pos, time, guide, **options):
            found = chain.backbone(batch, pos, time, guide)
            lost = (batch.conformer == 1)[batch.batch].unsqueeze(-1)
            return found._replace(vectors=torch.where(lost, torch.nan, found.vectors))

    for one, whole in zip(draw(settings_of(), fragments, [true_heavy], backbone=Lost()),
                          draw(settings_of(), fragments, [true_heavy], backbone=chain.backbone),
                          strict=True):
        assert one.reasons == ("", "diverged twice, the second time from other noise", "")
        assert np.abs(one.positions - whole.positions)[[0, 2]].max() < 1e-5


def test_levels_without_fragments_are_refused(chain, data):
    with pytest.raises(InputError, match="fragments"):
        draw(settings_of(), data, [chain.coarse], backbone=chain.backbone)


@pytest.mark.parametrize("training", [{"batch_size": 5, "atom_budget": 45}])
def test_two_processes_train_as_one(fragments, tmp_path, training):
    """The loss is a mean over graphs, of which the processes have different numbers in a step."""
    settings = TrainSettings(name="small", seed=3, stage=stage(
        iterations=10, validate_every=5, checkpoint_every=4, learning_rate=1e-3, **training))
    done = subprocess.run(command(tmp_path / "both", fragments, settings), capture_output=True,
                          text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    assert_trained_as_one(tmp_path / "both", fragments, tmp_path / "alone", settings)
