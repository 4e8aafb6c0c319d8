"""Empty subsets, other settings under a rolling checkpoint, weights of another architecture."""

import shutil
from dataclasses import replace

import pytest
import torch
from small_stages import network, sample_settings, stage, train_settings, write_trained
from step_commands import command, contents, refusal

from pipeline_src.coarsen_reference import coarsen_reference
from pipeline_src.embed_rdkit import embed_rdkit
from pipeline_src.ensembles.split_table import read_split, write_split
from pipeline_src.sample_stage import sample_stage
from pipeline_src.score_geometry import score_geometry
from pipeline_src.split_dataset import split_dataset
from pipeline_src.stages.weights import save_atomically
from pipeline_src.train_stage import train_stage


def training(folder, data, code="c", split=None, **changes) -> dict:
    """Arguments of ``train_stage``: six steps, a checkpoint after the fourth."""
    settings = train_settings(iterations=6, validate_every=3, checkpoint_every=4, **changes)
    return {"settings": settings, "code": code, "ensembles": data.ensembles,
            "hierarchies": data.hierarchies, "split": split or data.split,
            "run_dir": folder / "rolling", "threads": 1, "weights": folder / "weights.pt",
            "settings_out": folder / "settings.json", "curve": folder / "curve.csv"}


def results(folder) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes()
            for name in ("weights.pt", "settings.json", "curve.csv")}


def moved(split, changed, subset, instead):
    """The split with the molecules of one subset in another; returns its path."""
    write_split(changed, [replace(row, subset=instead) if row.subset == subset else row
                          for row in read_split(split)])
    return changed


@pytest.mark.parametrize("subset, instead", [("train", "val"), ("val", "train")])
def test_an_empty_subset_trains_nothing(data, tmp_path, capsys, subset, instead):
    split = moved(data.split, tmp_path / "split.csv", subset, instead)
    (tmp_path / "out").mkdir()
    said = refusal(tmp_path / "out", capsys, "InputError", train_stage,
                   **training(tmp_path / "out", data, split=split))
    assert f"subset '{subset}': got 'no conformer', expected at least one molecule" in said
    assert "Change the split of the dataset" in said


@pytest.mark.parametrize("step", [embed_rdkit, coarsen_reference, sample_stage, score_geometry])
def test_an_empty_test_subset_is_an_error(data, tmp_path, capsys, step):
    split = moved(data.split, tmp_path / "split.csv", "test", "train")
    (tmp_path / "out").mkdir()
    common = {"split": split, "shard": 0, "out": tmp_path / "out/x"}
    source = {"source": "rdkit", "samples": {"count": 1}, "seed": 1}
    save_atomically(tmp_path / "w.pt", network(sample_settings()).state_dict())
    own = {
        embed_rdkit: {"settings": source, "hierarchies": data.hierarchies},
        coarsen_reference: {"settings": {**source, "source": "oracle"},
                            "ensembles": data.ensembles, "hierarchies": data.hierarchies},
        sample_stage: {"settings": sample_settings(), "weights": tmp_path / "w.pt",
                       "trained": write_trained(tmp_path / "s.json", stage()), "coarser": [],
                       "hierarchies": data.hierarchies, "atom_budget": 9, "threads": 1},
        score_geometry: {"settings": {"geometry": {}, "deltas_angstrom": [0.5]}, "threads": 1,
                         "ensembles": data.ensembles, "samples": data.samples}}
    said = refusal(tmp_path / "out", capsys, "InputError", step, **own[step], **common)
    assert "subset 'test': got 'no molecule', expected at least one molecule" in said


def test_an_empty_list_is_an_error(data, tmp_path, capsys):
    (tmp_path / "none.txt").write_text("# nobody\n\n")
    (tmp_path / "out").mkdir()
    said = refusal(
        tmp_path / "out", capsys, "InputError", split_dataset, ensembles=data.ensembles,
        settings={"split": {"kind": "lists", "test": str(tmp_path / "none.txt")}},
        out=tmp_path / "out/split.csv")
    assert "none.txt: got 'no entries', expected an id or SMILES on each line" in said


@pytest.mark.parametrize("change", [{"learning_rate": 2e-3}, {"code": "other"}, "data"])
def test_another_run_does_not_go_on_from_a_rolling_checkpoint(data, tmp_path, capsys, change):
    changed = {} if change == "data" else change
    split = tmp_path / "split.csv"
    shutil.copy(data.split, split)
    command(train_stage, **training(tmp_path / "one", data, split=split))
    assert (tmp_path / "one/rolling/state.pt").exists()
    if change == "data":
        write_split(split, read_split(split)[:-1])
    capsys.readouterr()
    command(train_stage, **training(tmp_path / "one", data, split=split, **changed))
    said = capsys.readouterr().err
    assert ("state.pt was made with other settings, data or code: training starts from step 0"
            in said) and "going on from" not in said
    command(train_stage, **training(tmp_path / "afresh", data, split=split, **changed))
    assert "other settings" not in capsys.readouterr().err
    assert results(tmp_path / "one") == results(tmp_path / "afresh")


def test_the_same_run_goes_on_and_says_so(data, tmp_path, capsys):
    command(train_stage, **training(tmp_path, data))
    first = results(tmp_path)
    capsys.readouterr()
    command(train_stage, **training(tmp_path, data))
    assert "going on from step 4 of 6" in capsys.readouterr().err
    assert results(tmp_path) == first


@pytest.mark.parametrize("spoil, phrase", [
    (lambda state: {**state, "more": torch.zeros(2)}, "unknown 'more'"),
    (lambda state: dict(list(state.items())[1:]), "no '"),
    (lambda state: {name: t[..., :1] for name, t in state.items()}, "has shape"),
])
def test_weights_of_another_architecture(data, tmp_path, capsys, spoil, phrase):
    settings = sample_settings()
    save_atomically(tmp_path / "w.pt", spoil(network(settings).state_dict()))
    (tmp_path / "out").mkdir()
    (tmp_path / "out/samples.parquet").write_text("earlier")
    said = refusal(
        tmp_path / "out", capsys, "InputError", sample_stage, settings=settings,
        weights=tmp_path / "w.pt", trained=write_trained(tmp_path / "s.json", settings.stage),
        hierarchies=data.hierarchies, split=data.split, shard=0, coarser=[], atom_budget=9,
        threads=1, out=tmp_path / "out/samples.parquet")
    assert "w.pt: got" in said and phrase in said
    assert "expected weights of this DualEncoder" in said
    assert "Train the stage again, or correct its backbone settings." in said


def test_weights_of_another_stage(data, tmp_path, capsys):
    """The settings beside the weights tell, before the weights are looked at."""
    command(train_stage, **training(tmp_path, data))
    before = contents(tmp_path)
    said = refusal(
        tmp_path, capsys, "InputError", sample_stage, settings=sample_settings(guided=True),
        weights=tmp_path / "weights.pt", trained=tmp_path / "settings.json",
        hierarchies=data.hierarchies, split=data.split, shard=0, coarser=[data.samples],
        atom_budget=9, threads=1, out=tmp_path / "samples.parquet")
    assert 'stage.backbone.kind: trained with "dual_encoder", asked for "guided_dual_encoder"' \
        in said
    assert contents(tmp_path) == before
