"""setup/create_venv.sh with stand-ins for Python: messages, and work only when the lock changed."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BASH = shutil.which("bash")
_TOOLS = ("bash", "dirname", "rm", "mkdir", "touch", "cat", "cksum", "cp")

# Says its version, knows ensurepip or not, and as `-m venv` copies itself to .venv; logs the rest.
_PYTHON = """
case "$*" in
    *version_info*) exit {too_old} ;;
    *ensurepip*) [ -e {folder}/has-venv ] || exit 1 ;;
    --version) echo "Python 3.{minor}" ;;
    "-m venv .venv") mkdir -p .venv/bin; cp "$0" .venv/bin/python; echo "venv" >> {folder}/log ;;
    *) echo "$*" >> {folder}/log ;;
esac
"""


@pytest.fixture
def checkout(tmp_path) -> Path:
    (tmp_path / "setup").mkdir()
    (tmp_path / "bin").mkdir()
    shutil.copy(ROOT / "setup" / "create_venv.sh", tmp_path / "setup")
    (tmp_path / "requirements.lock").write_text("numpy==1\n")
    (tmp_path / "pyproject.toml").write_text("\n")
    (tmp_path / "has-venv").touch()
    for tool in _TOOLS:
        (tmp_path / "bin" / tool).symlink_to(shutil.which(tool))
    _program(tmp_path, "id", "echo 1000")
    return tmp_path


def _program(checkout: Path, name: str, body: str) -> None:
    path = checkout / "bin" / name
    path.write_text(f"#!{BASH}\n{body}\n")
    path.chmod(0o755)


def _python(checkout: Path, name: str = "python3", minor: int = 11) -> None:
    _program(checkout, name, _PYTHON.format(folder=checkout, minor=minor, too_old=int(minor < 11)))


def _create(checkout: Path, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [BASH, str(checkout / "setup" / "create_venv.sh")], capture_output=True, text=True,
        env={"PATH": str(checkout / "bin"), **environment}, timeout=60)


def _log(checkout: Path) -> list[str]:
    log = checkout / "log"
    return log.read_text().splitlines() if log.exists() else []


def test_installs_the_lock_then_the_package(checkout):
    _python(checkout)
    assert _create(checkout, PIP_ARGS="--pre --no-cache-dir").returncode == 0
    assert _log(checkout) == [
        "venv",
        "-m pip install --quiet --pre --no-cache-dir -r requirements.lock",
        "-m pip install --quiet --no-deps --no-build-isolation -e .",
        "-m pip check",
    ]


def test_second_run_works_only_if_the_lock_changed(checkout):
    _python(checkout)
    _create(checkout)
    first = len(_log(checkout))
    _create(checkout)
    assert len(_log(checkout)) == first
    (checkout / "requirements.lock").write_text("numpy==2\n")
    _create(checkout)
    assert len(_log(checkout)) == 2 * first


def test_failed_install_is_done_again(checkout):
    _python(checkout)
    fails = _PYTHON.replace("*) echo", "*pip*check*) exit 1 ;;\n    *) echo")
    _program(checkout, "python3", fails.format(folder=checkout, minor=11, too_old=0))
    assert _create(checkout).returncode == 1
    _python(checkout)
    assert _create(checkout).returncode == 0
    assert _log(checkout).count("venv") == 2


def test_old_python_is_named_and_a_newer_one_beside_it_taken(checkout):
    _python(checkout, minor=9)
    done = _create(checkout)
    assert done.returncode == 1
    assert "needs Python 3.11 or newer" in done.stderr
    assert "Python 3.9" in done.stderr
    _python(checkout, "python3.12", minor=12)
    assert _create(checkout).returncode == 0
    assert _create(checkout, PYTHON="python3").returncode == 1  # the one asked for, or none


def test_missing_python_is_said(checkout):
    done = _create(checkout)
    assert done.returncode == 1
    assert "missing" in done.stderr


def test_debian_without_venv_module(checkout):
    (checkout / "has-venv").unlink()
    _python(checkout)
    done = _create(checkout)
    assert done.returncode == 1
    assert "sudo apt-get install python3-venv" in done.stderr
    _program(checkout, "id", "echo 0")
    _program(checkout, "apt-get", f'[ "$1" = update ] || touch {checkout}/has-venv')
    assert _create(checkout).returncode == 0
