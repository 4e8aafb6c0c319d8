#!/usr/bin/env bash
# Write requirements.lock from requirements.in (`make lock`): exact versions of everything.
# torch's local version (+cpu, +cu126) is cut off and the packages that only its GPU build brings are
# left out, so that one lock serves both kinds of machine: pip adds them where torch asks for them.
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet pip-tools==7.6.2
"$work/venv/bin/pip-compile" --quiet --no-header --annotation-style=line --strip-extras --allow-unsafe \
    --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options \
    --output-file "$work/lock" requirements.in

{
    echo "# Every package of the environment, pinned; written by \`make lock\` from requirements.in."
    echo "# Not listed: the CUDA packages that PyPI's Linux torch asks for, in the versions it names;"
    echo "# pip installs them with it. A CPU-only torch of the same version needs none of them."
    sed -E -e 's/^(torch==[^+ ]+)\+[^ ]+/\1/' -e '/^(nvidia|cuda|triton)[-_a-z0-9]*==/d' \
        -e '/^#/d' -e '/^$/d' "$work/lock"
} >requirements.lock
echo "requirements.lock: $(grep -c '==' requirements.lock) packages"
