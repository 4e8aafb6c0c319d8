"""Stages: assembly, training, sampling and weights. No RDKit here or below."""
