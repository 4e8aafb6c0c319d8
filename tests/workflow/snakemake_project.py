"""A copy of the project in which Snakemake runs without touching the checkout."""

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("workflow", "config", "resources", "pipeline_src", "envs")
_JOB = re.compile(r"^(?:local)?(?:rule|checkpoint) (\S+):\n((?:    .*\n?)*)", re.MULTILINE)


@dataclass(frozen=True)
class Job:
    """One job of a dry run."""

    rule: str
    outputs: tuple[str, ...]
    logs: tuple[str, ...]
    resources: str


@dataclass(frozen=True)
class Project:
    """The copy; everything a job imports comes from it, edits included."""

    folder: Path

    @classmethod
    def copy(cls, folder: Path, origin: Path = ROOT, parts: tuple[str, ...] = PARTS) -> "Project":
        """The project's parts copied with their times; ``results`` too where they are named."""
        for part in parts:
            shutil.copytree(origin / part, folder / part, symlinks=True,
                            ignore=shutil.ignore_patterns("__pycache__"))
        return cls(folder)

    def another(self, folder: Path) -> "Project":
        """A copy of this one with all it has computed."""
        return Project.copy(folder, self.folder, (*PARTS, "results", ".snakemake"))

    def command(self, *arguments: str) -> dict:
        """Arguments for ``subprocess``: snakemake of this Python, in the copy."""
        environment = {key: value for key, value in os.environ.items()
                       if not key.startswith("SNAKEMAKE") and key != "PYTHONPATH"}
        environment["OMP_NUM_THREADS"] = "1"
        return {"args": [sys.executable, "-m", "snakemake", *arguments], "cwd": self.folder,
                "env": environment, "text": True, "stdout": subprocess.PIPE,
                "stderr": subprocess.STDOUT}

    def run(self, *arguments: str, cores: int = 2, timeout: float = 400) -> str:
        """Output of a run that has to succeed."""
        done = self.attempt("--cores", str(cores), *arguments, timeout=timeout)
        assert done.returncode == 0, done.stdout[-6000:]
        return done.stdout

    def attempt(self, *arguments: str, timeout: float = 400) -> subprocess.CompletedProcess:
        """A run that may fail; stdout has both streams."""
        return subprocess.run(**self.command(*arguments), timeout=timeout, check=False)

    def jobs(self, *arguments: str) -> list[Job]:
        """The jobs a run would start."""
        return jobs_in(self.run("--dry-run", *arguments))

    def rules(self, *arguments: str) -> Counter:
        """Rule -> number of jobs a run would start."""
        return Counter(job.rule for job in self.jobs(*arguments))

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace the only occurrence of ``old`` in a file."""
        file = self.folder / path
        text = file.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{path} has {text.count(old)} times {old!r}"
        file.write_text(text.replace(old, new), encoding="utf-8")

    def append(self, path: str, line: str) -> None:
        """Add a line to a file."""
        with open(self.folder / path, "a", encoding="utf-8") as file:
            file.write(line + "\n")

    def files(self, pattern: str) -> list[Path]:
        """Files of a pattern, sorted; at least one."""
        found = sorted(self.folder.glob(pattern))
        assert found, pattern
        return found


def jobs_in(text: str) -> list[Job]:
    """The jobs that the output of a dry run lists."""
    return [Job(rule, _names(body, "output"), _names(body, "log"), _line(body, "resources"))
            for rule, body in _JOB.findall(text)]


def _line(body: str, key: str) -> str:
    found = re.search(rf"^    {key}: (.*)$", body, re.MULTILINE)
    return found.group(1) if found else ""


def _names(body: str, key: str) -> tuple[str, ...]:
    return tuple(name for name in _line(body, key).split(", ") if name)
