"""EBD alone: its fragment centres are those of conformers by distance geometry."""

import numpy as np
import pytest
from small_fragments import bond_error, settings_of, stage, train_losses
from small_stages import draw, network, train

from pipeline_src.embed_guides import embed_guides
from pipeline_src.embed_rdkit import embed_rdkit
from pipeline_src.ensembles.store import read_ensembles, write_ensembles
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.jobs import TrainSettings
from pipeline_src.run.settings.sampling import SourceSettings
from pipeline_src.stages.assembly import build_backbone
from pipeline_src.stages.dataset import load_conformers
from pipeline_src.stages.weights import load_weights

SOURCE = "distance-geometry"
SETTINGS = TrainSettings(name="ebd", stage=stage(SOURCE), seed=3)


@pytest.fixture(scope="module")
def guides(fragments, tmp_path_factory):
    path = tmp_path_factory.mktemp("guides") / "guides.parquet"
    embed_guides(SETTINGS, fragments.ensembles, fragments.hierarchies, fragments.split, path)
    return path


def load(fragments, guides, subset="train", **training):
    return load_conformers(stage(SOURCE, **training), fragments.ensembles, fragments.hierarchies,
                           fragments.split, subset, guides)


def test_each_training_conformer_has_a_guide_beside_it(fragments, guides):
    made = list(read_ensembles(guides))
    assert [e.molecule.id for e in made] == [e.molecule.id for e in fragments.all[:4]]
    for guide, reference in zip(made, fragments.all, strict=False):
        assert guide.n_conformers == reference.n_conformers and guide.ok.all()
        apart = np.abs(guide.positions.mean(axis=1) - reference.positions.mean(axis=1))
        assert apart.max() < 1e-4
    assert 0.01 < bond_error(made, fragments.all[:4]) < 0.1


def test_the_guide_of_an_example_is_its_partner(fragments, guides):
    found = load(fragments, guides)
    made = [p for e in read_ensembles(guides) for p in e.positions][: len(found)]
    for number, positions in enumerate(made):
        example = found[number]
        assert np.array_equal(example.bead_pos.numpy(), positions)
        assert not np.array_equal(example.pos.numpy(), positions)


def test_conformers_without_a_partner_are_not_trained_on(fragments, guides, tmp_path):
    made = list(read_ensembles(guides))
    first = made[0].positions.copy()
    first[1] = np.nan
    made[0] = type(made[0])(made[0].molecule, first, reasons=("", "not found", ""))
    made[1] = type(made[1])(made[1].molecule, np.full_like(made[1].positions, np.nan),
                            reasons=("not found",) * 3)
    write_ensembles(tmp_path / "guides.parquet", made)
    found, whole = load(fragments, tmp_path / "guides.parquet"), load(fragments, guides)
    kept = [0, 2, 6, 7, 8]
    assert len(found) == 5 and len(whole) == 9
    for number, old in enumerate(kept):
        for field in ("pos", "bead_pos"):
            assert np.array_equal(found[number][field], whole[old][field])


def test_guides_of_another_number_of_conformers_are_refused(fragments, guides):
    with pytest.raises(InputError, match="guides of .*3.*2, one for each"):
        load(fragments, guides, max_conformers=2)
    with pytest.raises(InputError, match="--guides"):
        load(fragments, None)
    with pytest.raises(InputError, match="--guides"):
        load_conformers(stage(), fragments.ensembles, fragments.hierarchies, fragments.split,
                        "train", guides)


def test_a_stage_without_a_source_needs_no_guides(fragments, tmp_path):
    with pytest.raises(InputError, match="source"):
        embed_guides(TrainSettings(name="ebd", stage=stage(), seed=3), fragments.ensembles,
                     fragments.hierarchies, fragments.split, tmp_path / "guides.parquet")


def test_it_learns_and_finds_bonds(fragments, guides, tmp_path):
    train(tmp_path / "ebd", fragments, SETTINGS, guides=(guides,))
    losses = train_losses(tmp_path / "ebd")
    assert np.isfinite(losses).all() and losses[-1] < 0.5 * losses[0]
    start = tmp_path / "start.parquet"
    embed_rdkit(SourceSettings(source=SOURCE, level="all", samples={"count": 3}, seed=1),
                fragments.hierarchies, fragments.split, 0, start)
    backbone = build_backbone(SETTINGS.stage)
    load_weights(backbone, tmp_path / "ebd" / "weights.pt")
    samples, fresh = (draw(settings_of(source=SOURCE), fragments, [start], backbone=b)
                      for b in (backbone, network(settings_of(source=SOURCE))))
    assert all(sample.ok.all() for sample in samples)
    errors = [bond_error(found, fragments.all[4:6]) for found in (samples, fresh)]
    assert errors[0] < 0.5 and errors[1] > 1
