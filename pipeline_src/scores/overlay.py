"""One typical generated conformer laid over its nearest reference."""

from dataclasses import dataclass

import numpy as np
from rdkit import Chem

from pipeline_src.chem.molecules import to_rdkit, with_conformers
from pipeline_src.chem.rmsd import align_onto, rmsd_matrix
from pipeline_src.ensembles import Ensemble, Molecule
from pipeline_src.run.errors import InputError


@dataclass(frozen=True)
class Overlay:
    """A generated conformer on a reference, both as V2000/V3000 mol blocks in one frame."""

    rmsd_angstrom: float
    reference_molblock: str
    generated_molblock: str


def median_overlay(reference: Ensemble, generated: Ensemble) -> Overlay:
    """The sample with the median distance to its nearest reference, aligned onto that reference.

    The median, not the best, so that the picture is typical; of an even number the lower one.
    Conjugated terminal groups count as equivalent; all atoms move with the heavy atoms.

    Raises:
        InputError: no reference, no usable sample, or atoms that do not agree.
    """
    molecule = reference.molecule
    if not np.array_equal(molecule.numbers, generated.molecule.numbers):
        raise InputError(f"molecule {molecule.id}: samples", generated.molecule.n_atoms,
                         "the atoms of the references in their order")
    if not (reference.ok.any() and generated.ok.any()):
        raise InputError(f"molecule {molecule.id}", "no usable reference or sample",
                         "at least one of each")
    references = reference.positions[reference.ok]
    samples = generated.positions[generated.ok]
    rmsd = rmsd_matrix(molecule, references, samples, symmetrize=True)
    nearest = rmsd.min(axis=0)
    sample = int(np.argsort(nearest, kind="stable")[(len(nearest) - 1) // 2])
    target = references[int(rmsd[:, sample].argmin())]
    moved = align_onto(target, samples[sample], molecule, symmetrize=True)
    return Overlay(float(nearest[sample]), _mol_block(molecule, target),
                   _mol_block(molecule, moved))


def _mol_block(molecule: Molecule, positions: np.ndarray) -> str:
    return Chem.MolToMolBlock(with_conformers(to_rdkit(molecule), [positions]))
