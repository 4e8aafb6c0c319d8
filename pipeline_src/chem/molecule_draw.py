"""Drawing molecules for a reference set: GEOM's test molecules for tests, others for training.

A molecule here is a graph without stereo: whatever stereoisomer of a test molecule stands in a
training list, it is left out.
"""

import csv
import gzip
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from rdkit import Chem, rdBase

from pipeline_src.chem.base import Refused
from pipeline_src.chem.checks import check_molecule
from pipeline_src.chem.molecule_table import MoleculeRow
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.reference import MoleculeDraw


def draw(settings: MoleculeDraw, tests: Path, training: Path,
         earlier: list[MoleculeRow]) -> list[MoleculeRow]:
    """The rows in an order shuffled by seed, or by size; ``earlier`` rows are taken first.

    Args:
        settings: how many, and which.
        tests: GEOM's test molecules: CSV with smiles, n_conformers and perhaps corrected_smiles.
        training: SMILES, one a line, perhaps gzipped; may hold test molecules.
        earlier: rows that keep their names.

    Raises:
        InputError: a list is unreadable, or has too few molecules.
    """
    rng = np.random.default_rng(settings.seed)
    listed = list(_test_rows(tests, settings.prefix))
    blocked = {graph for _, smiles in listed for s in smiles if (graph := graph_smiles(s))}
    earlier = [row for row in earlier if row.subset == "test"
               or graph_smiles(row.smiles) not in blocked]
    seen = {graph_smiles(row.smiles) for row in earlier}
    test = [r for r in earlier if r.subset == "test"]
    test += _drawn(settings, (row for row, _ in _shuffled(listed, rng)), seen,
                   settings.n_test - len(test), str(tests))
    train = [r for r in earlier if r.subset != "test"]
    numbered = list(enumerate(_lines(training)))
    candidates = (MoleculeRow(f"{settings.prefix}train-{k:06d}", _plain(s), "train")
                  for k, s in _shuffled(numbered, rng))
    train += _drawn(settings, candidates, seen | blocked, settings.n_train - len(train),
                    str(training))
    rows = list(_shuffled([*test, *train], rng))
    return sorted(rows, key=_n_atoms) if settings.smallest_first else rows


def graph_smiles(smiles: str) -> str:
    """Canonical SMILES without stereo and hydrogens; '' if it is no SMILES."""
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(smiles)
        return Chem.MolToSmiles(Chem.RemoveHs(mol), isomericSmiles=False) if mol else ""


def _drawn(settings: MoleculeDraw, candidates: Iterator[MoleculeRow], seen: set[str], wanted: int,
           where: str) -> list[MoleculeRow]:
    """The first ``wanted`` candidates that fit and have not been seen."""
    chosen = []
    while len(chosen) < wanted:
        row = next(candidates, None)
        if row is None:
            raise InputError(where, f"{len(chosen)} molecules that fit", f"at least {wanted}")
        graph = graph_smiles(row.smiles)
        if graph and graph not in seen and _fits(settings, row.smiles):
            seen.add(graph)
            chosen.append(row)
    return chosen


def _fits(settings: MoleculeDraw, smiles: str) -> bool:
    mol = Chem.MolFromSmiles(smiles)
    try:
        check_molecule(mol)
    except Refused:
        return False
    if settings.neutral and Chem.GetFormalCharge(mol):
        return False
    heavy = [a.GetSymbol() for a in mol.GetAtoms() if a.GetAtomicNum() > 1]
    return (settings.fewest_heavy <= len(heavy) <= settings.most_heavy
            and set(heavy) <= set(settings.elements))


def _n_atoms(row: MoleculeRow) -> int:
    return Chem.AddHs(Chem.MolFromSmiles(row.smiles)).GetNumAtoms()


def _test_rows(path: Path, prefix: str) -> Iterator[tuple[MoleculeRow, list[str]]]:
    """Each test molecule, named by its place in the list, and all its SMILES."""
    try:
        with open(path, newline="", encoding="utf-8") as opened:
            for k, raw in enumerate(csv.DictReader(opened)):
                smiles = [raw["smiles"], raw.get("corrected_smiles") or raw["smiles"]]
                yield MoleculeRow(f"{prefix}-{k:04d}", smiles[1], "test",
                                  raw["n_conformers"]), smiles
    except (OSError, ValueError, KeyError, csv.Error) as error:
        raise InputError(str(path), f"{type(error).__name__}: {error}",
                         "GEOM's test molecules as CSV: smiles, n_conformers") from None


def _lines(path: Path) -> list[str]:
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8") as opened:
            return [line.strip() for line in opened if line.strip()]
    except (OSError, ValueError, EOFError) as error:
        raise InputError(str(path), f"{type(error).__name__}: {error}",
                         "a text file of SMILES") from None


def _shuffled(items: list, rng: np.random.Generator) -> Iterator:
    return (items[k] for k in rng.permutation(len(items)))


def _plain(smiles: str) -> str:
    """Canonical isomeric SMILES without hydrogens that can be left out."""
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(smiles)
        return Chem.MolToSmiles(Chem.RemoveHs(mol)) if mol else ""
