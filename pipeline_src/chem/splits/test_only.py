"""Molecules that may be tested on only, such as those of another work's test list."""

import sys
from dataclasses import replace
from pathlib import Path

from rdkit import Chem, rdBase

from pipeline_src.chem.splits.base import Candidate, Candidates, settled
from pipeline_src.chem.splits.lists import read_entries
from pipeline_src.run.errors import InputError


def marked(molecules: Candidates, path: str | None) -> list[Candidate]:
    """The molecules, ``test_only`` for those the list at ``path`` names by id or by SMILES.

    With a molecule go all others of its graph, stereo left out: no duplicate under another name and
    no stereoisomer of a test molecule trains. The list may name molecules that the dataset lacks;
    the log says how many lines found one.

    Raises:
        InputError: the list cannot be read, or names none of the molecules.
    """
    if path is None:
        return list(molecules)
    entries = set(read_entries(Path(path)))
    graphs = [_graph(molecule.smiles) for molecule in molecules]
    ids = {molecule.id for molecule in molecules}
    of_lines = {entry: _graph(entry) for entry in entries - ids if _is_smiles(entry)}
    closed = set(of_lines.values()) | {
        graph for molecule, graph in zip(molecules, graphs, strict=True) if molecule.id in entries}
    found = [replace(molecule, test_only=graph in closed)
             for molecule, graph in zip(molecules, graphs, strict=True)]
    count = sum(molecule.test_only for molecule in found)
    there = set(graphs)
    present = len(entries & ids) + sum(graph in there for graph in of_lines.values())
    if not count:
        raise InputError(f"split.test_only: {path}", f"{len(entries)} entries, none of them in "
                         "the dataset", "ids or SMILES, some of them the dataset's")
    print(f"split_dataset: {count} molecules are for tests only; {present} of the {len(entries)} "
          f"lines of {path} are in the dataset, and {len(entries - ids - of_lines.keys())} are "
          "neither one of its ids nor a SMILES", file=sys.stderr)
    return found


def _is_smiles(entry: str) -> bool:
    with rdBase.BlockLogs():
        return Chem.MolFromSmiles(entry) is not None


def _graph(smiles: str) -> str:
    return Chem.MolToSmiles(settled(smiles), isomericSmiles=False)
