#!/usr/bin/env bash
# Find xtb, or install it (`make xtb`). Order: an xtb that is there, then mamba, conda, micromamba
# (into .xtb-env), then apt-get as root. A way that fails is reported and the next one is tried.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=${VENV:-$PWD/.venv}
prefix=$PWD/.xtb-env

say() { echo "xtb: $*" >&2; }

# The program the pipeline would use.
found() {
    local program
    program=$("$venv/bin/python" -m pipeline_src.quantum.find_xtb 2>/dev/null) || return 1
    say "found $program"
}

with_conda() {
    local program=$1
    say "installing from conda-forge with $program into .xtb-env"
    rm -rf "$prefix"
    if [ "$program" = micromamba ]; then
        micromamba create --yes --prefix "$prefix" --file envs/xtb.yaml >&2 || return 1
    else # the variables say yes: the option is newer than many a conda
        CONDA_ALWAYS_YES=true MAMBA_ALWAYS_YES=true \
            "$program" env create --prefix "$prefix" --file envs/xtb.yaml >&2 || return 1
    fi
    found
}

with_apt() {
    command -v apt-get >/dev/null && [ "$(id -u)" = 0 ] || return 1
    say "installing with apt-get"
    apt-get update -qq >&2 && apt-get install -y --no-install-recommends xtb >&2 || return 1
    found
}

found && exit 0
if [ -n "${PIPELINE_XTB:-}" ]; then
    say "PIPELINE_XTB=$PIPELINE_XTB does not run: correct or unset it"
    exit 1
fi
for program in mamba conda micromamba; do
    if command -v "$program" >/dev/null; then
        with_conda "$program" && exit 0
        say "$program did not give a working xtb"
    fi
done
with_apt && exit 0

say "not found, and not installed. Do one of these and run make xtb again:"
say "  install conda, mamba or micromamba (conda-forge has xtb; no root needed)"
say "  on Debian or Ubuntu: sudo apt-get install xtb"
say "  name an installed one: make xtb PIPELINE_XTB=/path/to/xtb"
exit 1
