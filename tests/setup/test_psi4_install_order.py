"""setup/install_psi4.sh on a PATH of stand-ins: what it tries, in which order, and how it ends."""

import os

import pytest
from stand_in_machine import Machine


@pytest.fixture
def machine(tmp_path) -> Machine:
    return Machine(tmp_path, "psi4", "bin/python", """
        if [ -n "${{PIPELINE_PSI4_PYTHON:-}}" ]; then
            [ -x "$PIPELINE_PSI4_PYTHON" ] && echo "$PIPELINE_PSI4_PYTHON"
        elif [ -e {folder}/system-psi4 ]; then echo system-python
        else exit 2; fi""")


def test_psi4_that_is_there_is_taken(machine, tmp_path):
    (tmp_path / "system-psi4").touch()
    for name in ("mamba", "conda", "micromamba"):
        machine.conda(name)
    machine.apt_get()
    assert machine.install().returncode == 0
    assert machine.calls == []
    assert machine.recorded == "system-python"


@pytest.mark.parametrize(("there", "used"), [
    (("mamba", "conda", "micromamba"), "mamba env create"),
    (("conda", "micromamba"), "conda env create"),
    (("micromamba",), "micromamba create --yes"),
])
def test_first_conda_there_makes_the_environment(machine, there, used):
    for name in there:
        machine.conda(name)
    machine.apt_get()
    assert machine.install().returncode == 0
    prefix = machine.root / ".psi4-env"
    assert machine.calls == [f"{used} --prefix {prefix} --file envs/psi4.yaml"]
    assert machine.recorded == str(prefix / "bin" / "python")


def test_environment_made_before_is_taken_without_conda(machine):
    machine.conda("mamba")
    machine.install()
    (machine.root / ".venv" / "psi4-python").unlink()
    (machine.bin / "mamba").unlink()
    assert machine.install().returncode == 0
    assert machine.recorded.endswith(os.path.join(".psi4-env", "bin", "python"))


def test_a_way_that_fails_is_reported_and_the_next_is_tried(machine):
    machine.conda("mamba", works=False)
    machine.conda("conda", works=False)
    machine.apt_get()
    machine.program("id", "echo 0")
    done = machine.install()
    assert done.returncode == 0
    assert [call.split(" --prefix")[0] for call in machine.calls] == [
        "mamba env create", "conda env create", "apt-get update -qq",
        "apt-get install -y --no-install-recommends psi4"]
    assert "mamba did not give a working Psi4" in done.stderr
    assert machine.recorded == "system-python"


def test_apt_get_is_for_root_only(machine):
    machine.apt_get()
    done = machine.install()
    assert done.returncode == 1
    assert machine.calls == []
    assert "sudo apt-get install psi4" in done.stderr
    assert not (machine.root / ".venv" / "psi4-python").exists()


def test_nothing_there_names_the_ways_and_forgets_the_old_one(machine):
    (machine.root / ".venv" / "psi4-python").write_text("gone\n")
    done = machine.install()
    assert done.returncode == 1
    assert "conda" in done.stderr
    assert "PIPELINE_PSI4_PYTHON" in done.stderr
    assert not (machine.root / ".venv" / "psi4-python").exists()


def test_named_python_without_psi4_installs_nothing(machine):
    machine.conda("mamba")
    done = machine.install(PIPELINE_PSI4_PYTHON="wrong")
    assert done.returncode == 1
    assert machine.calls == []
    assert "PIPELINE_PSI4_PYTHON=wrong cannot import psi4" in done.stderr
