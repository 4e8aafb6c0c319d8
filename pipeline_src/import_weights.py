"""Rule ``import_weights``: another project's checkpoint as the weights of one of our stages."""

import hashlib
import sys
from pathlib import Path

from pipeline_src.ensembles.elements import element_numbers, name_elements
from pipeline_src.run.errors import InputError
from pipeline_src.run.files import replacing_all, write_json
from pipeline_src.run.parts import load_part
from pipeline_src.run.settings.jobs import WeightsSettings
from pipeline_src.run.settings.weights import GEOM_ELEMENTS
from pipeline_src.run.step import OutPath, run_step
from pipeline_src.stages.assembly import build_backbone, count_parameters
from pipeline_src.stages.foreign.base import ForeignWeights
from pipeline_src.stages.weights import save_atomically


def import_weights(
    settings: WeightsSettings, file: Path, weights: OutPath, settings_out: OutPath
) -> None:
    """Write what ``train_stage`` would write of the stage, but for the learning curve.

    Args:
        settings: stage and name.
        file: the checkpoint.

    Raises:
        InputError: it cannot be read or is of another network; an element is none.
    """
    stage = settings.stage
    foreign = load_part("weights", stage.weights.kind)(file, stage)
    elements, told = _elements(stage.weights.elements, foreign)
    for note in [*foreign.notes, *told]:
        print(f"{settings.name}: {note}", file=sys.stderr)
    record = {
        **settings.model_dump(), "elements": sorted(elements),
        "trainable_parameters": count_parameters(build_backbone(stage)),
        "imported": {**foreign.described, "sha256": _sha256(file)}}
    with replacing_all(weights, settings_out) as (tensors, described):
        save_atomically(tensors, foreign.state)
        write_json(described, record)


def _elements(declared: tuple[str, ...] | None,
              foreign: ForeignWeights) -> tuple[frozenset[int], list[str]]:
    """Atomic numbers trained on, and sentences on where they are known from.

    Declared ones that the file knows it has never seen are left out.
    """
    seen = foreign.elements
    if declared is None and seen is None:
        return element_numbers(GEOM_ELEMENTS), [
            "the file does not tell which elements it was trained on: taken to be those of GEOM"]
    if declared is None:
        return seen, [f"trained on {name_elements(seen)}, as the file's optimiser tells"]
    wanted = element_numbers(declared)
    unseen = wanted - seen if seen is not None else frozenset()
    if unseen == wanted:
        raise InputError("weights.elements", ", ".join(declared),
                         f"elements that the file was trained on: {name_elements(seen)}")
    return wanted - unseen, [f"{name_elements(unseen)} left out: by the file's optimiser never "
                             "trained on"] if unseen else []


def _sha256(file: Path) -> str:
    with open(file, "rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


if __name__ == "__main__":
    run_step(import_weights)
