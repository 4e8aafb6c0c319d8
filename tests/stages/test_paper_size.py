"""The registered experiments at the paper's size: full width and T, but only twenty steps."""

import json
import math

import pytest
from small_stages import ROOT

from pipeline_src.ensembles.store import read_ensembles
from pipeline_src.run.registry import load_registry
from pipeline_src.run.settings import SampleSettings, Stage
from pipeline_src.run.settings.jobs import TrainSettings
from pipeline_src.run.settings.sampling import SampleCount
from pipeline_src.sample_stage import sample_stage
from pipeline_src.train_stage import train_stage

PARAMETERS = {"geodiff-heavy": 793_858, "geodiff-all-heavy": 1_197_826}
SHORT = {"iterations": 20, "validate_every": 10}


def shortened(registered: Stage) -> Stage:
    assert registered.backbone.width == 128 and registered.process.steps == 5000
    return registered.model_copy(
        update={"training": registered.training.model_copy(update=SHORT)})


@pytest.mark.parametrize("experiment", ["geodiff_qm9", "geodiff_drugs"])
def test_a_two_stage_chain_trains_and_samples(data, tmp_path, experiment):
    registry = load_registry(ROOT / "config")
    sampler = registry.experiments[experiment].samplers["langevin"].model_copy(
        update={"steps": 20})
    coarser = []
    for name, parameters in PARAMETERS.items():
        stage, folder = shortened(registry.stage(name, experiment)), tmp_path / name
        train_stage(
            TrainSettings(name=name, stage=stage, seed=1), "c", data.ensembles, data.hierarchies,
            data.split, folder / "rolling", 1, folder / "weights.pt", folder / "settings.json",
            folder / "curve.csv")
        settings = json.loads((folder / "settings.json").read_text())
        assert settings["trainable_parameters"] == parameters
        losses = [float(line.split(",")[1])
                  for line in (folder / "curve.csv").read_text().splitlines()[1:]]
        assert len(losses) == 2 and all(map(math.isfinite, losses))
        sample_stage(
            SampleSettings(name=name, stage=stage, sampler=sampler,
                           samples=SampleCount(per_reference=2), seed=1),
            folder / "weights.pt", folder / "settings.json", data.hierarchies, data.split, 0,
            coarser, 2000, 1,
            folder / "samples.parquet")
        coarser = [folder / "samples.parquet"]
        for sample, reference in zip(read_ensembles(coarser[0]), data.all[4:6], strict=True):
            beads = (reference.molecule.numbers > 1).sum() if stage.level == "heavy" else \
                reference.molecule.n_atoms
            assert sample.positions.shape == (6, beads, 3) and sample.ok.all()
