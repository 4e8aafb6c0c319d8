"""Which Python has Psi4: the order of places, and the message when there is none."""

import sys
from pathlib import Path

import pytest

from pipeline_src.quantum import find_psi4 as room
from pipeline_src.quantum.find_psi4 import VARIABLE, find_psi4, interpreters_of, psi4_version
from pipeline_src.run.errors import InputError


@pytest.fixture
def places(tmp_path, monkeypatch):
    """The places of a machine, none of which has Psi4; ``has`` maps interpreters to versions."""
    has = {}
    (tmp_path / "env").mkdir()
    (tmp_path / "bin").mkdir()
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "env"))
    monkeypatch.setattr(sys, "executable", "ours")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(room, "psi4_version", has.get)
    return tmp_path, has


def _command(folder: Path, first_line: str) -> Path:
    command = folder / "psi4"
    command.write_text(first_line + "\n")
    command.chmod(0o755)
    return command


def test_places_are_asked_in_order(places, monkeypatch):
    folder, has = places
    with pytest.raises(InputError, match="make psi4"):
        find_psi4()
    _command(folder / "bin", "#!/opt/psi4/python -s")
    has["/opt/psi4/python"] = "1"
    assert find_psi4() == ("/opt/psi4/python", "1")
    for place, version in (("ours", "2"), ("recorded", "3"), ("named", "4")):
        find_psi4.cache_clear()
        has[place] = version
        if place == "recorded":
            (folder / "env" / "psi4-python").write_text("recorded\n")
        if place == "named":
            monkeypatch.setenv(VARIABLE, "named")
        assert find_psi4() == (place, version)


def test_recorded_python_that_is_gone_is_passed_over(places):
    folder, has = places
    (folder / "env" / "psi4-python").write_text("gone\n")
    has["ours"] = "1"
    assert find_psi4() == ("ours", "1")


def test_named_python_without_psi4_is_an_error_even_if_another_has_it(places, monkeypatch):
    _, has = places
    has["ours"] = "1"
    monkeypatch.setenv(VARIABLE, "wrong")
    with pytest.raises(InputError, match=VARIABLE):
        find_psi4()


def test_interpreters_of_a_command(tmp_path, monkeypatch):
    assert interpreters_of(_command(tmp_path, "#!/a/python3.8")) == ["/a/python3.8"]
    (tmp_path / "python").write_text("")
    (tmp_path / "python").chmod(0o755)
    beside = str(tmp_path / "python")
    assert interpreters_of(_command(tmp_path, "#!/a/python3.8")) == ["/a/python3.8", beside]
    assert interpreters_of(_command(tmp_path, "\x7fELF")) == [beside]
    monkeypatch.setenv("PATH", str(tmp_path))
    assert interpreters_of(_command(tmp_path, "#!/usr/bin/env python"))[0] == beside


def test_a_missing_or_odd_interpreter_has_no_psi4(tmp_path):
    assert psi4_version(str(tmp_path / "nothing")) is None
    assert psi4_version(str(_command(tmp_path, "#!/usr/bin/env false"))) is None


@pytest.mark.psi4
def test_this_machine_has_psi4_and_asking_leaves_no_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    python, version = find_psi4()
    assert Path(python).is_file()
    assert version[0].isdigit()
    assert list(tmp_path.iterdir()) == []
