"""What would run: dry runs of every experiment, wrong configuration, lint, the profile."""

import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
import yaml
from snakemake_project import ROOT, jobs_in

from pipeline_src.run.plan import make_plan
from pipeline_src.run.registry import SOURCES, load_registry

REGISTRY = load_registry(ROOT / "config")
PLAN = make_plan(REGISTRY)


def expected_jobs(name: str) -> Counter:
    """Jobs by rule, counted from the registry alone."""
    experiment = REGISTRY.experiments[name]
    chains = [REGISTRY.chains[chain] for chain in experiment.chains]
    prefixes = {chain[: k + 1] for chain in chains for k in range(len(chain))}
    oracles = {p for p in prefixes if p == ("oracle",)}
    embedded = {p for p in prefixes if p[-1] in SOURCES and p[-1] != "oracle"}
    trained = {p for p in prefixes if p[-1] not in SOURCES}
    datasets = {*experiment.test, *([experiment.train] if trained else [])}
    seeds, samplers = len(experiment.seeds), len(experiment.samplers)
    shards = sum(REGISTRY.datasets[d].shards for d in experiment.test)
    runs = len(chains) * seeds * samplers
    jobs = {rule: len(datasets)
            for rule in ("import_ensembles", "split_dataset", "extract_hierarchy")}
    parts = [REGISTRY.datasets[d].parts for d in datasets]
    jobs["import_part"] = sum(n for n in parts if n > 1)
    jobs |= {rule: 1 for rule in ("make_tables", "overlay_examples", "plot_figures",
                                  "make_report", name)}
    jobs |= {"train_stage": len({p[-1] for p in trained}) * seeds,
             "sample_stage": len(trained) * shards * seeds * samplers,
             "embed_rdkit": len(embedded) * shards * seeds,
             "coarsen_reference": len(oracles) * shards * seeds,
             "score_geometry": runs * shards, "export_sdf": runs * len(experiment.test)}
    stages = [REGISTRY.stage(element, name) for element in {p[-1] for p in trained}]
    beaded = any("fragments" in stage.level_names() for stage in stages)  # of one vocabulary
    jobs |= {"learn_fragments": int(beaded), "extract_beads": beaded * len(datasets),
             "embed_guides": seeds * sum(bool(s.guide and s.guide.source) for s in stages)}
    jobs["check_overlap"] = len({*experiment.test} - {experiment.train}) if trained else 0
    if experiment.properties:
        jobs |= {"compute_properties": (runs + 1) * experiment.properties.chunks,
                 "score_properties": runs}
    if experiment.validity:
        looked_at = shards + runs * shards  # the references of each shard, and the samples
        jobs |= {"score_validity": looked_at, "make_validity_tables": 1,
                 "relax_samples": looked_at * len(experiment.validity.relaxers),
                 "score_geometry": runs * shards * (1 + len(experiment.validity.relaxed))}
    return Counter({rule: count for rule, count in jobs.items() if count})


@pytest.mark.parametrize("name", REGISTRY.listed)
def test_every_experiment_plans_the_jobs_of_its_registry(fresh, name):
    for dataset in REGISTRY.datasets.values():  # raw GEOM is not shipped: empty stand-ins
        for path in map(Path, (*dataset.raw_files(), *dataset.split_files())):
            target = fresh.folder / path
            if not target.exists():
                folder = target.parent if path.suffix else target
                folder.mkdir(parents=True, exist_ok=True)
                (folder / (path.name if path.suffix else "part.parquet")).touch()
    checks = [path for path in PLAN.overlaps(name).values() if Path(path).parent.name == "refuse"]
    done = Counter()
    if checks:  # what needs them is planned once they have passed
        before = fresh.rules(name)
        assert before["check_overlap"] == len(checks) and not before["train_stage"]
        done = jobs_in(fresh.run(*checks))
        done = Counter(job.rule for job in done)
    text = fresh.run("--dry-run", "--printshellcmds", name)
    planned = Counter(job.rule for job in jobs_in(text))
    assert planned == expected_jobs(name) - done
    commands = [line for line in text.splitlines() if line.startswith("Shell command: ")]
    assert len(commands) == sum(planned.values())
    # a command is one argument of `bash -c`; Linux takes 128 KiB
    assert max(len(command.encode()) for command in commands) < 100_000
    assert checks or not (fresh.folder / "results").exists()


