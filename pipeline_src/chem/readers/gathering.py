"""The conformers of one molecule as one ensemble: what does not fit together is left out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from rdkit import Chem

from pipeline_src.chem.base import Refused, Rejection
from pipeline_src.chem.checks import check_molecule, check_positions, check_same_graph, sanitize
from pipeline_src.chem.entry_smiles import EntrySmiles
from pipeline_src.chem.molecules import canonical_smiles, from_rdkit, to_rdkit, with_conformers
from pipeline_src.chem.readers.rdkit_binary import without_patterns
from pipeline_src.chem.stereo import perceive_stereo, stereo_kept, without_imine_stereo
from pipeline_src.ensembles import Ensemble, Molecule
from pipeline_src.run.errors import InputError

_GRAPH_ONLY = int(Chem.PropertyPickleOptions.NoProps)


@dataclass(frozen=True)
class Conformer:
    """One record of a molecule as its file has it.

    Attributes:
        where: file and place, for messages.
        mol: all hydrogens explicit, not sanitized, with one conformer.
        energy: hartree, or None.
        weight: Boltzmann weight on any scale, or None.
        drawn: its coordinates are those of a drawing.
    """

    where: str
    mol: Chem.Mol
    energy: float | None = None
    weight: float | None = None
    drawn: bool = False

    @property
    def positions(self) -> np.ndarray:
        """Å, float64  # (N, 3)"""
        return self.mol.GetConformer().GetPositions()


def gather(name: str, records: Sequence[Conformer | Refused], smiles: str | None = None,
           note: str = "") -> list[Ensemble | Rejection]:
    """The rejections among ``records``, then the ensemble of the others, in their order.

    The first usable record fixes atoms, bonds and stereo; others must agree, except that E/Z of
    =N-H is left open where the records differ in it. Energies and weights are kept if every usable
    record has them. Without a usable record there is one rejection, of the molecule.

    Args:
        name: of the molecule.
        records: a ``Refused`` stands for one that could not be read.
        smiles: of the molecule, if its file states one: conformers of another graph have reacted,
            and the stereo it states must be theirs. Stereo it leaves open may be anything.
        note: what is to be known of the molecule's conformers.
    """
    gathered = _Gathered(name, records, smiles)
    rejections = [Rejection(name, k, gathered.reasons[k]) for k in sorted(gathered.reasons)]
    kept = [records[k] for k in range(len(records)) if k not in gathered.reasons]
    if not kept:
        first = f"; the first: {rejections[0].reason}" if rejections else ""
        return [Rejection(name, None,
                          f"none of its {len(records)} conformers is usable{first}")]
    return [*rejections, Ensemble(
        gathered.molecule, np.stack([c.positions for c in kept]).astype(np.float32), "all",
        _if_complete([c.energy for c in kept]), _if_complete([c.weight for c in kept]),
        notes=(note,) * len(kept))]


def _if_complete(values: list[float | None]) -> np.ndarray | None:
    return None if None in values else np.array(values, dtype=np.float64)


class _Gathered:
    """The molecule of some records, and why some are none of its conformers."""

    def __init__(self, name: str, records: Sequence[Conformer | Refused],
                 smiles: str | None) -> None:
        self.reasons: dict[int, str] = {}
        self.molecule: Molecule | None = None
        self._name, self._records = name, records
        self._entry = EntrySmiles(smiles) if smiles else None
        self._graphs: dict[bytes, Chem.Mol | Refused] = {}
        self._sane: dict[int, Chem.Mol] = {}
        self._stereo_fits: dict[str, bool] = {}  # mapped SMILES -> is it the molecule's stereo
        for k in range(len(records)):
            self._try(self._check, k)
        rest = iter(list(self._sane))
        self._find_molecule(rest)
        self._compare(list(rest))

    def _try(self, check: object, k: int) -> bool:
        """Whether a record passes; if not, its reason is kept."""
        try:
            check(k)
        except (Refused, InputError) as error:
            where = getattr(self._records[k], "where", "")
            self.reasons[k] = f"{where}: {error}" if where else str(error)
            return False
        return True

    def _check(self, k: int) -> None:
        """What can be said of a record without the others; its sanitized graph is kept."""
        record = self._records[k]
        if isinstance(record, Refused):
            raise record
        if record.mol.GetNumConformers() != 1:
            raise Refused(f"{record.mol.GetNumConformers()} sets of coordinates, not one")
        graph = Chem.Mol(record.mol)
        graph.RemoveAllConformers()
        key = graph.ToBinary(_GRAPH_ONLY)
        if key not in self._graphs:
            self._graphs[key] = _sane(graph)
        if isinstance(self._graphs[key], Refused):
            raise self._graphs[key]
        if record.drawn:
            raise Refused("a 2D drawing, not a conformer")
        check_positions(record.positions)
        self._sane[k] = self._graphs[key]

    def _find_molecule(self, rest: Iterator[int]) -> None:
        """Take records from ``rest`` until one can be the first of the molecule."""
        for k in rest:
            if self._try(self._take_as_first, k):
                return

    def _take_as_first(self, k: int) -> None:
        mol = self._perceived(k)
        molecule = from_rdkit(mol, self._name)
        if self._entry:
            self._entry.check(mol)
        self.molecule = molecule

    def _perceived(self, k: int) -> Chem.Mol:
        mol = with_conformers(self._sane[k], [self._records[k].positions])
        perceive_stereo(mol)
        return mol

    def _compare(self, others: list[int]) -> None:
        """Compare ``others`` with the first: those of its very graph all at once."""
        graphs = {id(self._sane[k]): self._sane[k] for k in others}
        same = {key for key, graph in graphs.items() if self._is_molecules(graph)}
        mine = [k for k in others if id(self._sane[k]) in same]
        positions = np.array([self._records[k].positions for k in mine])
        fits = dict(zip(mine, stereo_kept(to_rdkit(self.molecule), positions), strict=True)) \
            if mine else {}
        for k in others:
            if not fits.get(k, False):
                self._try(self._agree, k)

    def _is_molecules(self, graph: Chem.Mol) -> bool:
        try:
            check_same_graph(self.molecule, from_rdkit(graph, self._name))
        except (Refused, InputError):
            return False
        return True

    def _agree(self, k: int) -> None:
        """Compare with the first; the two may make the molecule leave =N-H open."""
        mol = self._perceived(k)
        other = from_rdkit(mol, self._name)
        if self._entry:
            self._entry.check_graph(mol)
        check_same_graph(self.molecule, other)
        if other.smiles not in self._stereo_fits:
            self._stereo_fits[other.smiles] = self._stereo_agrees(other)
        if not self._stereo_fits[other.smiles]:
            raise Refused("other stereo than the molecule's first record")

    def _stereo_agrees(self, other: Molecule) -> bool:
        first = self.molecule
        if first.smiles == other.smiles or _stereoisomer(first) == _stereoisomer(other):
            return True
        loose = without_imine_stereo(first)
        if _stereoisomer(loose) != _stereoisomer(without_imine_stereo(other)):
            return False
        self.molecule = loose
        return True


def _sane(graph: Chem.Mol) -> Chem.Mol | Refused:
    try:
        graph = without_patterns(graph)
        sanitize(graph)
        check_molecule(graph)
    except Refused as error:
        return error
    return graph


def _stereoisomer(molecule: Molecule) -> str:
    """The same for a meso molecule and its mirror image, whose mapped SMILES differ."""
    return canonical_smiles(to_rdkit(molecule))
