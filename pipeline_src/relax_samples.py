"""Step: one shard of samples, or of references, after a force field or GFN2-xTB."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from tqdm import tqdm

from pipeline_src.ensembles import Ensemble
from pipeline_src.ensembles.resumed import resumed
from pipeline_src.ensembles.split_table import test_shard
from pipeline_src.ensembles.store import read_ensembles, write_ensembles
from pipeline_src.quantum.relaxed_pairs import COLUMNS, Pairing, strain_rows
from pipeline_src.run.allocation import Allocation
from pipeline_src.run.errors import Interrupted
from pipeline_src.run.files import replacing_all, write_rows
from pipeline_src.run.fingerprint import fingerprint
from pipeline_src.run.parts import load_part
from pipeline_src.run.settings.jobs import RelaxJob
from pipeline_src.run.step import OutPath, run_step


def relax_samples(settings: RelaxJob, samples: Path, split: Path, shard: int, out: OutPath,
                  energies: OutPath, code: str = "") -> dict:
    """Write the relaxed conformers of the shard's molecules, and what they lost in energy.

    A conformer whose relaxation failed is a row with the reason, and without positions. The same
    command goes on where a stopped one was, molecule by molecule. Returns the version of the
    relaxer's program.

    Args:
        settings: the relaxer, and which conformers of a molecule it relaxes.
        samples: sample shard, or the folder of the reference ensembles; Parquet.
        split: the split table; rows of subset 'test' and of ``shard`` are relaxed.
        shard: number of the shard.
        out: ensembles of the relaxed conformers alone, with their energies; Parquet.
        energies: CSV, a row per conformer: energies before and after, and their difference.
        code: digest of the code; what a job with other code has left is not taken up.

    Raises:
        InputError: samples of a level coarser than 'all', or no program for the relaxer.
        Interrupted: the allocation is nearly over.
    """
    ids = test_shard(split, shard)
    relaxer = load_part("relaxer", settings.relaxer.kind)(settings.relaxer)
    pairing = Pairing(relaxer, settings.relaxer.conformers, settings.seed)
    key = fingerprint(settings.model_dump_json() + relaxer.version, code, [samples, split])
    rows, found = [], set()

    def finished(pairs: Iterator[Ensemble]) -> Iterator[Ensemble]:
        for sample, pair in zip(read_ensembles(samples, set(ids)), pairs, strict=True):
            found.add(sample.molecule.id)
            rows.extend(strain_rows(pair, pairing.drawn(sample)))
            yield _after(pair)

    tasks = _while_there_is_time(tqdm(read_ensembles(samples, set(ids)), desc=relaxer.label,
                                      total=len(ids), unit=" molecules", disable=None))
    with resumed(out, key, tasks, pairing.relaxed) as pairs, \
            replacing_all(out, energies) as (shard_file, table):
        write_ensembles(shard_file, finished(pairs))
        rows += [_missing(name) for name in ids if name not in found]
        write_rows(table, COLUMNS, rows)
    return {"versions": {settings.relaxer.kind: relaxer.version}}


def _after(pair: Ensemble) -> Ensemble:
    """The second half of a pair: the relaxed conformers."""
    half = pair.n_conformers // 2
    notes = pair.notes[:half]  # what is to be known of them as they were drawn
    return Ensemble(pair.molecule, np.ascontiguousarray(pair.positions[half:]),
                    energies_hartree=pair.energies_hartree[half:].copy(),
                    reasons=pair.reasons[half:], notes=notes)


def _missing(molecule: str) -> dict:
    return {**dict.fromkeys(COLUMNS), "molecule": molecule, "status": "failed",
            "reason": "molecule missing from the samples"}


def _while_there_is_time(samples: Iterator[Ensemble]) -> Iterator[Ensemble]:
    allocation = Allocation()
    for sample in samples:
        if allocation.nearly_over():
            raise Interrupted("its allocation is nearly over; run the same command to go on.")
        yield sample


if __name__ == "__main__":
    run_step(relax_samples)
