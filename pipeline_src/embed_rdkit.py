"""Sample one shard of test molecules with RDKit: the sources of chains but oracle."""

from functools import partial
from pathlib import Path

from tqdm import tqdm

from pipeline_src.ensembles import Ensemble, Hierarchy
from pipeline_src.ensembles.resumed import write_resumed
from pipeline_src.ensembles.split_table import test_shard
from pipeline_src.ensembles.store import read_hierarchies
from pipeline_src.run.fingerprint import fingerprint
from pipeline_src.run.parts import load_part
from pipeline_src.run.settings.sampling import SourceSettings
from pipeline_src.run.step import OutPath, run_step


def embed_rdkit(settings: SourceSettings, hierarchies: Path, split: Path, shard: int,
                out: OutPath, code: str = "") -> None:
    """Write one sample shard (Parquet) at ``settings.level``; failed conformers are rows.

    All atoms are embedded; a coarser level has its beads of them. The same command goes on where a
    stopped one was.

    Args:
        code: digest of the code; what a job with other code has left is not taken up.

    Raises:
        InputError: the source is not one of RDKit's, or a molecule has no references to multiply.
    """
    wanted = set(test_shard(split, shard))
    molecules = [h for h in read_hierarchies(hierarchies) if h.molecule.id in wanted]
    key = fingerprint(settings.model_dump_json(), code, [hierarchies, split])
    write_resumed(out, key, tqdm(molecules, desc="embed", unit=" molecules", disable=None),
                  partial(_sample, settings=settings))


def _sample(hierarchy: Hierarchy, settings: SourceSettings) -> Ensemble:
    count = settings.samples.of(hierarchy.n_references, hierarchy.molecule.id)
    embed = load_part("source", settings.source)
    embedded = embed(hierarchy.molecule, count, settings.seed)
    if settings.level == "all":
        return embedded
    return Ensemble(hierarchy.beads(settings.level),
                    hierarchy.coarsen(embedded.positions, settings.level), settings.level,
                    reasons=embedded.reasons)


if __name__ == "__main__":
    run_step(embed_rdkit)
