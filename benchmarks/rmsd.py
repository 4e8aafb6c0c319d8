"""Heavy-atom RMSDs of every reference to every sample, against RDKit's ``GetBestRMS`` pair by pair.

The fixed sets in both symmetrisation modes, then the most symmetric molecules one by one.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from rdkit import Chem
from rdkit.Chem import rdDistGeom, rdMolAlign

from benchmarks.measure import measure, ratios, seconds
from benchmarks.molecules import load
from pipeline_src.chem.molecules import from_rdkit, to_rdkit, with_conformers
from pipeline_src.chem.rmsd import MAX_MATCHES, rmsd_matrices
from pipeline_src.chem.symmetry import symmetry_mappings
from pipeline_src.ensembles import Molecule

NOISE_ANGSTROM = 0.1
MANY = 20_000  # mappings beyond which GetBestRMS takes seconds for a few pairs
SYMMETRIC = {
    "neopentane": "CC(C)(C)C", "hexamethylethane": "CC(C)(C)C(C)(C)C",
    "benzene": "c1ccccc1", "cubane": "C12C3C4C1C5C2C3C45",
    "adamantane": "C1C2CC3CC1CC(C2)C3", "sulfur hexafluoride": "FS(F)(F)(F)(F)F",
    "di-tert-butyl ether": "CC(C)(C)OC(C)(C)C",
    "1,4-di-tert-butylbenzene": "CC(C)(C)c1ccc(C(C)(C)C)cc1",
    "2,6-di-tert-butylphenol": "CC(C)(C)c1cccc(C(C)(C)C)c1O",
    "BHT": "Cc1cc(C(C)(C)C)c(O)c(C(C)(C)C)c1",
    "di-tert-butyl-CF3-benzene": "CC(C)(C)c1cc(C(C)(C)C)cc(C(F)(F)F)c1",
    "tri-tert-butylmethane": "CC(C)(C)C(C(C)(C)C)C(C)(C)C",
    "1,3,5-tri-tert-butylbenzene": "CC(C)(C)c1cc(C(C)(C)C)cc(C(C)(C)C)c1",
    "1,3,5-tris(CF3)benzene": "FC(F)(F)c1cc(C(F)(F)F)cc(C(F)(F)F)c1",
    "perfluoro-tert-butyl ether": "FC(F)(F)C(OC)(C(F)(F)F)C(F)(F)F",
    "tetrakis(CF3)biphenyl": "FC(F)(F)c1cc(cc(c1)C(F)(F)F)-c1cc(cc(c1)C(F)(F)F)C(F)(F)F",
    "bis(TIPS)acetylene": "CC(C)[Si](C(C)C)(C(C)C)C#C[Si](C(C)C)(C(C)C)C(C)C",
    "di-tert-butyl-tetrakis(CF3)benzene":
        "CC(C)(C)c1c(C(F)(F)F)c(C(F)(F)F)c(C(C)(C)C)c(C(F)(F)F)c1C(F)(F)F",
    "glycerol trisphosphate": "OP(=O)(O)OC(COP(=O)(O)O)COP(=O)(O)O",
    "citrate": "O=C([O-])CC(O)(C(=O)[O-])CC(=O)[O-]",
    "tetraphenylmethane": "c1ccccc1C(c1ccccc1)(c1ccccc1)c1ccccc1",
    "hexaphenylbenzene": "c1ccccc1c1c(c2ccccc2)c(c2ccccc2)c(c2ccccc2)c(c2ccccc2)c1c1ccccc1",
    "corannulene": "c1cc2ccc3ccc4ccc5ccc1c1c2c3c4c51",
    "coronene": "c1cc2ccc3ccc4ccc5ccc6ccc1c1c2c3c4c5c61",
    "dodecahedrane": "C12C3C4C5C1C6C7C2C8C3C9C4C1C5C6C2C7C8C9C12",
    "C60": "c12c3c4c5c1c1c6c7c2c2c8c3c3c9c4c4c%10c5c5c1c1c6c6c%11c7c2c2c7c8c3c3c8c9c4c4c9c%10c5c5c1"
           "c1c6c6c%11c2c2c7c3c3c8c4c4c9c5c1c1c6c2c3c41",
}


@dataclass(frozen=True)
class Pairs:
    """A molecule with references (C, N, 3) and samples (S, N, 3), Å; travels to a process."""

    molecule: Molecule
    references: np.ndarray
    samples: np.ndarray


def rows(quick: bool) -> list[dict]:
    """A row for each set, mode and way to call ``GetBestRMS``, and for each symmetric molecule.

    The peak memory of the symmetric molecules is that of all together.
    """
    print("rmsd", file=sys.stderr)
    return list(_each(quick))


def _each(quick: bool) -> Iterator[dict]:
    count, repeats = (3, 1) if quick else (20, 5)
    for name in ("drug_like", "qm9_like"):
        molecules = load(name, 2 if quick else None)
        pairs = [Pairs(m.hierarchy.molecule, m.positions,
                       sampled(to_rdkit(m.hierarchy.molecule), count)) for m in molecules]
        yield from _rows({name: pairs}, (best_rms, best_rms_of_whole_molecules), repeats, quick)
    names = ["C60", "1,3,5-tri-tert-butylbenzene"] if quick else SYMMETRIC
    yield from _rows({f"symmetric: {name}": [symmetric_pairs(name, count)] for name in names},
                     (best_rms,), repeats, quick)


def symmetric_pairs(name: str, count: int) -> Pairs:
    """One reference and ``count`` samples; two where ``GetBestRMS`` would take very long."""
    mol = Chem.AddHs(Chem.MolFromSmiles(SYMMETRIC[name]))
    molecule = from_rdkit(mol, name)
    if symmetry_mappings(molecule, True, MAX_MATCHES).count > MANY:
        count = 2
    found = sampled(mol, count + 1)
    return Pairs(molecule, found[:1], found[1:])


def sampled(mol: Chem.Mol, count: int) -> np.ndarray:
    """RDKit conformers with noise, the same again if there are too few  # (count, N, 3)"""
    mol = Chem.Mol(mol)
    parameters = rdDistGeom.ETKDGv3()
    parameters.randomSeed = 7
    parameters.useRandomCoords = True
    parameters.maxIterations = 50
    rdDistGeom.EmbedMultipleConfs(mol, count, parameters)
    found = np.array([c.GetPositions() for c in mol.GetConformers()])
    if not len(found):
        found = on_a_sphere(mol)[None]
    noise = np.random.default_rng(3).normal(0, NOISE_ANGSTROM, (count, *found.shape[1:]))
    return found[np.arange(count) % len(found)] + noise


