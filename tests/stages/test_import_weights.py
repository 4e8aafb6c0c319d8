"""The step that turns a foreign file into what training would have left."""

import hashlib
import json

import numpy as np
import pytest
from foreign_checkpoints import Sizes, directed_scores, make_state, save, train_a_step
from hand_made import hierarchy, stage_batch
from small_stages import command_line

from pipeline_src.ensembles.elements import element_numbers
from pipeline_src.ensembles.store import read_ensembles
from pipeline_src.import_weights import import_weights
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings import SampleSettings, Stage
from pipeline_src.run.settings.jobs import WeightsSettings
from pipeline_src.run.settings.weights import GEOM_ELEMENTS
from pipeline_src.run.step import run_step
from pipeline_src.sample_stage import sample_stage
from pipeline_src.stages.trained import trained_elements

SIZES = Sizes(hidden_dim=16, num_convs=2, num_convs_local=2, steps=50)


def settings_of(elements=None, sizes=SIZES, level="all", name="foreign"):
    return WeightsSettings(name=name, stage=Stage.model_validate({
        "level": level, "guide": {"level": "heavy"} if sizes.guided else None,
        "backbone": sizes.backbone(), "process": {"steps": 50},
        "weights": {"kind": "msgen", "path": "x.pt", "elements": elements}}))


def with_optimiser(path, smiles="CCO"):
    """A file that was trained for a step on one molecule."""
    state, batch = make_state(SIZES), stage_batch(smiles, coarse=None)
    return save(path, SIZES, state, **train_a_step(state, lambda: directed_scores(
        state, SIZES, hierarchy(smiles).molecule, batch.numbers, batch.pos)))


def run(folder, file, settings):
    """What the step writes: record and weights' bytes."""
    import_weights(settings, file, folder / "weights.pt", folder / "settings.json")
    return json.loads((folder / "settings.json").read_text()), (folder / "weights.pt").read_bytes()


def test_the_record_is_a_trained_stage_s_and_says_where_it_is_from(tmp_path):
    file = save(tmp_path / "x.pt", SIZES, make_state(SIZES))
    record, _ = run(tmp_path, file, settings_of())
    assert record["imported"]["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert record["imported"]["iteration"] == 3
    assert record["imported"]["model"]["num_diffusion_timesteps"] == 50
    assert trained_elements(tmp_path / "settings.json", settings_of().stage) == element_numbers(
        GEOM_ELEMENTS)
    with pytest.raises(InputError, match="stage.weights.path: trained with"):
        trained_elements(tmp_path / "settings.json", settings_of().stage.model_copy(update={
            "weights": settings_of().stage.weights.model_copy(update={"path": "y.pt"})}))


def test_equal_files_give_equal_bytes(tmp_path):
    file = with_optimiser(tmp_path / "x.pt")
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    assert run(tmp_path / "a", file, settings_of()) == run(tmp_path / "b", file, settings_of())


@pytest.mark.parametrize(("declared", "found"), [
    (None, {1, 6, 8}), (["C", "H"], {1, 6}), (["C", "N", "O"], {6, 8})])
def test_elements_are_those_declared_that_the_file_knows(tmp_path, capsys, declared, found):
    record, _ = run(tmp_path, with_optimiser(tmp_path / "x.pt"), settings_of(declared))
    assert set(record["elements"]) == found
    told = capsys.readouterr().err
    assert ("element N left out" in told) == (declared == ["C", "N", "O"])
    assert ("trained on elements H, C, O" in told) == (declared is None)


@pytest.mark.parametrize(("declared", "told"), [
    (["N", "S"], "elements that the file was trained on: elements H, C, O"),
    (["C", "Xx"], "got 'Xx', expected symbols of elements")])
def test_elements_that_cannot_be_are_refused(tmp_path, declared, told):
    with pytest.raises(InputError, match=told):
        run(tmp_path, with_optimiser(tmp_path / "x.pt"), settings_of(declared))
    assert not (tmp_path / "weights.pt").exists() and not (tmp_path / "settings.json").exists()


def test_the_command_ends_with_a_sentence(tmp_path, capsys):
    arguments = {"settings": settings_of(), "file": tmp_path / "none.pt",
                 "weights": tmp_path / "weights.pt", "settings_out": tmp_path / "settings.json"}
    with pytest.raises(SystemExit) as caught:
        run_step(import_weights, command_line(arguments))
    assert caught.value.code == 2 and "Name a checkpoint file" in capsys.readouterr().err


def test_a_chain_of_imported_stages_is_sampled(data, tmp_path):
    """Heavy atoms, then all guided by them; molecules of other elements fail with a reason."""
    coarser = []
    for sizes, level, elements in ((SIZES, "heavy", None), (
            Sizes(True, hidden_dim=16, num_convs=2, num_convs_local=2, steps=50), "all",
            ["H", "C", "N"])):
        folder = tmp_path / level
        folder.mkdir()
        settings = settings_of(elements, sizes, level, name=level)
        run(folder, save(folder / "x.pt", sizes, make_state(sizes)), settings)
        sampling = SampleSettings.model_validate({
            **settings.model_dump(), "seed": 1, "samples": {"count": 2},
            "sampler": {"kind": "langevin", "clip_local": 1.0, "clip_global": 1.0}})
        sample_stage(sampling, folder / "weights.pt", folder / "settings.json", data.hierarchies,
                     data.split, 0, coarser, 10**6, 1, folder / "out.parquet")
        coarser = [folder / "out.parquet"]
    for sample in read_ensembles(coarser[0]):
        strange = bool(set(sample.molecule.numbers.tolist()) - {1, 6, 7})
        assert sample.ok.tolist() == [not strange] * 2
        assert np.isfinite(sample.positions).all() == (not strange)
        assert not strange or "not in the training data of all" in sample.reasons[0]
