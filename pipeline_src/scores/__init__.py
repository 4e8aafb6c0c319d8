"""Scores of generated against reference ensembles: pure functions to named numbers; no torch."""
