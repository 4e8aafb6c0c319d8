"""Molecules that may be tested on only, such as those of another work's test list."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from rdkit import Chem, rdBase

from pipeline_src.chem.splits.base import Candidate, Candidates, parse
from pipeline_src.chem.splits.lists import read_entries
from pipeline_src.run.errors import InputError


def marked(molecules: Candidates, path: str | None) -> list[Candidate]:
    """The molecules, ``test_only`` for those the list at ``path`` names by id or by SMILES.

    SMILES are compared without stereo, so that no stereoisomer of a test molecule trains. The list
    may name molecules that the dataset lacks.

    Raises:
        InputError: the list cannot be read, or names none of the molecules.
    """
    if path is None:
        return list(molecules)
    entries = set(read_entries(Path(path)))
    graphs = set(_graphs(entries - {m.id for m in molecules}))
    found = [replace(m, test_only=m.id in entries or bool(graphs) and _graph(m.smiles) in graphs)
             for m in molecules]
    if not any(m.test_only for m in found):
        raise InputError(f"split.test_only: {path}", f"{len(entries)} entries, none of them in "
                         "the dataset", "ids or SMILES, some of them the dataset's")
    return found


def _graphs(entries: Iterable[str]) -> Iterable[str]:
    with rdBase.BlockLogs():
        return [_graph(entry) for entry in entries if Chem.MolFromSmiles(entry) is not None]


def _graph(smiles: str) -> str:
    return Chem.MolToSmiles(parse(smiles), isomericSmiles=False)
