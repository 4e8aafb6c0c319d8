"""What a user types: the Makefile's targets, and the scripts' syntax."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
SCRIPTS = [*sorted((ROOT / "setup").glob("*.sh")), ROOT / ".ci" / "run"]


def _make(*arguments: str) -> str:
    return subprocess.run(
        ["make", *arguments], cwd=ROOT, check=True, capture_output=True, text=True, timeout=60,
    ).stdout


def test_make_alone_lists_the_targets():
    listed = re.findall(r"^  make (\S+)", _make(), flags=re.MULTILINE)
    assert {"help", "setup", "psi4", "xtb", "demo", "unlock", "test", "lint",
            "clean-env"} <= set(listed)


def test_demo_sets_up_first_unlocks_and_takes_the_cores_asked_for():
    plan = _make("--dry-run", "--always-make", "demo", "CORES=7")
    order = [plan.index(word) for word in ("create_venv.sh", "install_psi4.sh",
                                           "-m pipeline_src.run.unlock", "--cores 7 demo")]
    assert order == sorted(order)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_parse_stop_at_errors_and_can_be_run(script):
    subprocess.run([shutil.which("bash"), "-n", str(script)], check=True)
    assert "set -euo pipefail" in script.read_text()
    assert script.stat().st_mode & 0o100


def test_ci_runs_every_check():
    steps = re.findall(r"^timed make ([\w-]+)$", (ROOT / ".ci" / "run").read_text(), re.MULTILINE)
    assert steps == ["setup", "lint", "psi4", "xtb", "test", "test-slurm", "test-slurm-slow",
                     "demo"]


def test_commit_hooks_are_local():
    repositories = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert [r["repo"] for r in repositories] == ["local"]
    assert {h["id"] for h in repositories[0]["hooks"]} == {"ruff", "snakefmt"}
