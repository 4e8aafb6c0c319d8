"""One version of everything: requirements.in, requirements.lock and envs/*.yaml agree."""

import re
import subprocess
from importlib import metadata
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
ENVIRONMENTS = sorted((ROOT / "envs").glob("*.yaml"))
_NOT_PYPI = {"python", "pip", "psi4", "xtb"}  # conda-forge's own
_CONDA_NAMES = {"pytorch": "torch", "pytorch-geometric": "torch-geometric"}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _pins(file: str) -> dict[str, str]:
    lines = (line.split("#")[0].strip() for line in (ROOT / file).read_text().splitlines())
    pairs = [line.split("==") for line in lines if line]
    assert all(len(pair) == 2 for pair in pairs), "every line is name==version"
    return {_plain(name): version for name, version in pairs}


def _environment_pins(path: Path) -> dict[str, str]:
    entries = yaml.safe_load(path.read_text())["dependencies"]
    pip = [entry for e in entries if isinstance(e, dict) for entry in e["pip"]]
    pairs = [e.replace("==", "=").split("=") for e in entries + pip if isinstance(e, str)]
    pins = {_plain(pair[0]): pair[1] for pair in pairs if len(pair) == 2}
    bare = {_plain(pair[0]) for pair in pairs if len(pair) != 2}
    assert bare <= {"pip"}, f"without a version: {bare}"
    return {_CONDA_NAMES.get(name, name): version for name, version in pins.items()}


def test_lock_holds_what_is_asked_for_in_that_version():
    lock = _pins("requirements.lock")
    assert {name: lock.get(name) for name in _pins("requirements.in")} == _pins("requirements.in")


def test_lock_fits_every_machine():
    """No CPU-only version, no GPU packages, no place a package was taken from."""
    text = (ROOT / "requirements.lock").read_text()
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert not [line for line in lines if re.match(r"(nvidia|cuda|triton)", line)]
    assert not [line for line in lines if re.search(r"\+|://|--|file:|\.whl", line)]


def test_lock_is_what_runs_here():
    """The environment of the tests is the locked one (torch's local version apart)."""
    for name, version in _pins("requirements.in").items():
        assert metadata.version(name).split("+")[0] == version, name


@pytest.mark.parametrize("path", ENVIRONMENTS, ids=lambda path: path.stem)
def test_environment_pins_equal_the_lock(path):
    lock, pins = _pins("requirements.lock"), _environment_pins(path)
    assert {n: v for n, v in pins.items() if n not in _NOT_PYPI} == {
        n: lock.get(n) for n in pins if n not in _NOT_PYPI}
    assert yaml.safe_load(path.read_text())["channels"] == ["conda-forge", "nodefaults"]


def test_environments_are_apart():
    """Chemistry needs no torch, learning no RDKit, and each installs the package itself."""
    pins = {path.stem: _environment_pins(path) for path in ENVIRONMENTS}
    assert {"learn", "chem", "report", "psi4", "quantum", "validity", "xtb"} == set(pins)
    assert [stem for stem, names in pins.items() if "torch" in names] == ["learn"]
    assert "rdkit" not in pins["learn"]


@pytest.mark.parametrize("path", ENVIRONMENTS, ids=lambda path: path.stem)
@pytest.mark.parametrize("named", [True, False])
def test_each_environment_gets_the_package_of_the_checkout(path, named, tmp_path):
    """Of the first folder on PYTHONPATH, where a module of another project is; else of this one."""
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\necho "$@, ${PYTHONPATH:-no PYTHONPATH}"\n')
    python.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    if named:
        environment["PYTHONPATH"] = f"{ROOT}:/elsewhere"
    command = ["bash", path.with_suffix(".post-deploy.sh")]
    done = subprocess.run(command, cwd=tmp_path if named else ROOT, env=environment, check=True,
                          capture_output=True, text=True)
    place = ROOT if named else "."
    assert done.stdout.strip() == (
        f"-m pip install --no-deps --editable {place}, no PYTHONPATH")
    refused = subprocess.run(command, cwd=tmp_path, env={"PATH": "/usr/bin:/bin"},
                             capture_output=True, text=True)
    assert refused.returncode == 1 and "no checkout of the pipeline" in refused.stderr
