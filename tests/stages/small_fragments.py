"""Tiny stages that blur to fragments, and what their samples are worth."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np

from pipeline_src.ensembles import Ensemble, Hierarchy
from pipeline_src.run.settings import SampleSettings, Stage

HEAVY_ATOMS = 3  # of a fragment here


def fragmented(hierarchy: Hierarchy) -> Hierarchy:
    """With fragments of heavy atoms in their order, each with its hydrogens."""
    molecule = hierarchy.molecule
    group = np.zeros(molecule.n_atoms, dtype=np.int64)
    heavy = np.flatnonzero(molecule.numbers > 1)
    group[heavy] = np.arange(len(heavy)) // HEAVY_ATOMS
    for i, j in molecule.bonds.tolist():
        for one, other in ((i, j), (j, i)):
            if molecule.numbers[one] == 1:
                group[one] = group[other]
    _, first, number = np.unique(group, return_index=True, return_inverse=True)
    group = np.argsort(np.argsort(first))[number]
    return replace(hierarchy, groups={"fragments": group}, kinds={"fragments": np.bincount(group)})


def stage(source: str | None = None, **training) -> Stage:
    """A tiny stage of all atoms, guided by the heavy ones or by conformers of a source."""
    guide = ({"level": "all", "source": source, "augmentation": {"kind": "none"}} if source
             else {"level": "heavy"})
    return Stage.model_validate({
        "level": "all", "guide": guide,
        "backbone": {"kind": "hierarchical_egnn", "width": 16, "blocks": 2},
        "process": {"kind": "blurring", "steps": 10},
        "training": {"iterations": 150, "batch_size": 8, "validate_every": 30, "amsgrad": True,
                     "learning_rate": 3e-3, "checkpoint_every": 50, "validation_batches": 2,
                     "ema_decay": 0.9, **training}})


def settings_of(steps: int | None = None, source: str | None = None) -> SampleSettings:
    """Three samples a molecule."""
    return SampleSettings.model_validate({
        "name": "ebd", "stage": stage(source), "seed": 1, "samples": {"count": 3},
        "sampler": {"kind": "deblurring", "steps": steps}})


def bond_error(samples: list[Ensemble], references: list[Ensemble]) -> float:
    """Root mean square error of bond lengths, conformer by conformer, Å"""
    errors = []
    for sample, reference in zip(samples, references, strict=True):
        i, j = reference.molecule.bonds.T
        lengths = [np.linalg.norm(e.positions[:, i] - e.positions[:, j], axis=-1)
                   for e in (sample, reference)]
        errors.append((lengths[0] - lengths[1]).ravel())
    return float(np.sqrt(np.square(np.concatenate(errors)).mean()))


def train_losses(folder: Path) -> list[float]:
    """Of the rows of a learning curve."""
    with open(folder / "curve.csv", newline="", encoding="utf-8") as file:
        return [float(row["train_loss"]) for row in csv.DictReader(file)]
