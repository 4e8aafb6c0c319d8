"""SLURM jobs of a killed run, with stand-ins for squeue and scancel."""

import json
from pathlib import Path

import pytest

from pipeline_src.run import orphans
from pipeline_src.run.errors import ResourceError
from pipeline_src.run.orphans import end_orphans
from pipeline_src.run.unlock import note_start

RUN = "0b5e2a43-9d0f-4a52-8a70-3c1f6a1e2b11"


class Queue:
    """`squeue` shows the lines of a file; `scancel` logs its call and, if so told, empties it."""

    def __init__(self, folder: Path):
        self.folder = folder
        (folder / "bin").mkdir()
        (folder / "queue").touch()
        self.program("squeue", f"echo squeue >> {folder}/calls; cat {folder}/queue")
        self.program("scancel", f"echo scancel $* >> {folder}/calls; : > {folder}/queue")

    def program(self, name: str, body: str) -> None:
        file = self.folder / "bin" / name
        file.write_text(f"#!/bin/sh\n{body}\n")
        file.chmod(0o755)

    def hold(self, *rows: tuple) -> None:
        (self.folder / "queue").write_text("".join("|".join(map(str, r)) + "\n" for r in rows))

    @property
    def calls(self) -> list[str]:
        log = self.folder / "calls"
        return log.read_text().splitlines() if log.exists() else []


@pytest.fixture
def queue(tmp_path, monkeypatch) -> Queue:
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setattr(orphans, "LOOK_AGAIN_S", 0.01)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    return Queue(tmp_path)


def test_jobs_of_this_folder_and_of_snakemake_are_cancelled(queue, capfd):
    here = Path.cwd()
    queue.hold((7, RUN, here, "rule_train_stage_wildcards_a|b"),
               (8, f"lab_{RUN}", here, "rule_score_geometry"),
               (9, RUN, here.parent, "rule_train_stage"),  # another project
               (10, "interactive", here, "(null)"),  # a shell of the user in this folder
               (11, RUN, here, "(null)"))
    assert end_orphans(here) == ["7", "8"]
    assert [call for call in queue.calls if "scancel" in call] == ["scancel 7 8"]
    assert "earlier run left here: 7, 8" in capfd.readouterr().err


def test_nothing_left_cancels_nothing(queue, capfd):
    assert end_orphans(Path.cwd()) == []
    assert queue.calls == ["squeue"]
    assert capfd.readouterr().err == ""


def test_jobs_that_do_not_end_are_named(queue):
    queue.program("scancel", "exit 0")
    queue.hold((7, RUN, Path.cwd(), "rule_train_stage"))
    with pytest.raises(ResourceError, match="do not end: 7"):
        end_orphans(Path.cwd(), patience_s=0.05)


def test_slurm_that_does_not_answer_stops_the_run(queue):
    queue.program("squeue", "echo Unable to contact slurm controller >&2; exit 1")
    with pytest.raises(ResourceError, match="Unable to contact slurm controller"):
        note_start("slurm")
    assert not Path(".snakemake/started.json").exists()


def test_slurm_is_asked_by_runs_on_it_and_by_the_first_one_after_them(queue):
    asked = []
    Path(".snakemake").mkdir()
    for executor in ("local", "slurm", "local", "local"):
        note_start(executor)
        asked.append(len(queue.calls))
    assert asked == [0, 1, 2, 2]
    assert json.loads(Path(".snakemake/started.json").read_text())["executor"] == "local"
