"""Frozen settings classes, one file per part of the config; each default stands here once."""

from pipeline_src.run.settings.base import Settings, explain, settings_hash
from pipeline_src.run.settings.dataset import Dataset
from pipeline_src.run.settings.experiment import Experiment
from pipeline_src.run.settings.sampling import SampleSettings
from pipeline_src.run.settings.stage import Stage

__all__ = [
    "Dataset", "Experiment", "SampleSettings", "Settings", "Stage", "explain", "settings_hash",
]
