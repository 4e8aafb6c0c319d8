"""The chain of fragments on the seven smallest molecules: levels, training, sampling, refusals."""

import csv
import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from small_stages import SMALL, network, train
from torch_geometric.data import Batch

from pipeline_src.backbones.edges import N_ELEMENTS
from pipeline_src.chem.vocabulary import read_vocabulary
from pipeline_src.coarsen_reference import coarsen_reference
from pipeline_src.ensembles.split_table import read_split, write_split
from pipeline_src.ensembles.store import read_ensembles, read_hierarchies, write_ensembles
from pipeline_src.extract_beads import extract_beads
from pipeline_src.learn_fragments import learn_fragments
from pipeline_src.run.errors import InputError
from pipeline_src.run.parts import PARTS
from pipeline_src.run.settings import SampleSettings, Stage
from pipeline_src.run.settings.experiment import GeometryGrid
from pipeline_src.run.settings.guides import Guide
from pipeline_src.run.settings.jobs import ScoreSettings, TrainSettings
from pipeline_src.run.settings.levels import MOST_KINDS, FragmentLevel
from pipeline_src.run.settings.sampling import SampleCount, SourceSettings
from pipeline_src.sample_stage import sample_stage
from pipeline_src.score_geometry import score_geometry
from pipeline_src.stages.dataset import load_conformers
from pipeline_src.stages.guiding import Guiding
from pipeline_src.stages.sampling import StageSampling
from pipeline_src.stages.shard import load_shard, name_kinds

VOCABULARY = FragmentLevel(vocabulary_size=8, elements=("C", "H", "N", "O"))
OPTIONS = {"fragments": VOCABULARY.model_dump(mode="json")}
CHAIN = {
    "fragments": {"level": "fragments"},
    "heavy": {"level": "heavy", "guide": {"level": "fragments",
                                          "upsampler": {"kind": "reconstruct"}}},
    "all": {"level": "all", "guide": {"level": "fragments", "upsampler": {"kind": "geometric"}}},
}


def stage(name: str) -> Stage:
    raw = CHAIN[name]
    kind = "guided_dual_encoder" if "guide" in raw else "dual_encoder"
    return Stage.model_validate({
        **raw, "levels": OPTIONS, "backbone": {"kind": kind, **SMALL}, "process": {"steps": 50},
        "training": {"iterations": 12, "batch_size": 4, "validate_every": 6, "checkpoint_every": 6,
                     "validation_batches": 2, "ema_decay": 0.9}})


def sample_settings(name: str) -> SampleSettings:
    return SampleSettings.model_validate({
        "name": name, "stage": stage(name), "seed": 1, "samples": {"count": 3},
        "sampler": {"kind": "langevin", "clip_local": 1.0, "clip_global": 1.0}})


def with_fragments(data, folder) -> SimpleNamespace:
    """The files of ``data`` with the level of fragments, through the real steps."""
    paths = SimpleNamespace(**vars(data))
    paths.vocabulary, paths.beads = folder / "vocabulary.csv", folder / "beads.csv"
    paths.hierarchies = folder / "hierarchies.parquet"
    learn_fragments(VOCABULARY, data.ensembles, data.split, paths.vocabulary)
    extract_beads(stage("all").beads(), data.hierarchies, [paths.vocabulary], [],
                  paths.hierarchies, paths.beads)
    return paths


@pytest.fixture(scope="module")
def fragments(data, tmp_path_factory):
    return with_fragments(data, tmp_path_factory.mktemp("fragments"))


@pytest.fixture(scope="module")
def trained(fragments, tmp_path_factory):
    """Folder of each trained stage."""
    folder = tmp_path_factory.mktemp("trained")
    return {name: train(folder / name, fragments, TrainSettings(name=name, stage=stage(name),
                                                                seed=3)) for name in CHAIN}


def test_the_vocabulary_is_that_of_the_training_molecules_alone(data, fragments):
    """Its elements count the atoms of the first three molecules, not those of the others."""
    entries = list(read_vocabulary(fragments.vocabulary).values())
    numbers = np.concatenate([e.molecule.numbers for e in data.all[:3]]).tolist()
    assert [e.count for e in entries[:4]] == [numbers.count(z) for z in (6, 1, 7, 8)]
    assert len(entries) == 8 and entries[4].count <= numbers.count(1)


