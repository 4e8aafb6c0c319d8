"""Step: typical generated conformers over their nearest references, for the report."""

import sys
from collections.abc import Iterator
from pathlib import Path

from tqdm import tqdm

from pipeline_src.chem.molecules import canonical_smiles, to_rdkit
from pipeline_src.ensembles import Ensemble
from pipeline_src.ensembles.store import read_ensembles
from pipeline_src.run.errors import InputError
from pipeline_src.run.files import write_json
from pipeline_src.run.settings.jobs import OverlaySettings, ScoredSource
from pipeline_src.run.step import OutPath, run_step
from pipeline_src.scores.overlay import median_overlay


def overlay_examples(settings: OverlaySettings, datasets: list[str], ensembles: list[Path],
                     out: OutPath) -> None:
    """Write a JSON list of overlays of the first molecules, by id, of every dataset.

    All chains of a dataset show the same molecules, those of its first source; a chain that was
    run with several seeds or samplers shows the first. A molecule without a usable sample has no
    overlay; it is named on stderr and is a row of the failures table.

    Args:
        settings: the sample shards and how many molecules.
        datasets: names of the datasets.
        ensembles: their folders of reference ensembles, in the same order.
        out: JSON.

    Raises:
        InputError: the lists do not fit, or a source is of another dataset.
    """
    if len(datasets) != len(ensembles):
        raise InputError("ensembles", len(ensembles), f"one folder for each of {datasets}")
    unknown = sorted({s.dataset for s in settings.sources} - set(datasets))
    if unknown:
        raise InputError("settings.sources", unknown, f"datasets among {datasets}")
    overlays = []
    for dataset, folder in tqdm(list(zip(datasets, ensembles, strict=True)),
                                desc="overlay_examples", unit="dataset", disable=None):
        overlays += _of_dataset(settings, dataset, folder)
    write_json(out, overlays)


def _of_dataset(settings: OverlaySettings, dataset: str, folder: Path) -> Iterator[dict]:
    chains: dict[str, ScoredSource] = {}
    for source in settings.sources:
        if source.dataset == dataset:
            chains.setdefault(source.chain, source)
    if not chains:
        return
    first = next(iter(chains.values()))
    ids = sorted(e.molecule.id for e in _samples(first))[:settings.molecules_per_dataset]
    references = _pick(read_ensembles(folder, ids), ids)
    for chain, source in chains.items():
        samples = _pick(_samples(source), ids)
        for name in ids:
            try:
                overlay = median_overlay(_known(references, name), _known(samples, name))
            except InputError as error:
                print(f"no overlay of {chain}, {dataset}: {error}", file=sys.stderr)
                continue
            yield {"chain": chain, "dataset": dataset, "molecule": name,
                   "smiles": canonical_smiles(to_rdkit(references[name].molecule)), **vars(overlay)}


def _samples(source: ScoredSource) -> Iterator[Ensemble]:
    for path in source.paths:
        yield from read_ensembles(Path(path))


def _pick(ensembles: Iterator[Ensemble], ids: list[str]) -> dict[str, Ensemble]:
    """The ensembles of ``ids``; reading stops when all are found."""
    found: dict[str, Ensemble] = {}
    for ensemble in ensembles:
        if ensemble.molecule.id in ids:
            found[ensemble.molecule.id] = ensemble
            if len(found) == len(ids):
                break
    return found


def _known(ensembles: dict[str, Ensemble], name: str) -> Ensemble:
    if name not in ensembles:
        raise InputError("molecule", name, "a molecule of both references and samples")
    return ensembles[name]


if __name__ == "__main__":
    run_step(overlay_examples)
