"""The summary of GEOM's rdkit_folder: which molecules there are, in the file's order."""

import json
from pathlib import Path
from typing import NamedTuple

from pipeline_src.run.errors import InputError

_KEYS = {"pickle_path", "uniqueconfs", "totalconfs", "charge", "datasets", "temperature",
         "lowestenergy", "poplowestpct", "ensembleenergy"}
_LARGEST_BYTES = 1_000_000_000  # GEOM-Drugs': some 100 MB


class SummaryEntry(NamedTuple):
    """What the summary says of a molecule; None: the key is missing."""

    smiles: str
    pickle_path: object
    uniqueconfs: object


def read_summary(path: Path) -> list[SummaryEntry]:
    """The entries, in the file's order; only what an import needs of each stays in memory.

    Raises:
        InputError: the file is missing, unreadable, or not a summary.
    """
    hint = "As GEOM's summary_drugs.json: SMILES -> {pickle_path, uniqueconfs, ...}."
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise InputError(str(path), f"{path.stat().st_size / 1e6:.0f} MB", "a summary", hint)
        with open(path, encoding="utf-8") as file:
            content = json.load(file, object_pairs_hook=_slim)
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(str(path), f"{type(error).__name__}: {error}", "a readable summary",
                         hint) from None
    if content == {}:
        return []
    if not isinstance(content, tuple) or not any(isinstance(said, dict) for _, said in content):
        raise InputError(str(path), "something else", "a summary", hint)
    return [SummaryEntry(smiles, said.get("pickle_path"), said.get("uniqueconfs"))
            if isinstance(said, dict) else SummaryEntry(smiles, None, None)
            for smiles, said in content]


def _slim(pairs: list[tuple[str, object]]) -> dict | tuple:
    """Of an entry the keys an import needs, as a dict; of the summary all pairs."""
    if not pairs or any(key in _KEYS for key, _ in pairs):
        return {key: value for key, value in pairs if key in ("pickle_path", "uniqueconfs")}
    return tuple(pairs)
