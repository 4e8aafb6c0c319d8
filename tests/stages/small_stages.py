"""Small molecules and tiny stages for the tests of the stages room."""

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch
from torch import nn

from pipeline_src.chem.levels import extract_levels
from pipeline_src.chem.readers.sdf import read_sdf
from pipeline_src.ensembles import Ensemble, Molecule
from pipeline_src.ensembles.split_table import SplitRow, write_split
from pipeline_src.ensembles.store import write_ensembles, write_hierarchies
from pipeline_src.run.settings import SampleSettings, Stage
from pipeline_src.run.settings.jobs import TrainSettings
from pipeline_src.run.settings.readers import SdfReader
from pipeline_src.stages.assembly import build_backbone
from pipeline_src.stages.sampling import StageSampling
from pipeline_src.stages.shard import load_shard
from pipeline_src.train_stage import train_stage

ROOT = Path(__file__).resolve().parents[2]
SUBSETS = [("train", 0), ("train", 0), ("train", 0), ("val", 0), ("test", 0), ("test", 0),
           ("test", 1)]
EVERY_ELEMENT = frozenset(range(1, 119))
SMALL = {"width": 8, "schnet_layers": 2, "gin_layers": 2}


def read_smoke() -> list[Ensemble]:
    """The seven molecules of the smoke dataset, three conformers each."""
    reader = SdfReader(paths=(str(ROOT / "resources/mini_qm9/smoke.sdf.gz"),))
    return [e for e in read_sdf(reader) if isinstance(e, Ensemble)]


def methane(name: str) -> Ensemble:
    """One conformer of methane."""
    ends = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]])
    positions = np.concatenate([[[0, 0, 0]], 0.63 * ends]).astype(np.float32)
    molecule = Molecule(
        name, "[C:1]([H:2])([H:3])([H:4])[H:5]", np.array([6, 1, 1, 1, 1]),
        np.zeros(5, dtype=np.int64), np.array([[0, 1], [0, 2], [0, 3], [0, 4]]),
        np.ones(4, dtype=np.int64))
    return Ensemble(molecule, positions[None])


def write_dataset(folder: Path, ensembles: list[Ensemble], subsets) -> SimpleNamespace:
    """Files of a dataset: the Nth molecule goes to the Nth (subset, shard)."""
    paths = SimpleNamespace(ensembles=folder / "ensembles", split=folder / "split.csv",
                            hierarchies=folder / "hierarchy.parquet", all=ensembles)
    write_ensembles(paths.ensembles / "part-000.parquet", ensembles)
    write_hierarchies(paths.hierarchies,
                      [extract_levels(e.molecule, e.n_conformers) for e in ensembles])
    write_split(paths.split, [SplitRow(e.molecule.id, subset, shard, e.n_conformers, 1)
                              for e, (subset, shard) in zip(ensembles, subsets, strict=True)])
    return paths


def stage(guided: bool = False, level: str = "all", **training) -> Stage:
    """A tiny stage; ``guided``: by the heavy atoms."""
    kind = "guided_dual_encoder" if guided else "dual_encoder"
    return Stage.model_validate({
        "level": level, "guide": {"level": "heavy"} if guided else None,
        "backbone": {"kind": kind, **SMALL}, "process": {"steps": 50},
        "training": {"iterations": 30, "batch_size": 4, "validate_every": 10,
                     "checkpoint_every": 4, "validation_batches": 2, "ema_decay": 0.9,
                     **training}})


def train_settings(**options) -> TrainSettings:
    return TrainSettings(name="small", stage=stage(**options), seed=3)


def train_arguments(folder: Path, data, settings: TrainSettings, code: str = "c") -> dict:
    """Arguments of ``train_stage`` with everything it writes under ``folder``."""
    return {"settings": settings, "code": code, "ensembles": data.ensembles,
            "hierarchies": data.hierarchies, "split": data.split, "run_dir": folder / "rolling",
            "threads": 1, "weights": folder / "weights.pt",
            "settings_out": folder / "settings.json", "curve": folder / "curve.csv"}


def train(folder: Path, data, settings: TrainSettings, code: str = "c",
          guides: tuple[Path, ...] = ()) -> Path:
    """Train in this process; returns ``folder``."""
    train_stage(**train_arguments(folder, data, settings, code), guides=guides)
    return folder


def command_line(arguments: dict) -> list[str]:
    """The arguments as a step gets them."""
    return [word for name, value in arguments.items() for word in (
        "--" + name.replace("_", "-"),
        value.model_dump_json() if hasattr(value, "model_dump_json") else str(value))]


def python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]


def sample_settings(guided: bool = False, seed: int = 1, samples: dict | None = None,
                    sampler: dict | None = None, **options) -> SampleSettings:
    return SampleSettings.model_validate({
        "name": "small", "stage": stage(guided, **options), "seed": seed,
        "sampler": {"kind": "langevin", "clip_local": 1.0, "clip_global": 1.0, **(sampler or {})},
        "samples": samples or {"count": 3}})


def network(settings: SampleSettings) -> nn.Module:
    """An untrained network, always with the same weights."""
    torch.manual_seed(11)
    return build_backbone(settings.stage)


def draw(settings: SampleSettings, data, coarser: list[Path] = (), budget: int = 10**6,
         shard: int = 0, backbone: nn.Module | None = None,
         elements: frozenset[int] = EVERY_ELEMENT) -> list[Ensemble]:
    """Samples of one shard from an untrained network."""
    molecules = load_shard(settings, data.hierarchies, data.split, shard, list(coarser),
                           elements)
    return StageSampling(settings, backbone or network(settings), torch.device("cpu")).run(
        molecules, budget)


def write_trained(path: Path, stage: Stage, elements=EVERY_ELEMENT) -> Path:
    """A ``settings.json`` with what sampling reads of it."""
    path.write_text(json.dumps({"stage": stage.model_dump(mode="json"),
                                "elements": sorted(elements)}))
    return path


def largest_difference(first: list[Ensemble], second: list[Ensemble]) -> float:
    """Å, over all coordinates."""
    return max(float(np.abs(a.positions - b.positions).max())
               for a, b in zip(first, second, strict=True))
