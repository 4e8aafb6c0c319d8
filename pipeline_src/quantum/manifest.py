"""The manifest of a reference set: a row per molecule, also where there is no ensemble."""

from pipeline_src.chem.molecule_table import MoleculeRow
from pipeline_src.ensembles import Ensemble
from pipeline_src.quantum.engines import Engine
from pipeline_src.quantum.ensemble_search import COUNTS

MANIFEST_COLUMNS = ("molecule_id", "smiles", "subset", "n_conformers", "status", "reason",
                    "geom_n_conformers", "n_atoms", "n_heavy",
                    *(name for name in COUNTS if name != "n_conformers"),
                    "engine", "engine_version", "key")


def manifest_row(row: MoleculeRow, engine: Engine | None, key: str, ensemble: Ensemble | None,
                 counts: dict[str, int], reason: str = "") -> dict:
    """One row; what is not known of a failed molecule is ''."""
    numbers = ensemble.molecule.numbers if ensemble else ()
    return {
        **dict.fromkeys(COUNTS, ""), **counts,
        "molecule_id": row.molecule_id, "smiles": row.smiles, "subset": row.subset,
        "geom_n_conformers": row.geom_n_conformers,
        "n_conformers": ensemble.n_conformers if ensemble else 0,
        "status": "ok" if ensemble else "failed", "reason": reason,
        "n_atoms": len(numbers) or "", "n_heavy": int(sum(z > 1 for z in numbers)) or "",
        "engine": engine.label, "engine_version": engine.version, "key": key,
    }