@pytest.mark.parametrize("file, old, new, words", [
    ("datasets.yaml", "seed: 2021}\n  max_conformers", "seed: 2021}\n  max_conformer",
     ("smoke3", "max_conformer", "'max_conformers'")),
    ("stages.yaml", "geodiff-scaffold:\n  level: scaffold\n  backbone",
     "geodiff-scaffold:\n  level: scaffold\n  backbonne",
     ("geodiff-scaffold", "backbonne", "'backbone'")),
    ("chains.yaml", "geodiff: [geodiff-all]", "geodiff: [geodif-all]",
     ("chains.yaml: geodiff", "geodif-all", "'geodiff-all'")),
    ("experiments/smoke.yaml", "samplers:", "sampelrs:",
     ("experiments/smoke.yaml", "sampelrs", "'samplers'")),
    ("experiments/smoke.yaml", "iterations: 40", "iteratons: 40",
     ("experiments/smoke.yaml: override", "training.iteratons", "'iterations'")),
    ("experiments/smoke.yaml", "geodiff, geodiff-msgen2,", "geodiff, geodif-msgen2,",
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


def test_results_lie_where_the_run_is_started(shared, tmp_path):
    elsewhere = ("--directory", str(tmp_path))
    assert shared.rules(*elsewhere, "smoke") == expected_jobs("smoke")
    lists = "results/datasets/mini_qm9/split.csv"
    random = "results/datasets/smoke3/split.csv"
    shared.run(*elsewhere, random, lists)
    assert (tmp_path / random).is_file() and (tmp_path / lists).is_file()
    assert not (shared.folder / "results").exists()
    (tmp_path / "my.smi").write_text("CCO\n")
    jobs = shared.rules(*elsewhere, "generate", "--config", "smiles=my.smi", "chain=rdkit")
    assert jobs["import_ensembles"] == 1


def test_another_workflow_takes_this_one_as_a_module(shared, tmp_path):
    (tmp_path / "Snakefile").write_text(
        f"module msgen:\n    snakefile: {str(shared.folder / 'workflow/Snakefile')!r}\n"
        "use rule * from msgen as msgen_*\n")
    split = "results/datasets/smoke3/split.csv"
    for arguments in (("--dry-run", "msgen_smoke"), (split,)):
        done = subprocess.run(**shared.command("--cores", "1", *arguments) | {"cwd": tmp_path},
                              check=False)
        assert done.returncode == 0, done.stdout
    assert (tmp_path / split).is_file()


def test_without_a_target_the_experiments_are_listed(shared):
    text = shared.run()
    for name, experiment in REGISTRY.listed.items():
        assert f"  {name} " in text and experiment.description in text
    assert "snakemake --cores 2 <experiment>" in text
    assert not list(shared.folder.glob("results/datasets"))


def test_a_folder_of_parquet_parts_can_be_cached(fresh, tmp_path):
    fresh.run("results/datasets/smoke3/split.csv")
    (fresh.folder / "results/datasets/smoke3/ensembles").rename(fresh.folder / "parts")
    shutil.rmtree(fresh.folder / "results")
    fresh.edit("config/datasets.yaml", "kind: sdf\n    paths: [resources/mini_qm9/smoke.sdf.gz]",
               "kind: parquet\n    paths: [parts]")
    (tmp_path / "cache").mkdir()
    command = fresh.command("--cores", "1", "--cache", "import_ensembles", "--",
                            "results/datasets/smoke3/split.csv")
    command["env"]["SNAKEMAKE_OUTPUT_CACHE"] = str(tmp_path / "cache")
    done = subprocess.run(**command, check=False)
    assert done.returncode == 0, done.stdout
    assert list((tmp_path / "cache").glob("*_ensembles/*.parquet"))


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


WATER = "3\n\nO 0 0 0.117\nH 0 0.757 -0.469\nH 0 -0.757 -0.469\n"


def test_a_folder_of_xyz_files_can_be_cached_and_a_new_file_is_seen(fresh, tmp_path):
    for name in ("a", "b"):
        (fresh.folder / f"xyz/{name}").mkdir(parents=True)
        (fresh.folder / f"xyz/{name}/{name}.xyz").write_text(WATER)
    (fresh.folder / "t.csv").write_text("name,smiles\na,O\nb,O\nc,O\n")
    fresh.edit("config/datasets.yaml", "kind: sdf\n    paths: [resources/mini_qm9/smoke.sdf.gz]",
               "kind: xyz_folder\n    paths: [xyz]\n    smiles: t.csv")
    target = "results/datasets/smoke3/rejected.csv"
    (tmp_path / "cache").mkdir()
    command = fresh.command("--cores", "1", "--cache", "import_ensembles", "--", target)
    command["env"]["SNAKEMAKE_OUTPUT_CACHE"] = str(tmp_path / "cache")
    done = subprocess.run(**command, check=False)
    assert done.returncode == 0, done.stdout
    assert not fresh.rules(target)
    (fresh.folder / "xyz/b/c.xyz").write_text(WATER)
    assert fresh.rules(target) == {"import_ensembles": 1}
    shutil.rmtree(fresh.folder / "xyz")
    missing = fresh.attempt("--dry-run", target)
    assert missing.returncode != 0 and "MissingInputException" in missing.stdout


def test_a_dataset_read_from_a_rules_folder_is_not_made_twice(fresh):
    fresh.append("config/datasets.yaml", """
again:
  geometry: GFN2-xTB
  reader: {kind: parquet, paths: [results/datasets/smoke3/ensembles]}
  split: {kind: random, train: 0, val: 0}
""")
    target = "results/datasets/again/rejected.csv"
    assert fresh.rules(target) == {"import_ensembles": 2}
    fresh.run(target)
    assert not fresh.rules(target)
