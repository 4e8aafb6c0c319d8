"""Chains trained on four molecules, through the library, for the overfitting tests."""

from pathlib import Path

import numpy as np
import torch

from pipeline_src.chem.embed import embed_distance_geometry
from pipeline_src.chem.fragments import add_fragments
from pipeline_src.chem.level_files import LevelFiles
from pipeline_src.chem.levels import extract_levels
from pipeline_src.chem.matching_guides import match_guides
from pipeline_src.chem.molecules import to_rdkit
from pipeline_src.chem.readers.sdf import read_sdf
from pipeline_src.chem.rmsd import rmsd_matrix
from pipeline_src.chem.vocabulary import learn_vocabulary
from pipeline_src.ensembles import Ensemble, Hierarchy
from pipeline_src.graphs.noise import stream_key
from pipeline_src.graphs.stage_graph import StageGraph, make_stage_graph
from pipeline_src.run.settings import SampleSettings, Stage
from pipeline_src.run.settings.jobs import TrainSettings
from pipeline_src.run.settings.levels import FragmentLevel, LevelOptions
from pipeline_src.run.settings.readers import SdfReader
from pipeline_src.stages.assembly import build_backbone
from pipeline_src.stages.dataset import ConformerDataset
from pipeline_src.stages.rolling import RollingCheckpoint
from pipeline_src.stages.sampling import StageSampling
from pipeline_src.stages.shard import ShardMolecule
from pipeline_src.stages.training import StageTraining

RESOURCES = Path(__file__).resolve().parents[2] / "resources"
# Achiral, at least seven heavy atoms, two rotatable bonds and four conformers each:
MOLECULES = {
    "qm9train-1148": "O=CCCc1ccc[nH]1",
    "qm9train-0361": "CCCOc1cocn1",
    "qm9train-0889": "COC(=O)CC(=O)CO",
    "qm9train-0784": "COCCC(=O)CCO",
}
CONFORMERS = 4
SEED = 1
# Four times GeoDiff's step, and far pairs from 2 Å on. Measured: with the exact score in place of a
# network, T = 1000 and all atoms, the median RMSD to the one reference falls from 0.09 to 0.02 Å;
# with a half-trained guided network, that to the guide's conformer from 0.76 to 0.47 Å. The sampler
# holds such steps to what each molecule bears (langevin.py).
SAMPLER = {"kind": "langevin", "step_size": 4e-6, "global_start_sigma": 2.0}


def read_shipped() -> dict[str, Ensemble]:
    """The shipped training molecules by their ids."""
    reader = SdfReader(paths=(str(RESOURCES / "mini_qm9" / "train.sdf.gz"),))
    return {e.molecule.id: e for e in read_sdf(reader) if isinstance(e, Ensemble)}


def read_four() -> list[Ensemble]:
    found = read_shipped()
    return [Ensemble(found[name].molecule, found[name].positions[:CONFORMERS])
            for name in MOLECULES]


def with_fragments(hierarchies: list[Hierarchy]) -> list[Hierarchy]:
    """The same with fragments, of a vocabulary learnt on all shipped training molecules."""
    options = LevelOptions(fragments=FragmentLevel())
    entries = learn_vocabulary((to_rdkit(e.molecule) for e in read_shipped().values()),
                               options.fragments)
    files = LevelFiles({entry.label: entry for entry in entries})
    return [add_fragments(hierarchy, options, files) for hierarchy in hierarchies]


def stage_settings(level: str, iterations: int, schnet_layers: int,
                   guide: dict | None = None) -> Stage:
    """Full width, few global layers: these molecules are small, and a core is one core."""
    return Stage.model_validate({
        "level": level, "guide": guide,
        "backbone": {"kind": "guided_dual_encoder" if guide else "dual_encoder",
                     "schnet_layers": schnet_layers},
        "process": {"steps": 1000},
        "training": {"iterations": iterations, "batch_size": 32, "validate_every": 250,
                     "checkpoint_every": iterations, "ema_decay": 0.995, "clip_norm": 10000,
                     "plateau_patience": 5}})


def examples(stage: Stage, ensembles: list[Ensemble],
             hierarchies: list[Hierarchy]) -> ConformerDataset:
    """All conformers at the stage's level, with their partners where the guide has a source."""
    guides = None
    if stage.guide and stage.guide.source:
        guides = [match_guides(e.positions, embed_distance_geometry(e.molecule, CONFORMERS, SEED),
                               h, stage.fragments).positions
                  for e, h in zip(ensembles, hierarchies, strict=True)]
    return ConformerDataset(
        [stage_graph(stage, h) for h in hierarchies],
        [np.ascontiguousarray(e.positions[:, h.levels[stage.level]])
         for e, h in zip(ensembles, hierarchies, strict=True)],
        [e.molecule.id for e in ensembles], guides)


def stage_graph(stage: Stage, hierarchy: Hierarchy) -> StageGraph:
    return make_stage_graph(hierarchy, stage.level, stage.guide.level if stage.guide else None,
                            stage.fragments)


def train(stage: Stage, name: str, ensembles: list[Ensemble], folder: Path,
          hierarchies: list[Hierarchy] | None = None) -> torch.nn.Module:
    """The stage trained on all conformers of ``ensembles``, which also validate.

    Args:
        folder: where its checkpoints go; what is there is gone on from.
        hierarchies: with fragments, if the stage names them; None: the plain ones.
    """
    data = examples(stage, ensembles, hierarchies or
                    [extract_levels(e.molecule, e.n_conformers) for e in ensembles])
    with RollingCheckpoint(folder / name, "test") as rolling:
        weights, _ = StageTraining(TrainSettings(name=name, stage=stage, seed=SEED), data, data,
                                   rolling).run()
    backbone = build_backbone(stage)
    backbone.load_state_dict(weights)
    return backbone


def draw(stage: Stage, name: str, backbone: torch.nn.Module, hierarchies: list[Hierarchy],
         coarse: list[np.ndarray] | None, count: int,
         sampler: dict | None = None) -> list[Ensemble]:
    settings = SampleSettings.model_validate({
        "name": name, "stage": stage, "sampler": sampler or SAMPLER, "samples": {"count": count},
        "seed": SEED})
    molecules = []
    for number, hierarchy in enumerate(hierarchies):
        graph = stage_graph(stage, hierarchy)
        graph.key = torch.tensor([stream_key(SEED, name, hierarchy.molecule.id)])
        molecules.append(ShardMolecule(hierarchy, graph, coarse[number] if coarse else None,
                                       [""] * count))
    return StageSampling(settings, backbone, torch.device("cpu")).run(molecules, 2000)


def heavy_matching(references: list[Ensemble], samples: list[Ensemble]) -> float:
    """Mean over molecules of the heavy-atom MAT-R, Å; failed samples left out, infinite if all."""
    return float(np.mean([
        rmsd_matrix(r.molecule, r.positions, s.positions[s.ok], True).min(axis=1).mean()
        if s.ok.any() else np.inf for r, s in zip(references, samples, strict=True)]))
