"""Stages: assembly, training, sampling and weights. No RDKit here or below."""

from pipeline_src.run.late_imports import import_late

# PyG imports them, with pandas and a compiler; no stage uses them.
import_late("torch._dynamo", "torch_geometric.datasets")
