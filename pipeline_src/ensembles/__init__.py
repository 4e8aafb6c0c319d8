"""Molecule, Ensemble, Hierarchy, Stereo as plain arrays, their checks and their Parquet store."""

from pipeline_src.ensembles.ensemble import Ensemble
from pipeline_src.ensembles.hierarchy import Hierarchy
from pipeline_src.ensembles.molecule import Molecule
from pipeline_src.ensembles.stereo import Stereo

__all__ = ["Ensemble", "Hierarchy", "Molecule", "Stereo"]
