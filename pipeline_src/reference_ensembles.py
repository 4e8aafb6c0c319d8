"""Reference ensembles of one chunk of SMILES: found by ETKDG and GFN2-xTB, a row a molecule."""

from collections.abc import Iterator
from pathlib import Path

from tqdm import tqdm

from pipeline_src.chem.base import Refused
from pipeline_src.chem.molecule_table import MoleculeRow, read_molecule_table
from pipeline_src.chem.readers.smiles import molecule_from_smiles
from pipeline_src.ensembles import Ensemble
from pipeline_src.ensembles.store import write_ensembles
from pipeline_src.quantum.engines import Engine
from pipeline_src.quantum.ensemble_search import search_ensemble
from pipeline_src.quantum.finished_ensembles import FinishedEnsembles, molecule_key
from pipeline_src.quantum.manifest import MANIFEST_COLUMNS, failed_row, finished_row
from pipeline_src.run.errors import ConvergenceError, InputError, ResourceError
from pipeline_src.run.files import replacing_all, write_rows
from pipeline_src.run.parts import load_part
from pipeline_src.run.settings.reference import ConformerSearch, ReferenceJob
from pipeline_src.run.step import OutPath, run_step


def reference_ensembles(settings: ReferenceJob, molecules: Path, store: Path, earlier: list[Path],
                        out: OutPath, manifest: OutPath) -> dict:
    """Write the chunk's ensembles (Parquet) and manifest (CSV); returns the engine's version.

    Each finished molecule is kept in ``store``: the same command goes on from there after it was
    stopped, and other chunks or later runs with the same search do not do it again.

    Args:
        settings: the search, and which of the ``chunks`` runs of rows.
        molecules: CSV of ``chem.molecule_table``.
        store: folder of finished molecules.
        earlier: manifests of sets finished before, each with ensembles/ beside it.
        out: Parquet; molecules that failed are in the manifest only.
        manifest: CSV, a row per molecule.
    """
    if settings.chunk >= settings.chunks:
        raise InputError("chunk", settings.chunk, f"0 to {settings.chunks - 1}")
    rows = read_molecule_table(molecules)
    first, end = (k * len(rows) // settings.chunks for k in (settings.chunk, settings.chunk + 1))
    engine = load_part("engine", settings.search.engine.kind)(settings.search.engine)
    finished = FinishedEnsembles(store, [manifest.parent for manifest in earlier])
    done = list(_searched(rows[first:end], settings.search, engine, finished))
    with replacing_all(out, manifest) as (ensembles, table):
        write_ensembles(ensembles, (ensemble for _, ensemble in done if ensemble))
        write_rows(table, MANIFEST_COLUMNS, (row for row, _ in done))
    return {"versions": {settings.search.engine.kind: engine.version}}


def _searched(rows: list[MoleculeRow], search: ConformerSearch, engine: Engine,
              finished: FinishedEnsembles) -> Iterator[tuple[dict, Ensemble | None]]:
    for row in tqdm(rows, desc="reference ensembles", unit="molecule", disable=None):
        key = molecule_key(row.molecule_id, row.smiles, search)
        found = finished.get(key)
        if found:
            yield {**found[0], "subset": row.subset,
                   "geom_n_conformers": row.geom_n_conformers}, found[1]
            continue
        result, lasting = _search(row, search, engine, key)
        if lasting:
            finished.put(key, *result)
        yield result


def _search(row: MoleculeRow, search: ConformerSearch, engine: Engine,
            key: str) -> tuple[tuple[dict, Ensemble | None], bool]:
    """Row and ensemble, and whether it is worth keeping: a failure of the machine's is not."""
    try:
        molecule = molecule_from_smiles(row.smiles, row.molecule_id)
        ensemble, counts = search_ensemble(molecule, search, engine)
        return (finished_row(row, engine, key, ensemble, counts), ensemble), True
    except (Refused, InputError, ConvergenceError) as error:
        return (failed_row(row, engine, key, str(error)), None), True
    except ResourceError as error:
        return (failed_row(row, engine, "", str(error)), None), False


if __name__ == "__main__":
    run_step(reference_ensembles)
