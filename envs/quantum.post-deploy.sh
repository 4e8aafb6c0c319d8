#!/usr/bin/env bash
# Snakemake runs this in the new environment, from the working directory. The Snakefile has put the
# checkout, which may be a module of another project, first on PYTHONPATH.
set -euo pipefail
root=${PYTHONPATH:-.}
root=${root%%:*}
[ -f "$root/pyproject.toml" ] || { echo "no checkout of the pipeline in $root" >&2; exit 1; }
env --unset=PYTHONPATH python -m pip install --no-deps --editable "$root"
