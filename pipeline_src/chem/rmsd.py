"""Heavy-atom RMSD after optimal superposition, minimal over symmetry mappings; and alignment.

The least squared deviation of centred structures A and B is ``|A|^2 + |B|^2`` less twice the
overlap of ``superposition``. Agrees with RDKit's ``GetBestRMS`` on the same heavy atoms.
"""

import numpy as np

from pipeline_src.chem.best_mapping import Best, Pairs, best_mappings
from pipeline_src.chem.superposition import superpose
from pipeline_src.chem.symmetry import SymmetryMappings, symmetry_mappings
from pipeline_src.ensembles import Molecule
from pipeline_src.run.errors import InputError

MAX_MATCHES = 1_000_000  # RDKit's default
_SMALL = 0.1  # Å; below it the difference of large numbers gives way to that of rotated atoms


def rmsd_matrix(molecule: Molecule, reference: np.ndarray, generated: np.ndarray,
                symmetrize: bool, max_matches: int = MAX_MATCHES) -> np.ndarray:
    """RMSDs in Å of every reference to every generated conformer, float64  # (C, S)

    With more than ``max_matches`` mappings that are no products of branches the values are upper
    bounds, as in RDKit; call ``symmetry_mappings`` and ``mapped_rmsd`` to learn whether that is so.

    Args:
        molecule: the graph both belong to.
        reference: Å  # (C, N, 3)
        generated: Å  # (S, N, 3)
        symmetrize: conjugated terminal groups are equivalent.
        max_matches: symmetry mappings held at most.

    Raises:
        InputError: no heavy atom, or positions of a wrong shape or not finite.
    """
    return rmsd_matrices([molecule], [reference], [generated], symmetrize, max_matches)[0]


def rmsd_matrices(molecules: list[Molecule], references: list[np.ndarray],
                  generated: list[np.ndarray], symmetrize: bool,
                  max_matches: int = MAX_MATCHES) -> list[np.ndarray]:
    """``rmsd_matrix`` of each molecule, with the superpositions of all evaluated together."""
    mappings = [symmetry_mappings(molecule, symmetrize, max_matches) for molecule in molecules]
    references, generated = (
        [_checked(*each) for each in zip(molecules, side, strict=True)]
        for side in (references, generated))
    return mapped_rmsds(mappings, references, generated)


def mapped_rmsd(mappings: SymmetryMappings, reference: np.ndarray,
                generated: np.ndarray) -> np.ndarray:
    """As ``rmsd_matrix`` for mappings that are known already  # (C, S)"""
    return mapped_rmsds([mappings], [reference], [generated])[0]


def align_onto(reference: np.ndarray, generated: np.ndarray, molecule: Molecule,
               symmetrize: bool, max_matches: int = MAX_MATCHES) -> np.ndarray:
    """All atoms of ``generated`` moved by the best heavy-atom superposition, float64  # (N, 3)

    Args:
        reference: Å  # (N, 3)
        generated: Å  # (N, 3)
        molecule, symmetrize, max_matches: as in ``rmsd_matrix``, which also says what is raised.
    """
    mappings = symmetry_mappings(molecule, symmetrize, max_matches)
    heavy = mappings.heavy
    pairs = Pairs(mappings, _centred(_checked(molecule, reference[None]), heavy),
                  _centred(_checked(molecule, generated[None]), heavy))
    first = np.zeros(1, dtype=np.int64)
    (_, best), = best_mappings([pairs])
    mapped = pairs.a[:, 0, best.maps(first, first)[0]]  # (3, N)
    _, rotation = superpose(mapped @ pairs.b[:, 0].T)
    return (generated - generated[heavy].mean(axis=0)) @ rotation.T + reference[heavy].mean(axis=0)


def _checked(molecule: Molecule, positions: np.ndarray) -> np.ndarray:
    if positions.ndim != 3 or positions.shape[1:] != (molecule.n_atoms, 3):
        raise InputError(f"molecule {molecule.id}: positions", positions.shape,
                         f"shape (C, {molecule.n_atoms}, 3)")
    if not np.isfinite(positions).all():
        raise InputError(f"molecule {molecule.id}: positions", "NaN or infinity",
                         "finite coordinates", "Leave failed conformers out.")
    return positions


def _centred(positions: np.ndarray, atoms: np.ndarray) -> np.ndarray:
    """Those atoms' positions about their mean, coordinate axis first  # (C, N, 3) -> (3, C, n)"""
    centred = positions.take(atoms, axis=1).transpose(2, 0, 1).astype(np.float64, order="C")
    centred -= centred.sum(axis=2, keepdims=True) / len(atoms)
    return centred


def _squared(positions: np.ndarray) -> np.ndarray:
    """Sum of squares of each conformer  # (3, C, N) -> (C,)"""
    return np.einsum("xcn,xcn->c", positions, positions)


def mapped_rmsds(mappings: list[SymmetryMappings], references: list[np.ndarray],
                 generated: list[np.ndarray]) -> list[np.ndarray]:
    """``mapped_rmsd`` of each molecule; faster, as their superpositions are evaluated together."""
    result = [np.empty((len(a), len(b))) for a, b in zip(references, generated, strict=True)]
    some = [i for i, matrix in enumerate(result) if matrix.size]
    pairs = []
    for i in some:
        both = _centred(np.concatenate([references[i], generated[i]]), mappings[i].heavy)
        n_a = len(references[i])
        pairs.append(Pairs(mappings[i], both[:, :n_a], both[:, n_a:]))
    for number, best in best_mappings(pairs):
        result[some[number]] = _rmsd(best)
    return result


def _rmsd(best: Best) -> np.ndarray:
    """RMSDs from the best overlap of each pair  # (C, S)"""
    _, a, b = best.pairs
    size = np.add.outer(_squared(a), _squared(b))
    n_atoms = a.shape[2]
    squared = size - 2 * best.overlap
    c, s = np.nonzero(squared < n_atoms * _SMALL ** 2)
    if len(c):
        mapped, moving = a[:, c[:, None], best.maps(c, s)], b[:, s]  # (3, P, N) each
        _, rotations = superpose(np.einsum("xpn,ypn->pxy", mapped, moving))
        squared[c, s] = _squared(mapped - np.einsum("pxy,ypn->xpn", rotations, moving))
    return np.sqrt(np.maximum(squared, 0) / n_atoms)
