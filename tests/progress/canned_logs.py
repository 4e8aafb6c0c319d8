"""Main logs of Snakemake 9.27 as it writes them: on a workstation, on SLURM, of a group of jobs."""

from pathlib import Path

from pipeline_src.run.main_log import RunLog, read_run

HEAD = """\
Assuming unrestricted shared filesystem usage.

SNAKEMAKE
=========
  Date: 2026-11-21 22:55:10
  Host: node1
  Command: snakemake --cores 2 smoke
  Config file(s): []

Building DAG of jobs...
Job stats:
job                count
---------------  -------
split_dataset          1
train_stage            2
score_geometry         4
smoke                  1
total                  8

Select jobs to execute...
Execute 2 jobs...
"""

LOCAL = HEAD + """\
[Sat Nov 21 22:55:14 2026]
localrule split_dataset:
    input: results/datasets/d/ensembles
    output: results/datasets/d/split.csv
    log: results/logs/split_dataset/d.log
    jobid: 3
    reason: Missing output files: results/datasets/d/split.csv
    wildcards: dataset=d
    resources: tmpdir=/scratch, runtime=60, mem_mb=2000, mem=2 GB, mem_mib=1908
[Sat Nov 21 22:55:15 2026]
localrule train_stage:
    input: results/datasets/d/ensembles
    output: results/stages/d/s-1/seed1/weights.pt, results/stages/d/s-1/seed1/settings.json
    log: results/logs/train_stage/d/s-1/seed1.log
    jobid: 5
    benchmark: results/benchmarks/train_stage/d/s-1/seed1.tsv
    reason: Missing output files: results/stages/d/s-1/seed1/weights.pt
    wildcards: dataset=d, stage=s-1, seed=1
    resources: tmpdir=/scratch, runtime=2880, mem_mb=4000, mem=4 GB, mem_mib=3815
[Sat Nov 21 22:55:24 2026]
Finished jobid: 3 (Rule: split_dataset)
1 of 8 steps (12%) done
RuleException:
CalledProcessError in file "workflow/rules/train.smk", line 68:
Command 'set -euo pipefail;  python -m pipeline_src.train_stage' returned non-zero exit status 2.
[Sat Nov 21 22:56:24 2026]
Error in rule train_stage:
    message: None
    jobid: 5
    input: results/datasets/d/ensembles
    output: results/stages/d/s-1/seed1/weights.pt, results/stages/d/s-1/seed1/settings.json
    log: results/logs/train_stage/d/s-1/seed1.log (check log file(s) for error details)
    shell:
        python -m pipeline_src.train_stage --settings '{"jobid": 9}'
        (command exited with non-zero exit code)
Logfile results/logs/train_stage/d/s-1/seed1.log:
================================================================================
rule score_geometry:
    jobid: 77
Finished jobid: 5 (Rule: train_stage)
[Sat Nov 21 22:56:30 2026]
train_stage: InputError: training.x: got 1, expected 2.
================================================================================
"""

SENT = HEAD + """\
[Sat Nov 21 22:55:14 2026]
rule train_stage:
    output: results/stages/d/s-1/seed1/weights.pt
    log: results/logs/train_stage/d/s-1/seed1.log
    jobid: 5
    wildcards: dataset=d, stage=s-1, seed=1
    resources: tmpdir=<TBD>, mem_mb=4000, slurm_partition=gpu, runtime=720, gpu=1
Job 5 has been submitted with SLURM jobid 17 (log: {slurm_log}).
"""

_SLURM_ERROR = """\
[Sat Nov 21 23:06:58 2026]
Error in rule train_stage:
    message: SLURM-job '{number}' failed, SLURM status is: '{status}'. Detailed failure reason \
unavailable (status command is not 'sacct').
    jobid: 5
    output: results/stages/d/s-1/seed1/weights.pt
    log: results/logs/train_stage/d/s-1/seed1.log, {slurm_log} (check log file(s) for error details)
    shell:
        exec python -m pipeline_src.train_stage
        (command exited with non-zero exit code)
    external_jobid: {number}
Logfile results/logs/train_stage/d/s-1/seed1.log:
================================================================================
s-1:   0%|          | 0/80 [00:00<?, ?step/s]
================================================================================
"""


def slurm_failure(slurm_log: str, status: str = "FAILED") -> str:
    """A job that SLURM ended twice; the second time there are no attempts left."""
    first, second = (_SLURM_ERROR.format(number=n, status=status, slurm_log=slurm_log)
                     for n in ("17", "18"))
    again = SENT.removeprefix(HEAD).format(slurm_log=slurm_log).replace("jobid 17", "jobid 18")
    return (SENT.format(slurm_log=slurm_log) + first + "Trying to restart job 5.\n" + again + second
            + "Exiting because a job execution failed. Look above for error messages\n"
              "Complete log(s): .snakemake/log/2026-11-21T225510.snakemake.log\n")


def group_failure(slurm_log: str) -> str:
    """Two jobs sent together; Snakemake calls both failed, though only one of them is at fault."""
    started = "".join(f"""\
    [Sat Nov 21 22:55:14 2026]
    rule score_geometry:
        output: results/scores/d/n-1/seed1/k/shard{k}.csv
        log: results/logs/score_geometry/d/n-1/seed1/k/shard{k}.log
        jobid: {k}
        wildcards: dataset=d, shard={k}
        resources: mem_mb=1000
""" for k in (0, 1))
    listed = "".join(f"""\
        rule score_geometry:
            jobid: {k}
            output: results/scores/d/n-1/seed1/k/shard{k}.csv
            log: results/logs/score_geometry/d/n-1/seed1/k/shard{k}.log (check log file(s) for \
error details)
""" for k in (0, 1))
    failed = "".join(f"""\
    [Sat Nov 21 22:58:14 2026]
    Error in rule score_geometry:
        message: None
        jobid: {k}
        output: results/scores/d/n-1/seed1/k/shard{k}.csv
        log: results/logs/score_geometry/d/n-1/seed1/k/shard{k}.log (check log file(s) for error \
details)
""" for k in (0, 1))
    return (f"{HEAD}[Sat Nov 21 22:55:14 2026] Group job g (jobs in lexicogr. order):\n{started}"
            f"[Sat Nov 21 22:58:14 2026]\n    log: {slurm_log} (check log file(s) for error "
            f"details)\n    jobs:\n{listed}{failed}")


def run_of(folder: Path, text: str, name: str = "2026-11-21T225510") -> RunLog:
    """What is read from ``text`` as the main log of a run in ``folder``."""
    file = folder / ".snakemake" / "log" / f"{name}.snakemake.log"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return read_run(file)