def test_the_table_of_beads_counts_them(fragments):
    with open(fragments.beads, newline="", encoding="utf-8") as file:
        rows = {row["molecule"]: row for row in csv.DictReader(file)}
    made = {h.molecule.id: h for h in read_hierarchies(fragments.hierarchies)}
    assert rows.keys() == made.keys() and len(made) == 7
    for name, hierarchy in made.items():
        assert int(rows[name]["n_beads"]) == hierarchy.n_beads("fragments")
        assert 1 < hierarchy.n_beads("fragments") < hierarchy.molecule.n_atoms
        assert rows[name]["level"] == "fragments" and rows[name]["collapsed"] == "0"


def test_examples_hold_the_beads_and_those_of_the_guide(fragments):
    made = {h.molecule.id: h for h in read_hierarchies(fragments.hierarchies)}
    sets = {name: load_conformers(stage(name), fragments.ensembles, fragments.hierarchies,
                                  fragments.split, "train") for name in CHAIN}
    assert "bead_pos" not in sets["fragments"][0]
    for item in range(9):
        ensemble = fragments.all[item // 3]
        beads = made[ensemble.molecule.id].coarsen(ensemble.positions, "fragments")[item % 3]
        np.testing.assert_array_equal(sets["fragments"][item].pos.numpy(), beads)
        for name in ("heavy", "all"):
            np.testing.assert_array_equal(sets[name][item].bead_pos.numpy(), beads)
    heavy = fragments.all[0].molecule.numbers > 1
    np.testing.assert_array_equal(sets["heavy"][0].pos, fragments.all[0].positions[0][heavy])


def test_the_chain_trains_and_samples(fragments, trained, tmp_path):
    drawn, record = {}, json.loads((trained["fragments"] / "settings.json").read_text())
    assert record["elements"][0] == 0 and max(record["elements"]) <= 8  # kinds; F has kind 0
    assert json.loads((trained["all"] / "settings.json").read_text())["elements"] == [1, 6, 7, 8, 9]
    coarser = []
    for name in ("fragments", "heavy", "all"):
        out = tmp_path / f"{name}.parquet"
        sample_stage(sample_settings(name), trained[name] / "weights.pt",
                     trained[name] / "settings.json", fragments.hierarchies, fragments.split, 0,
                     coarser, 2000, 1, out)
        drawn[name] = {e.molecule.id: e for e in read_ensembles(out)}
        coarser = coarser or [out]  # both others are guided by the fragments
    made = {h.molecule.id: h for h in read_hierarchies(fragments.hierarchies)}
    for name, ensembles in drawn.items():
        assert len(ensembles) == 2
        for molecule, ensemble in ensembles.items():
            known = set(made[molecule].beads("fragments").numbers) <= set(record["elements"])
            assert ensemble.level == name and ensemble.n_conformers == 3
            assert ensemble.positions.shape[1] == made[molecule].n_beads(name)
            assert ensemble.ok.all() == known and ensemble.ok.any() == known
    assert any(e.ok.all() for e in drawn["all"].values())


def test_the_same_samples_alone_and_together(fragments):
    settings = sample_settings("all")
    coarse = network(sample_settings("fragments"))
    every = frozenset(range(100))

    def draw(molecules, budget):
        return StageSampling(settings, network(settings), torch.device("cpu")).run(
            molecules, budget)

    def shard():
        molecules = load_shard(sample_settings("fragments"), fragments.hierarchies,
                               fragments.split, 0, [], every)
        beads = StageSampling(sample_settings("fragments"), coarse, torch.device("cpu")).run(
            molecules, 10**6)
        path = fragments.beads.with_name("coarse.parquet")
        write_ensembles(path, beads)
        return load_shard(settings, fragments.hierarchies, fragments.split, 0, [path], every)

    together, alone = draw(shard(), 10**6), draw(shard(), 1)
    for one, other in zip(together, alone, strict=True):
        np.testing.assert_allclose(one.positions, other.positions, atol=0.01)


@pytest.mark.parametrize("augmentation", PARTS["augmentation"])
@pytest.mark.parametrize("name", ["heavy", "all"])
def test_every_augmentation_shakes_the_guide_of_fragments(fragments, name, augmentation):
    found = load_conformers(stage(name), fragments.ensembles, fragments.hierarchies,
                            fragments.split, "train")
    batch = Batch.from_data_list([found[i] for i in range(len(found))])
    batch.conformer = torch.arange(batch.num_graphs)
    settings = stage(name).guide.model_dump() | {"augmentation": {"kind": augmentation}}
    guiding = Guiding(Guide.model_validate(settings))
    directions, jitter = guiding.directions(batch, 0), guiding.jitter(batch, 0)
    uniform = torch.full((batch.num_graphs,), 0.5)
    guide = guiding.training(batch, uniform, jitter, directions)
    plain = guiding.sampled(batch, batch.bead_pos, directions)
    moved = (guide - plain).norm(dim=-1)
    assert guide.shape == batch.pos.shape and torch.isfinite(guide).all()
    assert (moved.max() == 0) == (augmentation == "none") and (moved > 0).all() == (
        augmentation != "none")
    if name == "all" and augmentation != "released":  # atoms of a bead move with it
        first = torch.stack([moved[batch.bead_of_atom == b].std(correction=0)
                             for b in range(len(batch.bead_pos))])
        assert first.max() < 1e-4


def test_a_kind_never_trained_on_is_a_reason(fragments):
    made = next(h for h in read_hierarchies(fragments.hierarchies))
    kinds = sorted(set(made.kinds["fragments"].tolist()))
    assert name_kinds(made, "fragments", kinds[:1]).startswith(f"fragments of kind {kinds[0]} (")
    molecules = load_shard(sample_settings("fragments"), fragments.hierarchies, fragments.split, 0,
                           [], frozenset())
    reason = molecules[0].reasons[0]
    assert "fragments of kind" in reason and "were not in the training data" in reason
    assert "element" not in reason


def test_the_true_beads_are_a_source(fragments, tmp_path):
    out = tmp_path / "oracle.parquet"
    settings = SourceSettings(source="oracle", level="fragments", samples=SampleCount(count=2),
                              seed=1)
    coarsen_reference(settings, fragments.ensembles, fragments.hierarchies, fragments.split, 0, out)
    made = {h.molecule.id: h for h in read_hierarchies(fragments.hierarchies)}
    for ensemble, reference in zip(read_ensembles(out), fragments.all[4:6], strict=True):
        expected = made[reference.molecule.id].coarsen(reference.positions[:2], "fragments")
        np.testing.assert_array_equal(ensemble.positions, expected)
        assert ensemble.level == "fragments"


def test_beads_of_several_atoms_are_not_scored(fragments, tmp_path):
    test_the_true_beads_are_a_source(fragments, tmp_path)
    settings = ScoreSettings(geometry=GeometryGrid(), deltas_angstrom=(0.5,))
    with pytest.raises(InputError, match="no symmetric RMSD"):
        score_geometry(settings, fragments.ensembles, fragments.split, 0,
                       tmp_path / "oracle.parquet", 1, tmp_path / "s.csv", fragments.hierarchies)


def test_files_without_the_level_are_refused(data, fragments):
    for name in CHAIN:
        with pytest.raises(InputError, match="extract_beads"):
            load_conformers(stage(name), data.ensembles, data.hierarchies, data.split, "train")
    with pytest.raises(InputError, match="no vocabulary"):
        extract_beads(stage("all").beads(), data.hierarchies, [], [],
                      fragments.beads.with_name("a"), fragments.beads.with_name("b"))


def test_a_dataset_without_training_molecules_teaches_nothing(data, tmp_path):
    split = tmp_path / "split.csv"
    write_split(split, [replace(row, subset="test") for row in read_split(data.split)])
    with pytest.raises(InputError, match="subset 'train'"):
        learn_fragments(VOCABULARY, data.ensembles, split, tmp_path / "v.csv")


def test_a_molecule_of_one_fragment_goes_through(methanes, tmp_path):
    """Methane as one bead: the coarse stage has a single node and no pair."""
    paths = with_fragments(methanes, tmp_path)
    assert [h.n_beads("fragments") for h in read_hierarchies(paths.hierarchies)] == [1, 1, 1]
    coarser = []
    for name in ("fragments", "all"):
        folder = train(tmp_path / name, paths, TrainSettings(name=name, stage=stage(name), seed=3))
        out = tmp_path / f"{name}.parquet"
        sample_stage(sample_settings(name), folder / "weights.pt", folder / "settings.json",
                     paths.hierarchies, paths.split, 0, coarser, 2000, 1, out)
        coarser = [out]
    (drawn,) = read_ensembles(out)
    assert drawn.positions.shape == (3, 5, 3) and drawn.ok.all()


def test_every_kind_has_a_row_of_its_own_in_the_embeddings():
    assert MOST_KINDS + 1 == N_ELEMENTS
