"""Rule ``sample_stage``: one shard of samples from a trained stage, given the coarser samples."""

from pathlib import Path

import torch

from pipeline_src.ensembles.store import write_ensembles
from pipeline_src.run.errors import InputError
from pipeline_src.run.fingerprint import fingerprint
from pipeline_src.run.settings import SampleSettings
from pipeline_src.run.spent import for_sidecar
from pipeline_src.run.step import OutPath, run_step
from pipeline_src.stages.assembly import build_backbone
from pipeline_src.stages.sampling import StageSampling
from pipeline_src.stages.shard import load_shard
from pipeline_src.stages.trained import trained_elements
from pipeline_src.stages.unfinished import UnfinishedShard
from pipeline_src.stages.weights import load_weights


def sample_stage(
    settings: SampleSettings, weights: Path, trained: Path, hierarchies: Path, split: Path,
    shard: int, coarser: list[Path], atom_budget: int, threads: int, out: OutPath,
    code: str = "",
) -> dict:
    """Draw the conformers of every test molecule of a shard.

    How far the walks have come is kept in ``<out>.partial`` until the shard is written: the same
    command goes on from there after it was stopped.

    Args:
        settings: stage, sampler, how many conformers, seed.
        weights: ``weights.pt`` of the trained stage.
        trained: ``settings.json`` beside them; elements it does not list are not drawn.
        coarser: the coarser samples of the same shard; empty for a first stage.
        atom_budget: atoms in one batch at most; halves itself when memory runs out.
        threads: CPU threads.
        code: digest of the code; what a job with other code has left is not taken up.

    Raises:
        InputError: the trained stage is another one; or coarser samples are given to a stage
            without a guide, or lacking for one.
    """
    torch.set_num_threads(threads)
    if bool(coarser) != bool(settings.stage.guide):
        raise InputError("--coarser", [str(path) for path in coarser],
                         "coarser samples exactly when the stage has a guide")
    elements = trained_elements(trained, settings.stage)
    backbone = build_backbone(settings.stage)
    load_weights(backbone, weights)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    molecules = load_shard(settings, hierarchies, split, shard, coarser, elements)
    key = fingerprint(settings.model_dump_json(), code,
                      [weights, trained, hierarchies, split, *coarser])
    unfinished = UnfinishedShard(Path(f"{out}.partial"), key)
    sampling = StageSampling(settings, backbone, device, unfinished)
    write_ensembles(out, sampling.run(molecules, atom_budget))
    unfinished.remove()
    return for_sidecar(unfinished.earlier)


if __name__ == "__main__":
    run_step(sample_stage)
