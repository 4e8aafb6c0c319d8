#!/usr/bin/env bash
# Find SLURM's programs, or install Debian's (`make slurm`), for `make test-slurm` alone: a
# cluster has its own. Whatever apt-get installs starts no service: the tests start daemons of their
# own and end them.
set -euo pipefail

programs=(munged slurmctld slurmd sbatch srun squeue sinfo scontrol scancel)
packages=(munge slurmctld slurmd slurm-client slurm-wlm-basic-plugins)
policy=${POLICY_RC_D:-/usr/sbin/policy-rc.d} # asked by package scripts before they start a service

say() { echo "slurm: $*" >&2; }

found() {
    local program
    for program in "${programs[@]}"; do
        command -v "$program" >/dev/null || return 1
    done
    say "found $(command -v slurmctld)"
}

# Services stay blocked while the command runs; the policy that was there, or none, is put back.
with_services_blocked() {
    local kept="" done=0
    if [ -e "$policy" ] || [ -L "$policy" ]; then
        kept=$policy.before-slurm
        mv "$policy" "$kept"
    fi
    trap 'put_back "'"$kept"'"; exit 1' INT TERM
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
    "$@" || done=1
    put_back "$kept"
    trap - INT TERM
    return $done
}

put_back() {
    rm -f "$policy"
    [ -z "$1" ] || mv "$1" "$policy"
}

with_apt() {
    command -v apt-get >/dev/null && [ "$(id -u)" = 0 ] || return 1
    say "installing with apt-get"
    apt-get update -qq >&2 || return 1
    DEBIAN_FRONTEND=noninteractive with_services_blocked \
        apt-get install -y --no-install-recommends "${packages[@]}" >&2 || return 1
    found
}

found && exit 0
with_apt && exit 0

say "not found, and not installed. On Debian or Ubuntu, as root, run make slurm again, or:"
say "  sudo apt-get install ${packages[*]}"
exit 1
