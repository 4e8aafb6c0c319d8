"""Split recipes: molecules -> train, val or test; and the dealing of molecules to shards."""

import heapq
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rdkit import Chem, rdBase
from rdkit.Chem.Scaffolds import MurckoScaffold

from pipeline_src.chem.molecules import canonical_smiles
from pipeline_src.ensembles.split_table import SUBSETS
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.dataset import ListSplit, RandomSplit, ScaffoldSplit

Named = Sequence[tuple[str, str]]  # (id, SMILES) of each molecule


def split_random(molecules: Named, settings: RandomSplit) -> dict[str, str]:
    """id -> subset: ids in sorted order, shuffled by seed, cut at the rounded fractions."""
    ids = sorted(id for id, _ in molecules)
    np.random.default_rng(settings.seed).shuffle(ids)
    first = round(settings.train * len(ids))
    second = round((settings.train + settings.val) * len(ids))
    return {id: SUBSETS[(k >= first) + (k >= second)] for k, id in enumerate(ids)}


def split_scaffold(molecules: Named, settings: ScaffoldSplit) -> dict[str, str]:
    """id -> subset, with all molecules of one Murcko scaffold in the same subset.

    Scaffolds, shuffled by seed, go one by one to the subset that lacks most molecules. An acyclic
    molecule has no scaffold and stands for itself (with its stereoisomers).
    """
    groups: dict[str, list[str]] = {}
    for id, smiles in sorted(molecules):
        groups.setdefault(scaffold_smiles(smiles), []).append(id)
    names = sorted(groups)
    np.random.default_rng(settings.seed).shuffle(names)
    fractions = (settings.train, settings.val, 1 - settings.train - settings.val)
    lacking = np.array(fractions) * len(molecules)
    chosen = {}
    for name in names:
        subset = int(lacking.argmax())
        lacking[subset] -= len(groups[name])
        chosen.update(dict.fromkeys(groups[name], SUBSETS[subset]))
    return chosen


def scaffold_smiles(smiles: str) -> str:
    """SMILES of the Murcko scaffold without stereo; of an acyclic molecule: of itself."""
    mol = _parse(smiles)
    scaffold = MurckoScaffold.GetScaffoldForMol(mol)
    return Chem.MolToSmiles(scaffold if scaffold.GetNumAtoms() else mol, isomericSmiles=False)


def split_lists(molecules: Named, settings: ListSplit) -> dict[str, str]:
    """id -> subset for the molecules that the lists name by id or by SMILES.

    Blank lines and lines that start with '#' are skipped. Molecules in no list are left out.

    Raises:
        InputError: no list is given, a list is missing or empty, names a molecule that is not
            in the dataset, or two lists name the same one.
    """
    lists = {subset: getattr(settings, subset) for subset in SUBSETS if getattr(settings, subset)}
    if not lists:
        raise InputError("split", "no list", "at least one of train, val and test")
    chosen: dict[str, str] = {}
    finder = _Finder(molecules)
    for subset, path in lists.items():
        for entry in _entries(Path(path)):
            for id in finder.find(entry, path):
                if chosen.setdefault(id, subset) != subset:
                    raise InputError(f"split.{subset}: {path}", entry, "each molecule in one list",
                                     f"'{id}' is in the {chosen[id]} list too.")
    return chosen


class _Finder:
    """Molecules by id, else by canonical SMILES (worked out only when a line needs it)."""

    def __init__(self, molecules: Named):
        self.molecules = molecules
        self.ids = {id for id, _ in molecules}
        self.by_smiles: dict[str, list[str]] = {}

    def find(self, entry: str, path: str) -> list[str]:
        if entry in self.ids:
            return [entry]
        if not self.by_smiles:
            for id, smiles in self.molecules:
                self.by_smiles.setdefault(canonical_smiles(_parse(smiles)), []).append(id)
        with rdBase.BlockLogs():
            mol = Chem.MolFromSmiles(entry)
        found = self.by_smiles.get(canonical_smiles(mol), []) if mol is not None else []
        if not found:
            raise InputError(path, entry, "ids or SMILES of molecules in the dataset",
                             "The import's rejected.csv says which molecules were left out.")
        return found


def _entries(path: Path) -> list[str]:
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(str(path), f"{type(error).__name__}: {error}",
                         "a readable text file of ids or SMILES") from None
    entries = [line for line in lines if line and not line.startswith("#")]
    if not entries:
        raise InputError(str(path), "no entries", "an id or SMILES on each line",
                         "Leave the list out of the settings if the subset is meant to be empty.")
    return entries


def _parse(smiles: str) -> Chem.Mol:
    """A molecule without map numbers and without removable hydrogens."""
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(smiles)
        for atom in mol.GetAtoms():
            atom.SetAtomMapNum(0)
        return Chem.RemoveHs(mol)


def balance_shards(costs: Sequence[float], shards: int) -> list[int]:
    """Shard of each item: costliest first, each to the shard that has least (Graham's LPT rule)."""
    loads = [(0.0, shard) for shard in range(shards)]
    dealt = [0] * len(costs)
    for item in sorted(range(len(costs)), key=lambda k: (-costs[k], k)):
        load, dealt[item] = heapq.heappop(loads)
        heapq.heappush(loads, (load + costs[item], dealt[item]))
    return dealt
