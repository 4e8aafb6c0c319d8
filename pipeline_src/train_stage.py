"""Rule ``train_stage``: train one stage on one dataset with one seed, from wherever it stopped."""

from pathlib import Path

import torch

from pipeline_src.ensembles.split_table import split_hash
from pipeline_src.run.files import replacing_all, write_json, write_rows
from pipeline_src.run.fingerprint import fingerprint
from pipeline_src.run.settings.jobs import TrainSettings
from pipeline_src.run.spent import for_sidecar
from pipeline_src.run.step import OutPath, run_step
from pipeline_src.stages.assembly import build_backbone, count_parameters
from pipeline_src.stages.dataset import load_conformers
from pipeline_src.stages.rolling import RollingCheckpoint
from pipeline_src.stages.training import CURVE, StageTraining
from pipeline_src.stages.weights import save_atomically


def train_stage(
    settings: TrainSettings, code: str, ensembles: Path, hierarchies: Path, split: Path,
    run_dir: Path, threads: int, weights: OutPath, settings_out: OutPath, curve: OutPath,
    guides: list[Path] = (),
) -> dict:
    """Train a stage and write its EMA weights, its settings and its learning curve.

    The settings come with the atomic numbers (of beads of several atoms: kinds) seen in training
    and the hash of the split; the curve is that of the raw weights, before averaging.

    Args:
        settings: stage, name and seed.
        code: digest of the code; a rolling checkpoint made by other code is not taken up.
        run_dir: folder of the rolling checkpoint, the live curve and the TensorBoard log.
        threads: CPU threads.
        guides: what ``embed_guides`` made, where the stage's guide has a source; else none.
    """
    torch.set_num_threads(threads)
    subsets = [load_conformers(settings.stage, ensembles, hierarchies, split, subset,
                               *guides)
               for subset in ("train", "val")]
    key = fingerprint(settings.model_dump_json(), code, [ensembles, hierarchies, split, *guides])
    with RollingCheckpoint(run_dir, key) as rolling:
        training = StageTraining(settings, *subsets, rolling)
        state, rows = training.run()
    if not training.fabric.is_global_zero:  # a helper process of several GPUs
        return {}
    record = {
        **settings.model_dump(), "trainable_parameters": count_parameters(
            build_backbone(settings.stage)),
        "conformers": {"train": len(subsets[0]), "val": len(subsets[1])},
        "elements": subsets[0].elements(), "split_sha256": split_hash(split)}
    with replacing_all(weights, settings_out, curve) as (tensors, described, table):
        save_atomically(tensors, state)
        write_json(described, record)
        write_rows(table, CURVE, rows)
    return for_sidecar(rolling.earlier)


if __name__ == "__main__":
    run_step(train_stage)
