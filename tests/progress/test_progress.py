"""A made-up run as the page and the line show it: counts, what runs, times, memory, offline."""

import json
import os
import platform
import re
import subprocess
import sys
import time

import psutil
import pytest
from canned_logs import LOCAL, SENT, run_of

from pipeline_src.reports.progress.page import say_at_end, write_page
from pipeline_src.run.claim import claimed
from pipeline_src.run.progress import AT_WORK, ELSEWHERE, ENDED, GONE, progress

WEIGHTS = "results/stages/d/s-1/seed1/weights.pt"
LOG = "results/logs/train_stage/d/s-1/seed1.log"


def write(folder, name, text):
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)


def note(folder, host, process):
    write(folder, ".snakemake/started.json", json.dumps({"host": host, "process": process}))


def sidecar(folder, output, step, seconds, memory):
    write(folder, f"{output}.provenance.json", json.dumps(
        {"step": step, "host": "node2", "seconds": seconds, "max_rss_mb": memory}))


@pytest.fixture
def running(tmp_path):
    """A local run at work: one job done, one that trains; results of earlier runs."""
    text = LOCAL.split("RuleException")[0]
    run_of(tmp_path, re.sub(r"\[.*? 2026\]", f"[{time.asctime()}]", text))
    note(tmp_path, platform.node(), psutil.Process().pid)
    write(tmp_path, LOG, "x\n\rs-1:  10%|█   | 8/80 [00:02<00:20,  7.2step/s, validation 1.7]")
    for k, seconds in enumerate((10, 20, 90)):
        sidecar(tmp_path, f"results/scores/d/n/seed1/k/shard{k}.csv", "score_geometry", seconds,
                100.0 + k)
    return tmp_path


def test_what_is_done_what_runs_and_how_long_it_took(running):
    with claimed([running / WEIGHTS]):
        found = progress(running)
    assert found.state == AT_WORK
    rows = {row.rule: row for row in found.rules}
    assert list(rows) == ["split_dataset", "train_stage", "score_geometry", "smoke"]
    assert (rows["split_dataset"].done, rows["train_stage"].running) == (1, 1)
    assert rows["train_stage"].waiting == 1 and found.count("planned") == 8
    scores = rows["score_geometry"]
    assert (scores.n_measured, scores.median_s, scores.total_s, scores.max_rss_mb) == (
        3, 20, 120, 102)
    job, = found.running
    assert (job.rule, job.where, job.said) == ("train_stage", platform.node(),
                                               "s-1: 8 of 80, 00:20 left")
    assert [job.seconds for job in found.slowest] == [90, 20, 10]
    assert found.line().endswith("at work: 1 of 8 jobs done, 1 running, 0 failed")


def test_a_quiet_run_names_a_job_at_its_end_alone(tmp_path):
    quiet = re.sub(r"localrule.*\n(?:    .*\n)+", "", LOCAL.split("RuleException")[0])
    assert "rule split" not in quiet and "Finished jobid: 3 (Rule: split_dataset)" in quiet
    run_of(tmp_path, quiet + "Complete log(s): x\n")
    found = progress(tmp_path)
    assert found.line().endswith("ended: 1 of 8 jobs done, 0 running, 0 failed")
    assert {row.rule: row.done for row in found.rules}["split_dataset"] == 1


def test_who_is_at_work_is_seen_where_it_can_be(running):
    note(running, "another", 1)
    assert progress(running).state == ELSEWHERE
    note(running, platform.node(), 2 ** 22 + 1)  # no such process
    gone = progress(running)
    assert gone.state == GONE and not gone.running
    assert progress(running, ended=True).state == ENDED


def test_a_job_waits_in_the_queue_until_a_process_claims_its_result(tmp_path):
    run_of(tmp_path, SENT.format(slurm_log="/x/17.log"))
    note(tmp_path, "login", 1)
    write(tmp_path, LOG, "s-1:  10%|█   | 8/80 [00:02<00:20,  7.2step/s]")  # of an earlier attempt
    job, = progress(tmp_path).running
    assert (job.where, job.said) == ("in the queue", "")
    write(tmp_path, "results/stages/d/s-1/seed1/.weights.pt.owner",
          f"process 7 on node3\nnode3\n{time.time() - 60}")
    job, = progress(tmp_path).running
    assert (job.where, job.said) == ("node3", "s-1: 8 of 80, 00:20 left") and 59 < job.seconds < 90


def test_a_claim_of_a_dead_process_is_none_and_one_of_no_run_is_told(running):
    run_of(running, LOCAL + "Complete log(s): x\n")
    owner = "results/stages/d/other/seed1/.weights.pt.owner"
    began = psutil.Process().create_time()
    write(running, owner, f"process {os.getpid()} on x\n{platform.node()}\n{began - 5}")
    assert not progress(running).running
    write(running, owner, f"process {os.getpid()} on x\n{platform.node()}\n{began}")
    job, = progress(running).running
    assert job.what == "results/stages/d/other/seed1/weights.pt" and "earlier" in job.rule


def test_the_page_is_one_file_that_loads_nothing(running):
    write(running, "results/demo/tables/failures.csv",
          "chain,dataset,seed,sampler,kind,molecule,reason\nc,d,1,s,geometry,m1,<b>diverged\n")
    text, found = write_page(running, reload_s=30)
    assert text == f"{found.line()}. More: results/progress.html"
    page = (running / "results/progress.html").read_text(encoding="utf-8")
    assert not re.search(r"(src|href)=\"(?!#)|url\(|@import|<script", page)
    assert 'http-equiv="refresh" content="30"' in page and "&lt;b&gt;diverged" in page
    assert "8 of 80, 00:20 left" in page and "0 failed of 8" in page
    run_of(running, LOCAL + "Complete log(s): x\n")
    write(running, LOG, "train_stage: InputError: training.x: got 1, expected 2.\n")
    text, _ = write_page(running, reload_s=30)
    page = (running / "results/progress.html").read_text(encoding="utf-8")
    assert text.startswith("1 job failed:\n  train_stage (dataset=d, stage=s-1, seed=1)\n")
    assert "<b>Next:</b> change &#39;training.x&#39;" in page and "refresh" not in page


def test_a_folder_without_any_run_has_a_page(tmp_path):
    text, _ = write_page(tmp_path)
    assert text.startswith("No run yet.") and (tmp_path / "results/progress.html").is_file()


def test_at_the_end_of_a_run_a_page_that_cannot_be_written_is_only_said(tmp_path, capsys):
    write(tmp_path, "results", "a file, no folder")
    say_at_end(tmp_path)
    assert "No progress page: " in capsys.readouterr().err


def test_nothing_heavy_is_imported_to_look(tmp_path):
    for k in range(100):
        sidecar(tmp_path, f"results/samples/d/n/seed1/shard{k}.parquet", "sample_stage", k, 1.0)
    code = ("import sys\nfrom pathlib import Path\n"
            "from pipeline_src.reports.progress.page import write_page\n"
            f"print(write_page(Path({str(tmp_path)!r}))[1].rules[0].n_measured)\n"
            "print(*{'torch', 'rdkit', 'numpy', 'pandas', 'pyarrow', 'matplotlib', 'pydantic'}"
            " & set(sys.modules))")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["100"]
