"""Whole runs where something is wrong outside the pipeline: a clear message, and nothing lost."""

import errno
import os
import shutil
import sys
import time
from pathlib import Path

import pytest
from snakemake_project import PARTS, Project

sys.path.append(str(Path(__file__).resolve().parents[1] / "bad_input"))

from places import can_mount, run_on_full_disk, run_read_only

REPORT = "results/smoke/report.html"
NO_RESULTS = {"logs", "progress.html"}
HOUR_S = 3600
# A mount of one's own where that is allowed, else what the kernel does without one; that is also
# among the slow tests.
WAYS = ["mounted", pytest.param("plain", marks=pytest.mark.slow)]


@pytest.fixture
def unfinished(done: Project) -> Project:
    """The smoke run but for its last job."""
    (done.folder / REPORT).unlink()
    return done


def contents(project: Project) -> dict[str, bytes]:
    """Files of the results by path, but the logs and the page that every run writes anew."""
    results = project.folder / "results"
    return {str(path.relative_to(results)): path.read_bytes() for path in results.rglob("*")
            if path.is_file() and path.relative_to(results).parts[0] not in NO_RESULTS}


def words(project: Project, *arguments: str) -> list[str]:
    """Snakemake's command from any folder."""
    return [sys.executable, "-m", "snakemake", "--snakefile",
            str(project.folder / "workflow/Snakefile"), "--directory", str(project.folder),
            "--cores", "1", *arguments]


@pytest.mark.parametrize("way", WAYS)
def test_a_full_disk(smoke, unfinished, way):
    before, mounted = contents(unfinished), way == "mounted" and can_mount()
    room = (smoke[0].folder / REPORT).stat().st_size // 2 // 1024
    ended = run_on_full_disk(unfinished.folder / "results", room, words(unfinished, "smoke"),
                             mounted)
    assert ended.returncode != 0
    text = ended.stdout + ended.stderr
    assert f"no space to write ({os.strerror(errno.ENOSPC if mounted else errno.EFBIG)})" in text
    assert "Free space or write elsewhere, then run again." in text
    assert contents(unfinished) == before
    unfinished.run("smoke")
    assert contents(unfinished)["smoke/report.html"]


@pytest.mark.parametrize("way", WAYS)
def test_a_read_only_results_folder(unfinished, way):
    before, results = contents(unfinished), unfinished.folder / "results"
    mounted = way == "mounted" and can_mount()
    folders = [] if mounted else [path for path in results.iterdir() if path.is_dir()]
    for folder in folders:
        folder.chmod(0o555)
    ended = run_read_only(results, words(unfinished, "smoke"), mounted)
    for folder in folders:
        folder.chmod(0o755)
    assert ended.returncode != 0
    text = ended.stdout + ended.stderr
    assert "results: got 'a folder that cannot be written to', expected one that can." in text
    assert "Traceback" not in text and "make_report.log" not in text  # no job was started
    assert contents(unfinished) == before


def set_ahead(file: Path, seconds: float) -> None:
    """Give a file a time in the future."""
    os.utime(file, (time.time() + seconds,) * 2)


def test_raw_data_from_the_future_are_refused_before_anything_is_done(shared):
    raw = shared.folder / "resources/mini_qm9/smoke.sdf.gz"
    set_ahead(raw, HOUR_S)
    refused = shared.attempt("--cores", "1", "smoke")
    assert refused.returncode != 0
    assert "smoke.sdf.gz: got 'a file of 3" in refused.stdout
    assert "touch 'resources/mini_qm9/smoke.sdf.gz'" in refused.stdout
    assert not (shared.folder / "results").exists()
    raw.touch()


def test_a_result_from_the_future_stops_the_job_that_reads_it_and_no_other(unfinished):
    before = contents(unfinished)
    set_ahead(unfinished.folder / "results/smoke/overlays.json", HOUR_S)
    refused = unfinished.attempt("--cores", "1", "smoke")
    assert refused.returncode != 0
    assert "make_report: InputError: results/smoke/overlays.json: got 'a file of 3" in (
        refused.stdout)
    assert contents(unfinished) == before


def test_results_hold_no_absolute_path_of_theirs(smoke):
    folder = os.fsencode(smoke[0].folder)
    held = {path for path, content in contents(smoke[0]).items() if folder in content}
    assert not {path for path in held if not path.endswith(".provenance.json")}


def test_a_moved_or_faithfully_copied_run_has_nothing_to_do(done, tmp_path):
    moved = Project(done.folder.rename(tmp_path / "moved"))
    assert not moved.rules("smoke")
    shutil.rmtree(moved.folder / ".snakemake")  # results/ alone, without what Snakemake knows
    assert not moved.rules("smoke")


def test_a_copy_without_times_is_taken_by_touch(done, tmp_path):
    """`cp -r` gives each file the time of its copying, and inputs may come after outputs."""
    copied = tmp_path / "copied"
    for part in (*PARTS, "results", ".snakemake"):
        shutil.copytree(done.folder / part, copied / part, copy_function=shutil.copyfile)
    project = Project(copied)
    before, now = contents(project), time.time()
    for place in ("smoke", "scores", "samples", "stages", "datasets"):  # the worst order
        now += 0.1
        for file in (copied / "results" / place).rglob("*"):
            if file.is_file():
                os.utime(file, (now, now))
    time.sleep(1)
    project.run("--touch", "smoke")
    assert not project.rules("smoke")
    assert contents(project) == before
