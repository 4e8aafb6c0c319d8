#!/usr/bin/env bash
# Find Psi4, or install it, and keep the Python that has it in .venv/psi4-python (`make psi4`).
# Order: a Psi4 that is there, then mamba, conda, micromamba (into .psi4-env), then apt-get as root.
# A way that fails is reported and the next one is tried.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=${VENV:-$PWD/.venv}
prefix=$PWD/.psi4-env

say() { echo "psi4: $*" >&2; }

# The Python that has Psi4, written to the file where the pipeline looks first.
record() {
    local found
    found=$("$venv/bin/python" -m pipeline_src.quantum.find_psi4 2>/dev/null) || return 1
    echo "$found" >"$venv/psi4-python"
    say "found in $found"
}

record_prefix() {
    PIPELINE_PSI4_PYTHON=$prefix/bin/python record
}

with_conda() {
    local program=$1
    command -v "$program" >/dev/null || return 1
    say "installing from conda-forge with $program into .psi4-env (minutes, about 2 GB)"
    rm -rf "$prefix"
    if [ "$program" = micromamba ]; then
        micromamba create --yes --prefix "$prefix" --file envs/psi4.yaml >&2 || return 1
    else # the variables say yes: the option is newer than many a conda
        CONDA_ALWAYS_YES=true MAMBA_ALWAYS_YES=true \
            "$program" env create --prefix "$prefix" --file envs/psi4.yaml >&2 || return 1
    fi
    record_prefix
}

with_apt() {
    command -v apt-get >/dev/null && [ "$(id -u)" = 0 ] || return 1
    say "installing with apt-get"
    apt-get update -qq >&2 && apt-get install -y --no-install-recommends psi4 >&2 || return 1
    record
}

record && exit 0
if [ -n "${PIPELINE_PSI4_PYTHON:-}" ]; then
    say "PIPELINE_PSI4_PYTHON=$PIPELINE_PSI4_PYTHON cannot import psi4: correct or unset it"
    exit 1
fi
[ ! -x "$prefix/bin/python" ] || { record_prefix && exit 0; }
for program in mamba conda micromamba; do
    if command -v "$program" >/dev/null; then
        with_conda "$program" && exit 0
        say "$program did not give a working Psi4"
    fi
done
with_apt && exit 0

rm -f "$venv/psi4-python"
say "not found, and not installed. Do one of these and run make psi4 again:"
say "  install conda, mamba or micromamba (conda-forge has psi4; no root needed)"
say "  on Debian or Ubuntu: sudo apt-get install psi4"
say "  name the Python of an installed one: make psi4 PIPELINE_PSI4_PYTHON=/path/to/python"
exit 1
