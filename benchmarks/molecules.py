"""The fixed molecules of the benchmarks: twenty QM9-like and twenty drug-like ones."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from pipeline_src.chem.levels import extract_levels
from pipeline_src.chem.readers.sdf import read_sdf
from pipeline_src.ensembles import Ensemble, Hierarchy
from pipeline_src.run.settings.readers import SdfReader

RESOURCES = Path(__file__).resolve().parents[1] / "resources"
SETS = {
    # of the molecules of test.sdf.gz with 5 conformers or more, by id, every second, 20 of them
    "qm9_like": (
        "qm9-0002", "qm9-0024", "qm9-0042", "qm9-0091", "qm9-0194", "qm9-0243", "qm9-0272",
        "qm9-0297", "qm9-0318", "qm9-0341", "qm9-0402", "qm9-0445", "qm9-0473", "qm9-0503",
        "qm9-0614", "qm9-0730", "qm9-0754", "qm9-0832", "qm9-0903", "qm9-0913"),
    # all that are shipped: ten of GEOM-Drugs and ten of the Hutchison group's set
    "drug_like": (
        *(f"geom_drugs_t{number:02d}" for number in range(1, 11)),
        "astex_1n46", "astex_1xoq", "omegacsd_ADPRTR", "omegacsd_CIJFEG", "omegacsd_CNBPCT",
        "omegacsd_COYHUT10", "omegacsd_FEMMAL", "omegacsd_GIHTUM", "omegacsd_PEXJEH",
        "omegacsd_VAMBOA"),
}
FILES = {
    "qm9_like": (("mini_qm9/test.sdf.gz", "molecule_id"),),
    "drug_like": (("geom_drugs/test.sdf.gz", "mol_id"), ("hutchison/benchmark.sdf.gz", "mol_id")),
}


@dataclass(frozen=True, eq=False)
class Molecule:
    """What a benchmark gets of a molecule; plain arrays, so that it travels to a process.

    Attributes:
        hierarchy: the molecule and its levels.
        positions: reference conformers, Å, float32  # (C, N, 3)
    """

    hierarchy: Hierarchy
    positions: np.ndarray

    @property
    def name(self) -> str:
        """Its id."""
        return self.hierarchy.molecule.id

    def conformers(self, count: int) -> np.ndarray:
        """``count`` reference conformers, from the first on and round again  # (count, N, 3)"""
        return self.positions[np.arange(count) % len(self.positions)]


def load(name: str, most: int | None = None) -> list[Molecule]:
    """The first ``most`` molecules of a set, in the set's order; None: all."""
    found = _read(name)
    return [found[molecule] for molecule in SETS[name][:most]]


@cache
def _read(name: str) -> dict[str, Molecule]:
    molecules = {}
    for path, id_property in FILES[name]:
        reader = SdfReader(paths=(str(RESOURCES / path),), id_property=id_property)
        for ensemble in read_sdf(reader):
            if isinstance(ensemble, Ensemble) and ensemble.molecule.id in SETS[name]:
                hierarchy = extract_levels(ensemble.molecule, ensemble.n_conformers)
                molecules[ensemble.molecule.id] = Molecule(
                    hierarchy, ensemble.positions.astype(np.float32))
    return molecules
