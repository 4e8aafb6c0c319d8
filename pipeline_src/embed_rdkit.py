"""Sample one shard of test molecules with RDKit: the sources of chains but oracle."""

from pathlib import Path

from tqdm import tqdm

from pipeline_src.ensembles import Ensemble, Hierarchy
from pipeline_src.ensembles.split_table import test_shard
from pipeline_src.ensembles.store import read_hierarchies, write_ensembles
from pipeline_src.run.parts import load_part
from pipeline_src.run.settings.sampling import SourceSettings
from pipeline_src.run.step import OutPath, run_step


def embed_rdkit(settings: SourceSettings, hierarchies: Path, split: Path, shard: int,
                out: OutPath) -> None:
    """Write one sample shard (Parquet) at ``settings.level``; failed conformers are rows.

    All atoms are embedded; a coarser level has its beads of them.

    Raises:
        InputError: the source is not one of RDKit's, or a molecule has no references to multiply.
    """
    wanted = set(test_shard(split, shard))
    molecules = list(read_hierarchies(hierarchies, wanted))
    write_ensembles(out, (_sample(h, settings)
                          for h in tqdm(molecules, desc="embed", unit=" molecules", disable=None)))


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
