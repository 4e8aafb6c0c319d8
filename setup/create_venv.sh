#!/usr/bin/env bash
# Create .venv from requirements.lock and install this package in it (`make setup`).
# Does nothing when .venv was already made from this very lock. PYTHON names the Python to use,
# PIP_ARGS further options of pip.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() { echo "setup: $*" >&2; exit 1; }

new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    local candidate
    for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
        if new_enough "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
    fail "needs Python 3.11 or newer; ${PYTHON:-python3} is" \
        "$("${PYTHON:-python3}" --version 2>&1 || echo missing)." \
        "Install one and name it: make setup PYTHON=/path/to/python3.11"
}

# Debian and Ubuntu ship Python without ensurepip, which a virtual environment needs.
ensure_venv_module() {
    "$1" -c 'import ensurepip, venv' 2>/dev/null && return
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "setup: $1 lacks the venv module; installing python3-venv with apt-get"
        apt-get update -qq
        apt-get install -y --no-install-recommends python3-venv
        "$1" -c 'import ensurepip, venv' 2>/dev/null && return
    fi
    fail "$1 lacks the venv module; on Debian and Ubuntu: sudo apt-get install python3-venv"
}

python=$(find_python)
stamp=.venv/.stamp
made_from=$(cat requirements.lock pyproject.toml | cksum)
if [ -x .venv/bin/python ] && [ "$(cat $stamp 2>/dev/null)" = "$made_from" ]; then
    touch $stamp # newer than the lock again, so that make does not ask twice
    exit 0
fi

ensure_venv_module "$python"
echo "setup: creating .venv with $python ($("$python" --version))"
rm -f $stamp
"$python" -m venv .venv
# shellcheck disable=SC2086  # PIP_ARGS holds several words
.venv/bin/python -m pip install --quiet ${PIP_ARGS:-} -r requirements.lock
.venv/bin/python -m pip install --quiet --no-deps --no-build-isolation -e .
.venv/bin/python -m pip check
echo "$made_from" >$stamp
