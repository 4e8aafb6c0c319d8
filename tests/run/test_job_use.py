"""What a job took, with what stopped attempts had done of its result before."""

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline_src.run.errors import InputError
from pipeline_src.run.finished import look_into
from pipeline_src.run.job_use import Use, output_of, read_use
from pipeline_src.run.spent import Spent, for_sidecar, noted, spent_here, taken_up

BENCHMARK = "results/benchmarks/train_stage/qm9/all-1/seed1.tsv"
SIDECAR = "results/stages/qm9/all-1/seed1/weights.pt.provenance.json"
TABLE = "s\th:m:s\tmax_rss\tcpu_time\n{}\t0:00:10\t{}\t{}\n"  # the last is never read


@pytest.fixture
def place(tmp_path):
    """A folder in which a training of 10 s (9 s of CPU) has left its benchmark."""
    write(tmp_path / BENCHMARK, TABLE.format(10, 300, 9))
    return tmp_path


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def sidecar(place: Path, **more) -> None:
    write(place / SIDECAR, json.dumps({
        "step": "train_stage", "host": "h", "git_commit": "c", "arguments": {},
        "seconds": 8.0, **more}))


def test_earlier_attempts_count(place):
    sidecar(place, cpu_seconds=9.5)
    assert read_use([str(place / BENCHMARK)]) == Use(10, 9.5, 300)
    sidecar(place, cpu_seconds=9.5, earlier={"seconds": 100.0, "cpu_seconds": 90.0}, max_rss_mb=310)
    assert read_use([str(place / BENCHMARK)]) == Use(110, 99.5, 310)
    job, = look_into(place).jobs
    assert (job.seconds, job.earlier, job.max_rss_mb) == (110, 100, 300)
    (place / BENCHMARK).unlink()
    job, = look_into(place).jobs
    assert job.seconds == 108  # what the sidecar says


def test_what_is_not_known_is_not_zero(place):
    assert math.isnan(read_use([]).seconds)
    without = read_use([str(place / BENCHMARK)])  # no sidecar
    assert without.seconds == 10 and math.isnan(without.cpu_seconds)
    missing = read_use([str(place / BENCHMARK), str(place / "no.tsv")])
    assert all(map(math.isnan, (missing.seconds, missing.cpu_seconds, missing.max_rss_mb)))
    write(place / BENCHMARK, TABLE.format(10, "-", "NA"))
    assert math.isnan(read_use([str(place / BENCHMARK)]).max_rss_mb)


@pytest.mark.parametrize("more", [
    {"earlier": {"minutes": 3}}, {"earlier": 5}, {"cpu_seconds": "many"}])
def test_damaged_sidecars_are_named(place, more):
    sidecar(place, **more)
    with pytest.raises(InputError, match="weights.pt.provenance.json"):
        read_use([str(place / BENCHMARK)])


def test_damaged_files_are_named(place):
    write(place / SIDECAR, "{")
    with pytest.raises(InputError, match="weights.pt.provenance.json"):
        read_use([str(place / BENCHMARK)])
    write(place / BENCHMARK, "s\tcpu_time\n1\t2\n")
    with pytest.raises(InputError, match="seed1.tsv.*max_rss"):
        read_use([str(place / BENCHMARK)])


@pytest.mark.parametrize("benchmark, output", [
    (BENCHMARK, SIDECAR.removesuffix(".provenance.json")),
    ("a/results/benchmarks/sample_stage/d/n/seed1/shard0.tsv",
     "a/results/samples/d/n/seed1/shard0.parquet"),
    ("/benchmarks/results/benchmarks/embed_guides/d/s/seed1.tsv",
     "/benchmarks/results/stages/d/s/seed1/guides.parquet"),
    ("results/benchmarks/score_geometry/d/n.tsv", ""), ("elsewhere/seed1.tsv", "")])
def test_outputs_by_their_benchmarks(benchmark, output):
    assert output_of(benchmark) == output


def test_a_state_says_what_it_took_with_all_before(place):
    before = Spent(1000.0, 500.0)
    found = taken_up({"spent": noted(before)})
    assert found.seconds > 1000 and found.cpu_seconds > 500
    assert for_sidecar(found) == {"earlier": vars(found)}
    assert taken_up({}) == Spent() and for_sidecar(Spent()) == {}


def test_helper_processes_count():
    code = "import time\nwhile time.process_time() < 0.3: pass\ninput()"
    before = spent_here()
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE) as helper:
        while spent_here().cpu_seconds - before.cpu_seconds < 0.3:
            assert helper.poll() is None
        helper.communicate(b"\n")
    after = spent_here()  # also when it has ended
    assert after.cpu_seconds - before.cpu_seconds >= 0.3 and after.seconds > before.seconds
