"""Real runs that fail and that pass: what Snakemake says in the end, and the page it leaves."""

import subprocess
import sys

TARGET = "results/datasets/smoke3/split.csv"


def test_a_failed_job_is_explained_and_a_passed_run_is_summed_up(fresh):
    broken = fresh.folder / "resources/mini_qm9/smoke.sdf.gz"
    whole = broken.read_bytes()
    broken.write_bytes(b"no gzip")
    failed = fresh.attempt("--cores", "1", TARGET)
    assert failed.returncode == 1
    said = failed.stdout[failed.stdout.index("1 job failed:"):].splitlines()
    assert said[1] == "  import_ensembles (dataset=smoke3)"
    assert said[2].startswith("    InputError: ") and "smoke.sdf.gz" in said[2]
    assert said[3].startswith("    Next: change ") and "smoke.sdf.gz" in said[3]
    assert said[4] == "    Log: results/logs/import_ensembles/smoke3.log"
    assert said[5].endswith("ended: 0 of 2 jobs done, 0 running, 1 failed. "
                            "More: results/progress.html")
    page = (fresh.folder / "results/progress.html").read_text(encoding="utf-8")
    assert "smoke.sdf.gz" in page and "1 failed of 2" in page

    broken.write_bytes(whole)
    assert ("ended: 2 of 2 jobs done, 0 running, 0 failed. More: results/progress.html"
            in fresh.run(TARGET, cores=1))


def test_the_command_needs_no_snakemake_and_changes_no_result(done):
    before = {f: f.read_bytes() for f in (done.folder / "results").rglob("*.csv")}
    command = {**done.command(), "args": [sys.executable, "-m", "pipeline_src.reports.progress"]}
    told = subprocess.run(**command, check=True, timeout=120).stdout
    page = (done.folder / "results/progress.html").read_text(encoding="utf-8")
    assert "jobs done, 0 running, 0 failed. More: results/progress.html" in told
    assert "train_stage" in page and "results/stages/smoke3/" in page
    assert before == {f: f.read_bytes() for f in (done.folder / "results").rglob("*.csv")}
    assert not done.jobs("smoke")
