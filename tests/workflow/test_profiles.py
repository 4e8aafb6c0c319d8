"""The profiles fit the rules: names, numbers, and no two GPU jobs at once on a workstation."""

import itertools
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import yaml
from snakemake_project import ROOT, Project

DEFAULT, SLURM = (ROOT / "workflow" / "profiles" / name / "profile.yaml"
                  for name in ("default", "slurm"))
RULES = {match[1]: match[2] for file in (ROOT / "workflow" / "rules").glob("*.smk")
         for match in re.finditer(r"^ *(?:rule|checkpoint) (\w+):\n(.*?)(?=^\S|\Z)",
                                  file.read_text(), re.MULTILINE | re.DOTALL)}
JOBS = {name for name, body in RULES.items() if "localrule: True" not in body}
GPU_RULES = {"train_stage", "sample_stage"}
# A retry goes on from where the job was and is given no more time; training has less at first.
RESUMED = {"embed_guides", "embed_rdkit", "sample_stage", "compute_properties",
           "check_quantum", "reference_ensembles", "relax_samples"}
GROUPED = {"embed_rdkit", "coarsen_reference", "score_geometry"}  # many shards are one SLURM job
TWO_PYTHONS_AND_WORK_MB = 1000  # of Snakemake's, about 200 each, within a SLURM job


def profile(path: Path) -> dict:
    return yaml.safe_load(path.read_text())


def own(rule: str, resource: str) -> int:
    return int(re.search(rf"\b{resource}=(\d+),", RULES[rule])[1])


def at(value: int | str, attempt: int) -> int:
    """A resource of a profile as Snakemake reads it."""
    return value if isinstance(value, int) else eval(value, {"attempt": attempt})


def test_rules_ask_for_memory_and_time():
    assert len(JOBS) > 25
    assert all(own(rule, "mem_mb") >= TWO_PYTHONS_AND_WORK_MB for rule in JOBS)
    assert all(own(rule, "runtime") >= 30 for rule in JOBS)


def test_slurm_profile_asks_for_what_the_rules_do_and_more_in_a_retry():
    asked = profile(SLURM)["set-resources"]
    assert set(asked) == JOBS
    for rule, values in asked.items():
        assert [at(values["mem_mb"], attempt) / own(rule, "mem_mb")
                for attempt in (1, 2, 3)] == [1, 2, 3]
        if rule not in RESUMED | GROUPED | {"train_stage"}:
            assert [at(values["runtime"], attempt) / own(rule, "runtime")
                    for attempt in (1, 2, 3)] == [1, 2, 3]
    assert {rule: asked[rule]["runtime"] for rule in RESUMED - GROUPED} == {
        rule: own(rule, "runtime") for rule in RESUMED - GROUPED}


def test_groups_ask_for_no_more_than_the_last_attempt_of_a_whole_rule():
    slurm = profile(SLURM)
    groups = dict(entry.split("=") for entry in slurm["groups"])
    sizes = {group: int(size) for group, _, size in
             (entry.rpartition("=") for entry in slurm["group-components"])}
    assert set(groups) == GROUPED and set(groups.values()) == set(sizes)
    assert slurm["cores"] == 1  # members take turns: one's memory, and one GPU, are enough
    for rule, group in groups.items():
        asked = [at(slurm["set-resources"][rule]["runtime"], attempt) for attempt in (1, 2, 3, 4)]
        assert sizes[group] * asked[0] < 24 * 60 and asked == sorted(asked)
        assert asked[-1] >= own(rule, "runtime")  # a shard as long as the rule allows gets through
        # shards that wait for one training do not wait for another's
        assert {"{dataset}", "{node}", "{seed}"} <= set(re.findall(r"{\w+}", group))


def test_attempts_of_training_are_its_whole_time():
    slurm = profile(SLURM)
    asked = slurm["set-resources"]["train_stage"]["runtime"]
    assert asked * (1 + slurm["retries"]) == own("train_stage", "runtime")


def test_gpu_rules_alone_ask_for_a_gpu_and_its_partition():
    slurm = profile(SLURM)
    asked = slurm["set-resources"]
    other = slurm["default-resources"]["slurm_partition"]
    for rule, values in asked.items():
        assert (values.get("gpu"), values.get("slurm_partition", other) != other) == (
            (1, True) if rule in GPU_RULES else (None, False)), rule


def test_retries_stand_in_the_profile_alone():
    assert not [rule for rule, body in RULES.items() if re.search(r"\bretries\b", body)]


def test_both_profiles_restart_alike():
    shared = ("rerun-incomplete", "keep-going", "show-failed-logs", "rerun-triggers")
    default, slurm = profile(DEFAULT), profile(SLURM)
    assert {key: default[key] for key in shared} == {key: slurm[key] for key in shared}


def test_sigterm_reaches_the_steps_that_can_be_gone_on_with():
    for rule in RESUMED | {"train_stage"}:
        assert f'"exec python -m pipeline_src.{rule} ' in RULES[rule]


def test_what_is_preempted_is_requeued():
    assert profile(SLURM)["slurm-requeue"] is True


def test_what_runs_beside_snakemake_is_trivial():
    local = set(RULES) - JOBS
    assert local and not [rule for rule in local if "python" in RULES[rule]]


def test_slurm_profile_plans_where_there_is_no_slurm(shared, monkeypatch, tmp_path):
    (tmp_path / "bin").mkdir()
    for tool in ("bash", "which", "git"):
        (tmp_path / "bin" / tool).symlink_to(shutil.which(tool))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    planned = shared.attempt("--dry-run", "--workflow-profile", "slurm", "smoke")
    text = planned.stdout
    assert planned.returncode == 0, text[-3000:]
    training = re.search(r"^rule train_stage:\n(?:    .*\n)*?    resources: (.*)$", text,
                         re.MULTILINE)[1]
    assert {"gpu=1", "slurm_partition=gpu", "runtime=720", "mem_mb=4000"} <= set(
        training.split(", "))


def test_two_gpu_jobs_never_share_a_card_once_the_lines_are_uncommented(done):
    """Of the stages, all of which could be trained at once, on two cores."""
    uncomment(done.folder / "workflow" / "profiles" / "default" / "profile.yaml")
    stages = [file.parent for file in done.files("results/stages/smoke3/*/seed2021/weights.pt")]
    for stage in stages:
        (stage / "weights.pt").unlink()
        (stage / "rolling" / "state.pt").unlink()
    done.run(*(f"{stage.relative_to(done.folder)}/weights.pt" for stage in stages))
    trained = list(spans(done))
    assert len(trained) > 2
    assert not [pair for pair in itertools.combinations(trained, 2) if overlap(*pair)]


def uncomment(file: Path) -> None:
    """Uncomment what stands below the sentence on GPUs, as its reader would."""
    head, sentence, lines = re.split(r"(two GPU jobs then never share a card\.\n)",
                                     file.read_text())
    file.write_text(head + sentence + re.sub(r"^# ", "", lines, flags=re.MULTILINE))
    assert set(profile(file)["set-resources"]) == GPU_RULES


def spans(project: Project) -> Iterator[tuple[float, float]]:
    """When each stage was trained: start and end, in seconds."""
    for file in project.files("results/stages/smoke3/*/seed2021/weights.pt.provenance.json"):
        record = json.loads(file.read_text())
        yield record["started_unix"], record["started_unix"] + record["seconds"]


def overlap(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one[0] < other[1] and other[0] < one[1]
