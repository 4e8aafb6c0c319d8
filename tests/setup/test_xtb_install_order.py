"""setup/install_xtb.sh on a PATH of stand-ins: what it tries, in which order, and how it ends."""

import pytest
from stand_in_machine import Machine


@pytest.fixture
def machine(tmp_path) -> Machine:
    return Machine(tmp_path, "xtb", "bin/xtb", """
        if [ -n "${{PIPELINE_XTB:-}}" ]; then [ -x "$PIPELINE_XTB" ] && echo "$PIPELINE_XTB"
        elif [ -e {folder}/system-xtb ]; then echo /usr/bin/xtb
        elif [ -x {root}/.xtb-env/bin/xtb ]; then echo {root}/.xtb-env/bin/xtb
        else exit 2; fi""")


def test_xtb_that_is_there_is_taken(machine, tmp_path):
    (tmp_path / "system-xtb").touch()
    machine.conda("mamba")
    machine.apt_get()
    done = machine.install()
    assert (done.returncode, machine.calls) == (0, [])
    assert "found /usr/bin/xtb" in done.stderr


def test_first_conda_there_makes_the_environment_and_it_is_taken_later(machine):
    machine.conda("mamba", works=False)
    machine.conda("conda")
    machine.conda("micromamba")
    machine.apt_get()
    assert machine.install().returncode == 0
    assert machine.calls == [f"{name} env create --prefix {machine.root}/.xtb-env --file "
                             "envs/xtb.yaml" for name in ("mamba", "conda")]
    assert machine.install().returncode == 0
    assert len(machine.calls) == 2


def test_root_gets_it_from_apt(machine):
    machine.apt_get()
    machine.program("id", "echo 0")
    assert machine.install().returncode == 0
    assert machine.calls == ["apt-get update -qq",
                             "apt-get install -y --no-install-recommends xtb"]


def test_nothing_there_names_the_ways(machine):
    machine.apt_get()
    done = machine.install()
    assert (done.returncode, machine.calls) == (1, [])
    assert all(word in done.stderr for word in ("conda", "apt-get install xtb", "PIPELINE_XTB="))


def test_named_program_that_does_not_run_installs_nothing(machine):
    machine.conda("mamba")
    done = machine.install(PIPELINE_XTB="wrong")
    assert (done.returncode, machine.calls) == (1, [])
    assert "PIPELINE_XTB=wrong does not run" in done.stderr
