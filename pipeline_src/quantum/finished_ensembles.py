"""Finished molecules of a reference set: what a stopped or extended run does not do again."""

import functools
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from pipeline_src.ensembles import Ensemble
from pipeline_src.ensembles.store import read_ensembles, write_ensembles
from pipeline_src.quantum.manifest import read_manifest
from pipeline_src.run.files import write_json
from pipeline_src.run.settings.reference import ConformerSearch

RECIPE = 1  # raise it when the code gives other ensembles for the same settings
_OF_THE_CLOCK = {"timeout_s": True, "engine": {"timeout_s"}}


def molecule_key(name: str, smiles: str, search: ConformerSearch) -> str:
    """16 hex digits over all that shapes the molecule's ensemble, versions of programs left out.

    So another version of xtb or RDKit goes on with a set instead of making it anew; the manifest
    has the version of each row. A later setting that is none by default changes no key.
    """
    settings = search.model_dump(mode="json", exclude=_OF_THE_CLOCK, exclude_none=True)
    text = json.dumps([RECIPE, name, smiles, settings], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class FinishedEnsembles:
    """A folder of two small files a molecule, written atomically, and sets finished earlier.

    A manifest row (JSON, written last) and the ensemble (Parquet, if there is one), both named by
    ``molecule_key``: what other settings left behind is never taken up, and being stopped at any
    moment leaves the folder valid.

    Args:
        folder: made when first needed.
        earlier: folders with ``manifest.csv`` and ``ensembles/`` of sets made before.
    """

    def __init__(self, folder: Path, earlier: Sequence[Path]):
        self.folder = folder
        self._earlier: dict[str, tuple[Path, dict]] = {}
        for place in earlier:
            for row in read_manifest(place / "manifest.csv"):
                if row["key"]:
                    self._earlier.setdefault(row["key"], (place, row))

    def get(self, key: str) -> tuple[dict, Ensemble | None] | None:
        """Manifest row and ensemble of a finished molecule, or None."""
        row_file = self.folder / f"{key}.json"
        if row_file.is_file():
            row = json.loads(row_file.read_text(encoding="utf-8"))
            if row["status"] != "ok":
                return row, None
            return row, next(read_ensembles(self.folder / f"{key}.parquet"))
        if key not in self._earlier:
            return None
        place, row = self._earlier[key]
        return row, _ensembles_of(place).get(row["molecule_id"]) if row["status"] == "ok" else None

    def put(self, key: str, row: dict, ensemble: Ensemble | None) -> None:
        """Keep a finished molecule."""
        if ensemble is not None:
            write_ensembles(self.folder / f"{key}.parquet", [ensemble])
        write_json(self.folder / f"{key}.json", row)


@functools.cache
def _ensembles_of(folder: Path) -> dict[str, Ensemble]:
    return {e.molecule.id: e for e in read_ensembles(folder / "ensembles")}
