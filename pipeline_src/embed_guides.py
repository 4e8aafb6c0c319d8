"""Rule ``embed_guides``: a source's conformers of the molecules a stage is trained on, matched."""

from pathlib import Path

from tqdm import tqdm

from pipeline_src.chem.matching_guides import match_guides
from pipeline_src.ensembles import Ensemble, Hierarchy
from pipeline_src.ensembles.resumed import write_resumed
from pipeline_src.ensembles.selection import sound_conformers
from pipeline_src.ensembles.split_table import read_split
from pipeline_src.ensembles.store import read_ensembles, read_hierarchies
from pipeline_src.run.errors import InputError
from pipeline_src.run.fingerprint import fingerprint
from pipeline_src.run.parts import load_part
from pipeline_src.run.settings.jobs import TrainSettings
from pipeline_src.run.step import OutPath, run_step


def embed_guides(settings: TrainSettings, ensembles: Path, hierarchies: Path, split: Path,
                 out: OutPath, code: str = "") -> None:
    """Write as many conformers of each training and validation molecule as it is trained with.

    The n-th is the partner of the n-th conformer that is trained on, in its frame; one that has
    none, as the source failed, is a row with the reason. The same command goes on where a stopped
    one was.

    Args:
        settings: name, stage and seed of the training.
        code: digest of the code; what a job with other code has left is not taken up.

    Raises:
        InputError: the stage's guide has no source, or a molecule lacks levels.
    """
    guide = settings.stage.guide
    if not (guide and guide.source):
        raise InputError("stage.guide.source", None, "a source", "Only such stages need guides.")
    wanted = {row.molecule for row in read_split(split) if row.subset in ("train", "val")}
    levels = {h.molecule.id: h for h in read_hierarchies(hierarchies, wanted)}
    if missing := wanted - levels.keys():
        raise InputError(str(hierarchies), f"no molecule {sorted(missing)[:5]}",
                         "the levels of every molecule of the split", "Extract them again.")
    key = fingerprint(settings.model_dump_json(), code, [ensembles, hierarchies, split])
    trained = (ensemble for ensemble in tqdm(
        read_ensembles(ensembles, wanted), desc="guides", total=len(wanted), unit=" molecules",
        disable=None) if ensemble.ok.any())
    write_resumed(out, key, trained,
                  lambda ensemble: _guides(ensemble, levels[ensemble.molecule.id], settings))


def _guides(ensemble: Ensemble, hierarchy: Hierarchy, settings: TrainSettings) -> Ensemble:
    stage = settings.stage
    hierarchy.check_levels(*stage.level_names())
    chosen = sound_conformers(ensemble, stage.training.max_conformers)
    embed = load_part("source", stage.guide.source)
    embedded = embed(hierarchy.molecule, len(chosen), settings.seed)
    return match_guides(ensemble.positions[chosen], embedded, hierarchy, stage.fragments)


if __name__ == "__main__":
    run_step(embed_guides)
