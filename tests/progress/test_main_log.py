"""What is read from Snakemake's main log: states of jobs, retries, groups, logs shown within it."""

from canned_logs import HEAD, LOCAL, SENT, group_failure, run_of, slurm_failure

from pipeline_src.run.main_log import newest_run


def test_states_and_fields_of_a_local_run(tmp_path):
    run = run_of(tmp_path, LOCAL)
    assert run.planned == {"split_dataset": 1, "train_stage": 2, "score_geometry": 4, "smoke": 1}
    assert (run.host, run.command, run.ended) == ("node1", "snakemake --cores 2 smoke", False)
    split, train = run.jobs["3"], run.jobs["5"]
    assert set(run.jobs) == {"3", "5"}  # not what stands in the log shown within it
    assert (split.rule, split.state, split.ended - split.started) == ("split_dataset", "done", 10)
    assert (train.state, train.ended - train.started) == ("failed", 69)
    assert train.outputs == ("results/stages/d/s-1/seed1/weights.pt",
                             "results/stages/d/s-1/seed1/settings.json")
    assert train.logs == ("results/logs/train_stage/d/s-1/seed1.log",)
    assert train.benchmark == "results/benchmarks/train_stage/d/s-1/seed1.tsv"
    assert train.wildcards == "dataset=d, stage=s-1, seed=1"
    assert train.resources["mem_mb"] == "4000" and train.message == ""


def test_a_job_in_the_queue_and_one_sent_again(tmp_path):
    sent = run_of(tmp_path, SENT.format(slurm_log="/x/17.log"))
    assert (sent.jobs["5"].state, sent.jobs["5"].slurm_log) == ("started", "/x/17.log")
    assert sent.cluster
    run = run_of(tmp_path, slurm_failure("/x/18.log", "TIMEOUT"))
    job = run.jobs["5"]
    assert run.ended and (job.state, job.attempts) == ("failed", 2)
    assert job.slurm_log == "/x/18.log" and "'TIMEOUT'" in job.message
    again = slurm_failure("/x").split("Trying to restart")[0] + "Trying to restart job 5.\n"
    assert run_of(tmp_path, again).jobs["5"].state == "waiting"
    won = "[Sat Nov 21 23:16:58 2026]\nFinished jobid: 5 (Rule: train_stage)\n"
    assert run_of(tmp_path, slurm_failure("/x") + won).jobs["5"].state == "done"


def test_jobs_of_a_group_are_jobs(tmp_path):
    run = run_of(tmp_path, group_failure("/x/9.log"))
    assert {n: (j.state, j.attempts, j.group, j.slurm_log) for n, j in run.jobs.items()} == {
        "0": ("failed", 1, 1, "/x/9.log"), "1": ("failed", 1, 1, "/x/9.log")}
    assert run.jobs["1"].logs == ("results/logs/score_geometry/d/n-1/seed1/k/shard1.log",)
    assert run.jobs["1"].wildcards == "dataset=d, shard=1"


def test_the_newest_run_that_planned_jobs_counts(tmp_path):
    assert newest_run(tmp_path) is None
    run_of(tmp_path, LOCAL, "2026-11-20T000000")
    run_of(tmp_path, HEAD.replace("smoke", "demo"), "2026-11-21T000000")
    run_of(tmp_path, "Building DAG of jobs...\nNothing to be done.\n", "2026-11-22T000000")
    assert newest_run(tmp_path).planned["demo"] == 1


def test_a_log_that_is_cut_anywhere_is_read(tmp_path):
    whole = slurm_failure("/x/18.log") + group_failure("/x/9.log") + LOCAL
    for end in range(0, len(whole), 97):
        run = run_of(tmp_path, whole[:end])
        assert all(job.number for job in run.jobs.values())
