"""Hierarchical multi-scale molecular conformer generation: one module per Snakemake rule.

Rooms and who may import whom are described in README.md and enforced by
``tests/test_architecture.py``. This file stays empty of imports, so that an environment
with Psi4 but without torch, or with torch but without RDKit, can still import its part.
"""
