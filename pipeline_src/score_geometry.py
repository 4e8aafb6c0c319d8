"""Step: COV/MAT of one shard of samples, a row per molecule, RMSD mode and threshold."""

import contextlib
import multiprocessing
import os
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from tqdm import tqdm

from pipeline_src.ensembles import Ensemble, Hierarchy
from pipeline_src.ensembles.split_table import test_shard
from pipeline_src.ensembles.store import read_ensembles, read_hierarchies
from pipeline_src.run.errors import InputError
from pipeline_src.run.files import write_rows
from pipeline_src.run.settings.jobs import ScoreSettings
from pipeline_src.run.settings.levels import GROUPED
from pipeline_src.run.step import OutPath, run_step
from pipeline_src.scores.geometry import COLUMNS, score_molecules

# Molecules at most whose superpositions are evaluated together; few, so that one portion with
# large molecules does not keep other processes waiting. Fewer still if each process gets less.
_PORTION = 16


def score_geometry(settings: ScoreSettings, ensembles: Path, split: Path, shard: int,
                   samples: Path, threads: int, out: OutPath,
                   hierarchies: Path | None = None) -> None:
    """Write the scores of the test molecules of one shard.

    Args:
        settings: thresholds and RMSD modes.
        ensembles: folder of reference ensembles.
        split: the split table; rows of subset 'test' and of ``shard`` are scored.
        shard: number of the shard.
        samples: generated ensembles of the shard.
        threads: processes at most.
        out: CSV of scores.
        hierarchies: needed for samples of a level coarser than 'all'.

    Raises:
        InputError: a molecule of the split has no ensemble, or coarse samples no hierarchies; the
            samples' beads are groups of atoms.
    """
    ids = test_shard(split, shard)
    wanted = set(ids)
    generated = {e.molecule.id: e for e in read_ensembles(samples) if e.molecule.id in wanted}
    levels = {e.level for e in generated.values()} or {"all"}
    if len(levels) > 1:
        raise InputError(str(samples), sorted(levels), "samples of one level")
    references = _references(ensembles, ids, levels.pop(), hierarchies)
    tasks = [(references[name], generated.get(name)) for name in ids]
    size = max(1, min(_PORTION, len(tasks) // threads))
    portions = [tasks[k:k + size] for k in range(0, len(tasks), size)]
    with _mapper(threads, len(portions)) as mapped, tqdm(
            total=len(tasks), desc="score_geometry", unit="mol", disable=None) as progress:
        write_rows(out, COLUMNS, _rows(mapped(partial(score_molecules, settings), portions),
                                       progress))


def _rows(portions: Iterable[list[list[dict]]], progress: tqdm) -> Iterator[dict]:
    for portion in portions:
        for rows in portion:
            yield from rows
        progress.update(len(portion))


@contextlib.contextmanager
def _mapper(threads: int, n_portions: int) -> Iterator:
    """``map`` over at most ``threads`` processes."""
    processes = min(threads, n_portions)
    if processes <= 1:
        yield map
        return
    spawn = multiprocessing.get_context("spawn")  # forking a process with Arrow threads may hang
    with ProcessPoolExecutor(processes, mp_context=spawn, initializer=_end_with_parent) as pool:
        yield pool.map


def _end_with_parent() -> None:
    """A process of the pool would wait for ever for the next task of a parent that was killed."""
    def wait() -> None:
        multiprocessing.parent_process().join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def _references(ensembles: Path, ids: list[str], level: str,
                hierarchies: Path | None) -> dict[str, Ensemble]:
    """The reference ensembles of ``ids``, restricted to the beads of ``level``."""
    wanted = set(ids)
    found = {e.molecule.id: e for e in read_ensembles(ensembles, wanted)}
    if wanted - set(found):
        raise InputError(str(ensembles), sorted(wanted - set(found))[:5],
                         "an ensemble for every molecule of the split")
    if level == "all":
        return found
    if level in GROUPED:
        raise InputError("samples", f"level '{level}'", "samples of atoms",
                         "Score the stage after it: groups of atoms have no symmetric RMSD.")
    if hierarchies is None:
        raise InputError("hierarchies", None, f"a hierarchy file, as the samples are '{level}'")
    beads = {h.molecule.id: h for h in read_hierarchies(hierarchies, wanted)}
    if wanted - set(beads):
        raise InputError(str(hierarchies), sorted(wanted - set(beads))[:5],
                         "a hierarchy for every molecule of the split")
    return {name: _restricted(found[name], beads[name], level) for name in ids}


def _restricted(reference: Ensemble, hierarchy: Hierarchy, level: str) -> Ensemble:
    return Ensemble(hierarchy.beads(level), hierarchy.coarsen(reference.positions, level), level,
                    reasons=reference.reasons)


if __name__ == "__main__":
    run_step(score_geometry)
