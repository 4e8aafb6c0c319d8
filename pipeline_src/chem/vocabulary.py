"""The vocabulary of fragments: learnt on molecules, kept as a table, one line a kind.

Principal subgraphs (Kong, Huang, Tan, Liu, NeurIPS 2022), which are byte pair encoding on graphs,
as EBD uses them (models.md 2.4), but learnt on training molecules only.
"""

import csv
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from rdkit import Chem

from pipeline_src.chem.fragment_labels import fragment_label
from pipeline_src.chem.partition import Partition
from pipeline_src.run.errors import OTHER_VERSION, InputError
from pipeline_src.run.files import write_rows
from pipeline_src.run.settings.levels import FragmentLevel


@dataclass(frozen=True)
class Entry:
    """One kind of fragment.

    Attributes:
        kind: its number, from 1 on, in the order of learning.
        label: see ``fragment_label``.
        atoms: how many it has, hydrogens included.
        count: how often it was seen when it was learnt; of an element: its atoms.
    """

    kind: int
    label: str
    atoms: int
    count: int


COLUMNS = tuple(field.name for field in fields(Entry))


def learn_vocabulary(molecules: Iterable[Chem.Mol], settings: FragmentLevel) -> list[Entry]:
    """The vocabulary of the molecules: the elements, then the most frequent unions one by one.

    Again and again all unions of two neighbouring fragments are counted, a union once wherever it
    is, the most frequent label enters the vocabulary (of equally frequent ones the first in
    alphabetical order), and all its occurrences are merged. A label that comes up again, made of
    other parts, is merged again and its counts are added up. The order of the molecules does not
    matter. There are fewer kinds than asked for where nothing is left to merge.
    """
    numbers = element_numbers(settings.elements)
    seen: Counter[int] = Counter()
    partitions = []
    for mol in molecules:
        seen.update(atom.GetAtomicNum() for atom in mol.GetAtoms())
        partitions.append(Partition(mol, numbers.values()))
    learnt = {_element_label(z): [1, seen[z]] for z in numbers.values()}
    counts: Counter[str] = Counter()
    for partition in partitions:
        counts.update(partition.counts())
    while len(learnt) < settings.vocabulary_size and counts:
        label = min(counts, key=lambda found: (-counts[found], found))
        size, before = learnt.get(label, [_size(label), 0])
        learnt[label] = [size, before + counts[label]]
        _merge_everywhere(partitions, label, counts)
    return [Entry(kind, label, *numbers) for kind, (label, numbers) in
            enumerate(learnt.items(), start=1)]


def _merge_everywhere(partitions: list[Partition], label: str, counts: Counter[str]) -> None:
    """Merge a label in all molecules; ``counts`` follows."""
    for partition in partitions:
        before = partition.counts()
        if label in before:
            partition.merge_all(label)
            counts.update(partition.counts())
            counts.subtract(before)
    for gone in [found for found, count in counts.items() if not count]:
        del counts[gone]


def element_numbers(symbols: Iterable[str]) -> dict[str, int]:
    """Symbol -> atomic number.

    Raises:
        InputError: there is no such element.
    """
    table, numbers = Chem.GetPeriodicTable(), {}
    for symbol in symbols:
        try:
            numbers[symbol] = table.GetAtomicNumber(symbol)
        except RuntimeError:
            raise InputError("levels.fragments.elements", symbol, "symbols of elements") from None
    return numbers


def _element_label(number: int) -> str:
    mol = Chem.RWMol()
    mol.AddAtom(Chem.Atom(number))
    return fragment_label(mol, [0])


def _size(label: str) -> int:
    """Atoms of a label."""
    options = Chem.SmilesParserParams()
    options.sanitize = options.removeHs = False
    return Chem.MolFromSmiles(label, options).GetNumAtoms()


def write_vocabulary(path: Path, entries: Iterable[Entry]) -> int:
    """Write the table atomically; returns the number of kinds."""
    return write_rows(path, COLUMNS, map(asdict, entries))


def read_vocabulary(path: Path) -> dict[str, Entry]:
    """Label -> entry, in the order of the file.

    Raises:
        InputError: the file is missing or no vocabulary.
    """
    try:
        with open(path, newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            if tuple(reader.fieldnames or ()) != COLUMNS:
                raise InputError(str(path), reader.fieldnames, f"the columns {', '.join(COLUMNS)}",
                                 OTHER_VERSION)
            entries = [_entry(row) for row in reader]
    except (OSError, ValueError, TypeError) as error:
        raise InputError(str(path), f"{type(error).__name__}: {error}",
                         "a readable vocabulary of fragments") from None
    if [entry.kind for entry in entries] != list(range(1, len(entries) + 1)):
        raise InputError(f"{path}: kind", [entry.kind for entry in entries][:5], "1, 2, 3 ...")
    return {entry.label: entry for entry in entries}


def _entry(row: Mapping[str, str]) -> Entry:
    return Entry(int(row["kind"]), row["label"], int(row["atoms"]), int(row["count"]))