def on_a_sphere(cage: Chem.Mol) -> np.ndarray:
    """Positions of a cage, Å, from three eigenvectors of its graph  # (N, 3)

    Manolopoulos and Fowler, J. Chem. Phys. 96 (1992) 7603.
    """
    _, vectors = np.linalg.eigh(Chem.GetAdjacencyMatrix(cage).astype(float))
    points = vectors[:, -4:-1] / np.linalg.norm(vectors[:, -4:-1], axis=1, keepdims=True)
    i, j = np.array([(b.GetBeginAtomIdx(), b.GetEndAtomIdx()) for b in cage.GetBonds()]).T
    return points * 1.43 / np.linalg.norm(points[i] - points[j], axis=1).mean()


def ours(pairs: list[Pairs], symmetrize: bool, repeats: int) -> tuple[float, list[np.ndarray]]:
    """Seconds of a pass over all molecules, and the RMSDs, Å  # (C, S) each"""
    return _timed(partial(_ours, pairs, symmetrize), repeats)


def best_rms(pairs: list[Pairs], symmetrize: bool,
             repeats: int) -> tuple[float, list[np.ndarray]]:
    """The same by ``GetBestRMS`` alone, of molecules without hydrogens made before."""
    made = [[Chem.RemoveAllHs(mol) for mol in side] for side in _conformers(pairs)]
    return _timed(partial(_best_rms, pairs, made, symmetrize, lambda mol: mol), repeats)


def best_rms_of_whole_molecules(pairs: list[Pairs], symmetrize: bool,
                                repeats: int) -> tuple[float, list[np.ndarray]]:
    """The same with ``RemoveHs`` of both for each pair, as GeoDiff's and MSGEN's scores call it."""
    made = _conformers(pairs)
    return _timed(partial(_best_rms, pairs, made, symmetrize, Chem.RemoveHs), repeats)


def _timed(call: Callable, repeats: int) -> tuple[float, list[np.ndarray]]:
    values = call()
    first = seconds(call)
    return (first if first > 1 else seconds(call, repeats)), values


def _ours(pairs: list[Pairs], symmetrize: bool) -> list[np.ndarray]:
    return rmsd_matrices([p.molecule for p in pairs], [p.references for p in pairs],
                         [p.samples for p in pairs], symmetrize)


def _conformers(pairs: list[Pairs]) -> list[list[Chem.Mol]]:
    """For each molecule in turn its references, then its samples, one RDKit molecule each."""
    sides = []
    for p in pairs:
        mol = to_rdkit(p.molecule)
        sides += [[with_conformers(mol, [x]) for x in side] for side in (p.references, p.samples)]
    return sides


def _best_rms(pairs: list[Pairs], sides: list[list[Chem.Mol]], symmetrize: bool,
              prepare: Callable[[Chem.Mol], Chem.Mol]) -> list[np.ndarray]:
    return [np.array([[rdMolAlign.GetBestRMS(
        prepare(sample), prepare(reference), symmetrizeConjugatedTerminalGroups=symmetrize)
        for sample in samples] for reference in references])
        for references, samples in zip(sides[::2], sides[1::2], strict=True)]


def _rows(sets: dict[str, list[Pairs]], baselines: tuple[Callable, ...],
          repeats: int, quick: bool) -> Iterator[dict]:
    mine = measure(_all_of, ours, sets, repeats, quick=quick)
    for plain in baselines:
        theirs = measure(_all_of, plain, sets, repeats, quick=quick)
        for key, (slow, expected) in theirs.value.items():
            fast, found = mine.value[key]
            called = "GetBestRMS alone" if plain is best_rms else "RemoveHs and GetBestRMS a pair"
            difference = max(np.abs(x - y).max() for x, y in zip(found, expected, strict=True))
            yield {
                "benchmark": "rmsd, symmetrized" if key[1] else "rmsd, not symmetrized",
                "set": key[0], **ratios(replace(mine, value=fast), replace(theirs, value=slow)),
                "agreement": f"{difference:.1e} Å",
                "note": f"{called}; {_size(sets[key[0]], key[1])}"}


def _all_of(how: Callable, sets: dict[str, list[Pairs]], repeats: int) -> dict:
    """Seconds and RMSDs for each set and mode."""
    return {(name, symmetrize): how(pairs, symmetrize, repeats)
            for name, pairs in sets.items() for symmetrize in (True, False)}


def _size(pairs: list[Pairs], symmetrize: bool) -> str:
    count = sum(len(p.references) * len(p.samples) for p in pairs)
    mappings = [symmetry_mappings(p.molecule, symmetrize, MAX_MATCHES).count for p in pairs]
    return f"{count} pairs, at most {max(mappings)} mappings"

