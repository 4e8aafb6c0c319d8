"""Each kind of failure, in plain words: what it said, where its log is, what to try next."""

import pytest
from canned_logs import LOCAL, group_failure, run_of, slurm_failure

from pipeline_src.run.failures import LISTED, Failure, failure_text, failures_of, left_out

LOG = "results/logs/train_stage/d/s-1/seed1.log"
TRACE = "Traceback (most recent call last):\n  File \"x.py\", line 1, in <module>\n"


def write(folder, name, text):
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)


def failure(folder, text, own=None, slurm=None):
    if own is not None:
        write(folder, LOG, own)
    if slurm is not None:
        write(folder, "18.log", slurm)
    found, = failures_of(run_of(folder, text), folder)
    assert (found.rule, found.what) == ("train_stage", "dataset=d, stage=s-1, seed=1")
    return found


@pytest.mark.parametrize("own, said, advice", [
    ("s-1:  3%|\r\ntrain_stage: InputError: training.x: got 1, expected 2.\n",
     "InputError: training.x: got 1, expected 2.", "change 'training.x' as it says"),
    ("train_stage: Interrupted: stopped at step 9 and saved\n", "Interrupted: stopped at step 9",
     "run the same command"),
    ("train_stage: ConvergenceError: lower training.learning_rate.\n", "ConvergenceError: lower",
     "change the setting it names"),
    ("train_stage: ResourceError: /x: no space to write (No space left on device).\n",
     "ResourceError: /x", "free space"),
    ("train_stage: ResourceError: memory ran out for one conformer\n", "ResourceError: memory",
     "fewer jobs at once (--cores 1)"),
    (TRACE + "torch.OutOfMemoryError: CUDA out of memory.\n", "torch.OutOfMemoryError",
     "fewer jobs at once (--cores 1)"),
    (TRACE + "KeyError: 'x'\n", "KeyError: 'x'", "report it with that log"),
    ("usage: x\nx: error: unrecognized arguments: --y\n", "x: error: unrecognized", "report it"),
    ("s-1:   4%|▍    | 3/80 [00:02<01:00,  7.21step/s]\n", "ended without a word", "--cores 1"),
    ("", "ended without a word", "--cores 1"),
])
def test_a_local_failure(tmp_path, own, said, advice):
    found = failure(tmp_path, LOCAL, own)
    assert said in found.said and advice in found.advice and found.log == LOG


def test_a_log_of_an_earlier_run_says_nothing(tmp_path):
    late = LOCAL.replace("2026]", "2099]")
    assert "without a word" in failure(tmp_path, late, "train_stage: InputError: a: got 1\n").said


@pytest.mark.parametrize("status, slurm, said, advice", [
    ("TIMEOUT", "", "at its time limit", "train_stage:runtime=1440 (it had 720) (minutes)"),
    ("OUT_OF_MEMORY", "", "out of memory",
     "with more memory: --set-resources train_stage:mem_mb=8000 (it had 4000)"),
    ("NODE_FAIL", "", "node was lost", "run the same command; it goes on"),
    ("FAILED", "slurmstepd: error: *** JOB 18 ON n CANCELLED AT 2026-11-21T23:06:52 DUE TO TIME "
     "LIMIT ***\n", "at its time limit", "runtime=1440"),
    ("FAILED", "slurmstepd: error: Detected 1 oom_kill event in StepId=18.batch.\n",
     "out of memory", "mem_mb=8000"),
    ("FAILED", "slurmstepd: error: *** JOB 18 ON n CANCELLED AT 2026-11-21T23:06:52 ***\n",
     "cancelled", "run the same command"),
])
def test_a_job_that_slurm_ended(tmp_path, status, slurm, said, advice):
    text = slurm_failure(str(tmp_path / "18.log"), status)
    found = failure(tmp_path, text, slurm=slurm)
    assert said in found.said and advice in found.advice
    assert found.log == "18.log"
    own = "train_stage: Interrupted: stopped at step 9 and saved; run the same command.\n"
    both = failure(tmp_path, text, own, slurm)
    assert said in both.said and "stopped at step 9" in both.said and both.log == LOG


def test_an_error_of_the_job_counts_more_than_slurms_status(tmp_path):
    text = slurm_failure(str(tmp_path / "18.log"))
    found = failure(tmp_path, text, "train_stage: InputError: training.x: got 1, expected 2.\n", "")
    assert found.said.startswith("InputError") and "change 'training.x'" in found.advice


def test_of_a_group_the_job_at_fault_is_named(tmp_path):
    run = run_of(tmp_path, group_failure(str(tmp_path / "9.log")))
    assert len(failures_of(run, tmp_path)) == 2  # none has said anything
    write(tmp_path, "results/logs/score_geometry/d/n-1/seed1/k/shard1.log",
          "score_geometry: InputError: samples: got 1, expected 2.\n")
    found, = failures_of(run, tmp_path)
    assert found.what == "dataset=d, shard=1"


def test_the_terminal_gets_four_lines_a_job_and_no_more_than_ten_jobs():
    many = [Failure("score_geometry", f"shard={k}", "l.log", "InputError: x", "change x")
            for k in range(LISTED + 2)]
    lines = failure_text(many, "results/progress.html").splitlines()
    assert lines[:5] == ["12 jobs failed:", "  score_geometry (shard=0)", "    InputError: x",
                         "    Next: change x", "    Log: l.log"]
    assert len(lines) == 2 + 4 * LISTED
    assert lines[-1] == "  and 2 more (2 of score_geometry): results/progress.html"
    assert failure_text([], "p") == ""


def test_molecules_left_out_are_counted_by_reason(tmp_path):
    write(tmp_path, "a/failures.csv", "chain,dataset,seed,sampler,kind,molecule,reason\n"
          "c,d,1,s,geometry,m1,diverged\nc,d,1,s,geometry,m2,diverged\nc,d,1,s,property,m1,scf\n")
    write(tmp_path, "b/rejected.csv", "molecule,conformer,reason\nm9,,no atoms\n")
    rows = left_out(tmp_path, ["a/failures.csv", "b/rejected.csv", "gone.csv"])
    assert [(r.table, r.where, r.reason, r.count, r.first) for r in rows] == [
        ("a/failures.csv", "geometry c d", "diverged", 2, "m1"),
        ("a/failures.csv", "property c d", "scf", 1, "m1"),
        ("b/rejected.csv", "", "no atoms", 1, "m9")]
