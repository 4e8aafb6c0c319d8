"""The smoke experiment for real: what is there afterwards, and what a change makes run again."""

import csv
import os
import subprocess
from collections import Counter

import pytest
import yaml

GEOMETRY_HEADER = [
    "chain", "dataset", "seed", "sampler", "delta", "symmetrize", "failure_policy",
    *(f"{score}_{value}" for score in ("cov_r", "mat_r", "cov_p", "mat_p")
      for value in ("mean", "median", "low", "high")),
    "n_molecules", "n_conformers", "n_failed"]
PROPERTY_HEADER = ["chain", "dataset", "seed", "sampler", "method", "quantity",
                   *(f"mae_ev_{value}" for value in ("mean", "median", "std", "low", "high")),
                   "n_molecules", "n_conformers", "n_failed"]
ENDING = {"make_tables": 1, "overlay_examples": 1, "plot_figures": 1, "make_report": 1, "smoke": 1}
# the last stage of two chains: their samples' scores, properties and exports, then what sums up all
AFTER_LAST_STAGE = {"sample_stage": 2, "score_geometry": 2, "compute_properties": 2,
                    "score_properties": 2, "export_sdf": 2, **ENDING}


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        return reader.fieldnames, list(reader)


def test_tables_and_report_cover_every_chain(smoke):
    folder = smoke[0].folder
    chains = yaml.safe_load((folder / "config/experiments/smoke.yaml").read_text())["chains"]
    header, rows = read(folder / "results/smoke/tables/geometry.csv")
    assert header == GEOMETRY_HEADER
    assert {row["chain"] for row in rows} == set(chains)
    assert {(row["symmetrize"], row["failure_policy"]) for row in rows} == {
        (s, p) for s in ("true", "false") for p in ("zero", "skip")}
    assert all(row["n_molecules"] == "3" and row["delta"] == "0.5" for row in rows)
    header, rows = read(folder / "results/smoke/tables/properties.csv")
    assert header == PROPERTY_HEADER
    assert {row["chain"] for row in rows} == set(chains)
    assert any(row["mae_ev_mean"] for row in rows if row["chain"] == "rdkit")  # Psi4 has run
    report = (folder / "results/smoke/report.html").read_text(encoding="utf-8")
    assert not [chain for chain in chains if chain not in report]
    assert "<th>psi4</th>" in report  # its version
    for chain in chains:
        assert (folder / f"results/smoke/sdf/{chain}/smoke3-langevin-seed2021.sdf.gz").is_file()


def test_every_job_left_its_log_and_its_provenance(smoke):
    project, planned = smoke
    assert len(planned) > 20
    for job in planned:
        if job.rule == "smoke":
            continue
        assert job.logs and all((project.folder / log).is_file() for log in job.logs), job
        assert all((project.folder / output).exists() for output in job.outputs), job
        assert any((project.folder / f"{output}.provenance.json").is_file()
                   for output in job.outputs), job


def test_a_second_run_has_nothing_to_do(done):
    assert "Nothing to be done" in done.run("smoke")


def test_a_setting_of_the_last_stage_reruns_that_stage_and_what_follows(done):
    done.edit("config/experiments/smoke.yaml", "geometry: {boot",
              "  stages:\n    geodiff-all-heavy: {training: {iterations: 41}}\ngeometry: {boot")
    jobs = done.jobs("smoke")
    assert Counter(job.rule for job in jobs) == {"train_stage": 1, **AFTER_LAST_STAGE}
    for job in jobs:
        if job.rule in ("train_stage", "sample_stage"):
            assert "/geodiff-all-heavy-" in job.outputs[0]
        if job.rule == "export_sdf":
            assert "-msgen2/" in job.outputs[0]


@pytest.mark.parametrize("file, expected", [
    ("backbones/guided_dual_encoder.py", {"train_stage": 1, **AFTER_LAST_STAGE}),
    ("chem/embed.py", {"embed_rdkit": 1, "score_geometry": 1, "compute_properties": 1,
                       "score_properties": 1, "export_sdf": 1, **ENDING}),
    ("scores/covmat.py", {"score_geometry": 4, "make_tables": 1, "plot_figures": 1,
                          "make_report": 1, "smoke": 1}),
    ("reports/figures.py", {"plot_figures": 1, "make_report": 1, "smoke": 1}),
    ("reports/templates/macros.html.j2", {"make_report": 1, "smoke": 1}),
    ("run/settings/stage.py", {}),
    ("run/plan.py", {}),
])
def test_edited_code_reruns_the_jobs_that_import_it(done, file, expected):
    done.append(f"pipeline_src/{file}", "# edited")
    assert done.rules("smoke") == expected


@pytest.mark.parametrize("file, old, new, expected", [
    ("datasets.yaml", "description: three training,", "description: 3 training,",
     {"plot_figures": 1, "make_report": 1, "smoke": 1}),
    ("datasets.yaml", "max_conformers: 3\n  deltas_angstrom: [0.5]\n\n# The property",
     "max_conformers: 3\n  deltas_angstrom: [0.6]\n\n# The property",
     {"score_geometry": 4, "make_tables": 1, "plot_figures": 1, "make_report": 1, "smoke": 1}),
    ("experiments/smoke.yaml", "bootstrap_resamples: 200", "bootstrap_resamples: 201",
     {"make_tables": 1, "plot_figures": 1, "make_report": 1, "smoke": 1}),
])
def test_settings_rerun_only_what_shows_them(done, file, old, new, expected):
    done.edit(f"config/{file}", old, new)
    assert done.rules("smoke") == expected


def test_times_and_commits_rerun_nothing(done):
    for pattern in ("pipeline_src/**/*.py", "config/**/*.yaml", "resources/**/*.*",
                    "workflow/**/*.smk", "results/datasets/*/*.csv", "results/stages/*/*/*/*.pt"):
        for file in done.files(pattern):
            os.utime(file)
    assert not done.jobs("smoke")
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b"]
    for command in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "another commit"]):
        subprocess.run([*git, *command], cwd=done.folder, check=True)
    assert not done.jobs("smoke")
