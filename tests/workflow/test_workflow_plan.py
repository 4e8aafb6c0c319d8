"""What would run: dry runs of every experiment, wrong configuration, lint, the profile."""

import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
import yaml
from snakemake_project import ROOT, jobs_in

from pipeline_src.run.registry import SOURCES, load_registry

REGISTRY = load_registry(ROOT / "config")


def expected_jobs(name: str) -> Counter:
    """Jobs by rule, counted from the registry alone."""
    experiment = REGISTRY.experiments[name]
    chains = [REGISTRY.chains[chain] for chain in experiment.chains]
    prefixes = {chain[: k + 1] for chain in chains for k in range(len(chain))}
    embedded = {p for p in prefixes if p[-1] in SOURCES and p[-1] != "oracle"}
    trained = {p for p in prefixes if p[-1] not in SOURCES}
    datasets = {*experiment.test, *([experiment.train] if trained else [])}
    seeds, samplers = len(experiment.seeds), len(experiment.samplers)
    shards = sum(REGISTRY.datasets[d].shards for d in experiment.test)
    runs = len(chains) * seeds * samplers
    jobs = {rule: len(datasets)
            for rule in ("import_ensembles", "split_dataset", "extract_hierarchy")}
    jobs |= {rule: 1 for rule in ("make_tables", "overlay_examples", "plot_figures",
                                  "make_report", name)}
    jobs |= {"train_stage": len({p[-1] for p in trained}) * seeds,
             "sample_stage": len(trained) * shards * seeds * samplers,
             "embed_rdkit": len(embedded) * shards * seeds,
             "score_geometry": runs * shards, "export_sdf": runs * len(experiment.test)}
    if experiment.properties:
        jobs |= {"compute_properties": (runs + 1) * experiment.properties.chunks,
                 "score_properties": runs}
    return Counter(jobs)


@pytest.mark.parametrize("name", REGISTRY.experiments)
def test_every_experiment_plans_the_jobs_of_its_registry(fresh, name):
    for dataset in REGISTRY.datasets.values():  # raw GEOM is not shipped: empty stand-ins
        for path in map(Path, (*dataset.reader.paths, *dataset.split_files())):
            target = fresh.folder / path
            if not target.exists():
                folder = target.parent if path.suffix else target
                folder.mkdir(parents=True, exist_ok=True)
                (folder / (path.name if path.suffix else "part.parquet")).touch()
    text = fresh.run("--dry-run", "--printshellcmds", name)
    planned = Counter(job.rule for job in jobs_in(text))
    assert planned == expected_jobs(name)
    commands = [line for line in text.splitlines() if line.startswith("Shell command: ")]
    assert len(commands) == sum(planned.values())
    # a command is one argument of `bash -c`; Linux takes 128 KiB
    assert max(len(command.encode()) for command in commands) < 100_000
    assert not (fresh.folder / "results").exists()


@pytest.mark.parametrize("file, old, new, words", [
    ("datasets.yaml", "max_conformers: 3", "max_conformer: 3",
     ("smoke3", "max_conformer", "'max_conformers'")),
    ("stages.yaml", "  level: scaffold\n  backbone", "  level: scaffold\n  backbonne",
     ("geodiff-scaffold", "backbonne", "'backbone'")),
    ("chains.yaml", "geodiff: [geodiff-all]", "geodiff: [geodif-all]",
     ("chains.yaml: geodiff", "geodif-all", "'geodiff-all'")),
    ("experiments/smoke.yaml", "samplers:", "sampelrs:",
     ("experiments/smoke.yaml", "sampelrs", "'samplers'")),
    ("experiments/smoke.yaml", "iterations: 40", "iteratons: 40",
     ("'smoke'", "training.iteratons", "'iterations'")),
    ("experiments/smoke.yaml", "geodiff, geodiff-msgen2]", "geodiff, geodif-msgen2]",
     ("experiments/smoke.yaml", "geodif-msgen2", "'geodiff-msgen2'")),
])
def test_a_misspelt_key_stops_the_run_at_once(fresh, file, old, new, words):
    fresh.edit(f"config/{file}", old, new)
    started = time.monotonic()
    done = fresh.attempt("--cores", "2", "smoke")
    assert time.monotonic() - started < 10
    assert done.returncode != 0 and "Traceback" not in done.stdout
    assert not [word for word in words if word not in done.stdout], done.stdout
    assert not (fresh.folder / "results").exists()


def test_lint_and_format_are_clean(shared):
    assert "in a good condition" in shared.run("--lint")
    done = subprocess.run([str(Path(sys.executable).with_name("snakefmt")), "--check", "workflow"],
                          cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_run_elsewhere_says_where_to_start(shared, tmp_path):
    done = shared.attempt("--cores", "2", "--directory", str(tmp_path), "smoke")
    assert done.returncode != 0
    assert f"Start Snakemake in {shared.folder.resolve()}" in done.stdout
    assert not (tmp_path / "results").exists()


def test_the_package_of_the_copy_is_the_one_that_runs(fresh):
    step = fresh.folder / "pipeline_src/import_ensembles.py"
    step.write_text("raise SystemExit('the job of the copy')")
    done = fresh.attempt("--cores", "2", "results/datasets/smoke3/rejected.csv")
    assert done.returncode != 0
    log = fresh.folder / "results/logs/import_ensembles/smoke3.log"
    assert "the job of the copy" in log.read_text()
    (fresh.folder / "pipeline_src/run/plan.py").write_text("raise KeyError('plan of the copy')")
    assert "plan of the copy" in fresh.attempt("--cores", "2", "smoke").stdout


def test_gpu_lines_of_the_default_profile_work_when_uncommented(fresh):
    assert not any("gpu" in job.resources for job in fresh.jobs("smoke"))
    profile = fresh.folder / "workflow/profiles/default/profile.yaml"
    head, marker, tail = profile.read_text().partition("# resources: [gpu=1]")
    assert marker
    profile.write_text(head + "\n".join(
        line.removeprefix("# ") for line in (marker + tail).splitlines()) + "\n")
    settings = yaml.safe_load(profile.read_text())
    assert settings["resources"] == ["gpu=1"] and set(settings["set-resources"]) == {
        "train_stage", "sample_stage"}
    jobs = fresh.jobs("smoke")
    for job in jobs:
        assert ("gpu=1" in job.resources) == (job.rule in ("train_stage", "sample_stage"))
        assert job.rule != "sample_stage" or "atom_budget=60000" in job.resources
    assert {"train_stage", "sample_stage"} < {job.rule for job in jobs}
