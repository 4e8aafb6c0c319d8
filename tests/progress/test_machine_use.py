"""What a sidecar says of memory and GPUs; no GPU is needed, PyTorch's numbers are stood in for."""

import json
import subprocess
import sys
from types import SimpleNamespace

from pipeline_src.run.files import write_text
from pipeline_src.run.finished import look_into
from pipeline_src.run.machine_use import machine_use
from pipeline_src.run.step import OutPath, run_step

MB = 2 ** 20


def fake_cuda(initialized=True):
    """Two cards, of which this process has used the second."""
    return SimpleNamespace(
        is_initialized=lambda: initialized, device_count=lambda: 2,
        max_memory_reserved=lambda number: (0, 3000 * MB)[number],
        max_memory_allocated=lambda number: (0, 2500 * MB)[number],
        get_device_name=lambda number: "Card A" if number == 0 else "Card B")


def write_one(out: OutPath) -> None:
    """Toy step."""
    write_text(out, "1")


def test_memory_is_that_of_this_program_alone():
    code = ("from pipeline_src.run.machine_use import machine_use as u; a = u()['max_rss_mb'];"
            "x = bytes(b'1' * (200 << 20)); b = u()['max_rss_mb']; print(a, b)")
    ballast = b"1" * (300 << 20)  # getrusage would count this process, which starts the other
    before, after = map(float, subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())
    assert len(ballast) and before < 200 and 190 < after - before < 450


def test_gpus_are_named_only_where_they_were_used(monkeypatch):
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    assert "gpus" not in machine_use()
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=fake_cuda(initialized=False)))
    assert "gpus" not in machine_use()
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=fake_cuda()))
    assert machine_use()["gpus"] == [
        {"name": "Card B", "max_allocated_mb": 2500.0, "max_reserved_mb": 3000.0}]


def test_the_sidecar_has_them_and_progress_finds_them(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=fake_cuda()))
    out = tmp_path / "results/samples/d/n/seed1/shard0.parquet"
    run_step(write_one, ["--out", str(out)])
    side = json.loads(out.with_name("shard0.parquet.provenance.json").read_text())
    assert side["gpus"][0]["max_reserved_mb"] == 3000.0 and side["max_rss_mb"] > 1
    assert side["cpu"]["model"] and side["cpu"]["logical_cores"] >= 1
    job, = look_into(tmp_path).jobs
    assert (job.rule, job.output) == ("write_one", "results/samples/d/n/seed1/shard0.parquet")
    assert (job.gpu, job.gpu_mb, job.max_rss_mb) == ("Card B", 3000.0, side["max_rss_mb"])
    table = tmp_path / "results/benchmarks/write_one/d/n/seed1/shard0.tsv"
    table.parent.mkdir(parents=True)
    table.write_text("s\th:m:s\tmax_rss\n12.5\t0:00:12\t700.5\n")
    job, = look_into(tmp_path).jobs
    assert (job.seconds, job.max_rss_mb, job.gpu_mb) == (12.5, 700.5, 3000.0)
