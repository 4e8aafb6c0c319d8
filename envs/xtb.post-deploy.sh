#!/usr/bin/env bash
# Snakemake runs this in the new environment, from the working directory: the root of the checkout.
set -euo pipefail
[ -f pyproject.toml ] || { echo "run snakemake from the root of the checkout" >&2; exit 1; }
python -m pip install --no-deps --editable .
