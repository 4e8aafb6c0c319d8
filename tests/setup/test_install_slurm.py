"""setup/install_slurm.sh on a PATH of stand-ins: what it tries, and that no service is started."""

import shutil
import subprocess

import pytest
from stand_in_machine import Machine

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "squeue", "sinfo", "scontrol",
            "scancel")
OTHERS = "#!/bin/sh\nexit 0\n"  # the policy of someone else


@pytest.fixture
def machine(tmp_path) -> Machine:
    machine = Machine(tmp_path, "slurm", "", "exit 2")
    for tool in ("mv", "cp", "ls"):
        (machine.bin / tool).symlink_to(shutil.which(tool))
    return machine


def debian(machine: Machine, works: bool = True) -> None:
    """Root's apt-get: keeps what the package scripts would see of the policy, and installs."""
    made = "; ".join(f"cp {machine.bin}/id {machine.bin}/{name}" for name in PROGRAMS)
    machine.program("id", "echo 0")
    machine.program("apt-get", f"[ $1 = update ] || {{ cp -p $POLICY_RC_D {machine.root}/seen; "
                    + (f"{made}; }}" if works else "exit 100; }"))


def install(machine: Machine) -> subprocess.CompletedProcess:
    return machine.install(POLICY_RC_D=str(machine.root / "policy-rc.d"))


def test_slurm_that_is_there_is_taken(machine):
    debian(machine)
    for name in PROGRAMS:
        machine.program(name)
    done = install(machine)
    assert (done.returncode, machine.calls) == (0, [])
    assert f"found {machine.bin}/slurmctld" in done.stderr


@pytest.mark.parametrize("policy", [None, OTHERS], ids=["no policy", "a policy"])
@pytest.mark.parametrize("works", [True, False], ids=["installs", "fails"])
def test_root_gets_it_from_apt_with_services_blocked(machine, policy, works):
    debian(machine, works)
    file = machine.root / "policy-rc.d"
    if policy:
        file.write_text(policy)
        file.chmod(0o711)
    done = install(machine)
    assert done.returncode == (0 if works else 1)
    assert machine.calls == [
        "apt-get update -qq", "apt-get install -y --no-install-recommends munge slurmctld slurmd "
        "slurm-client slurm-wlm-basic-plugins"]
    seen = machine.root / "seen"
    assert seen.stat().st_mode & 0o100
    assert subprocess.run([seen], check=False).returncode == 101  # "action forbidden by policy"
    assert (file.read_text() if file.exists() else None) == policy
    assert not policy or file.stat().st_mode & 0o777 == 0o711
    assert sorted(path.name for path in machine.root.iterdir()) == sorted(
        [".venv", "envs", "setup", "seen"] + ["policy-rc.d"] * bool(policy))


def test_without_root_the_packages_are_named(machine):
    debian(machine)
    machine.program("id", "echo 1000")
    done = install(machine)
    assert (done.returncode, machine.calls) == (1, [])
    assert "sudo apt-get install munge slurmctld slurmd" in done.stderr
