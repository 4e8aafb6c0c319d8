"""What would run for tables and figures of the paper: dry runs of items and of whole sizes."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest
from snakemake_project import ROOT, Project

from pipeline_src.run.plan import make_plan
from pipeline_src.run.registry import load_registry

REGISTRY = load_registry(ROOT / "config")
PLAN = make_plan(REGISTRY)
PAPER = REGISTRY.paper


def trainings(size: str, items: set[str]) -> set[str]:
    """Folders of the stages that items of a size train, from the plan."""
    return {f"results/stages/{node.train}/{node.stage_id}/seed{run.seed}"
            for name, origin in REGISTRY.paper.origins.items()
            if origin.size == size and origin.item in items
            for run in PLAN.runs[name] for node in PLAN.chain_nodes(run.node) if node.stage}


def planned(project: Project, target: str) -> set[str]:
    """Folders of the stages that a run would train."""
    return {str(Path(job.outputs[0]).parent) for job in project.jobs(target)
            if job.rule == "train_stage"}


@pytest.mark.parametrize("target, size, items", [
    ("table2_mini", "mini", {"table2"}),
    ("paper_quick", "quick", {*REGISTRY.paper.items}),
    ("paper_mini", "mini", {*REGISTRY.paper.items}),
])
def test_a_target_trains_what_its_items_need(shared, target, size, items):
    wanted = trainings(size, items)
    if target == "table2_mini":  # which shows ConfGF of Table 5, in one stage
        wanted |= {folder for folder in trainings(size, {"table5"})
                   if re.search("/confgf-all-[0-9a-f]{8}/", folder)}
    assert planned(shared, target) == wanted


def test_validity_relaxes_and_checks_the_samples_of_two_tables_and_the_references(shared):
    jobs = shared.jobs("validity_mini")
    trained = {str(Path(job.outputs[0]).parent) for job in jobs if job.rule == "train_stage"}
    seeds = PAPER.sizes["mini"].item_seeds["validity"]
    assert len(seeds) == 1  # of the three that the tables have
    assert trained == {place for place in trainings("mini", {"table2", "table5"})
                       if place.endswith(f"/seed{seeds[0]}")}
    runs = {(run.node, run.seed) for part in PAPER.experiments("validity", "mini").values()
            for run in PLAN.runs[part] if run.seed in seeds}
    assert len(runs) == 15  # chains
    shards, of_references = REGISTRY.datasets["hutchison_paper"].shards, 1
    looked_at = shards * (len(runs) + of_references)
    planned = Counter(job.rule for job in jobs)
    assert planned["score_validity"] == looked_at
    assert planned["relax_samples"] == 2 * looked_at  # MMFF94s, GFN2-xTB
    assert planned["score_geometry"] == 2 * shards * len(runs)  # as drawn, relaxed
    assert planned["make_paper_table"] == 1 and not planned["make_validity_tables"]


def stand_in(project: Project) -> None:
    """GEOM's folder as its own is laid out, without content, and what else size paper reads.

    Parts and shards are fewer: a hundred of them are a hundred of the same jobs.
    """
    folder = project.folder / "data/geom/rdkit_folder"
    for name in ("qm9", "drugs"):
        (folder / name).mkdir(parents=True)
        (folder / name / "CCO.pickle").touch()
        (folder / f"summary_{name}.json").write_text(json.dumps(
            {"CCO": {"pickle_path": f"{name}/CCO.pickle", "uniqueconfs": 5}}))
    for path in ("data/GEOM/QM9/qm9_property.pkl", "data/geomol/DRUGS/splits/split0.npy",
                 "data/geomol/DRUGS/test_smiles.csv"):
        (project.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (project.folder / path).touch()
    file = project.folder / "config/datasets.yaml"
    file.write_text(re.sub(r"(shards|parts): \d\d+", r"\1: 1", file.read_text()))


def test_the_whole_paper_is_planned_on_a_stand_in_of_geom(fresh):
    stand_in(fresh)
    found = planned(fresh, "paper_paper")
    assert found == trainings("paper", {*REGISTRY.paper.items})
    # 55 stages (tests/run/test_items.py has the list), some of them with three seeds
    assert len({Path(folder).parent for folder in found}) == 55
    assert {folder.split("/")[2] for folder in found} == {
        "geom_drugs", "geom_qm9", "geom_drugs_etflow"}


def test_a_stage_of_other_settings_is_said_to_be_that(shared):
    stage = "results/stages/mini_qm9/geodiff-all-deadbeef/seed2021/weights.pt"
    done = shared.attempt("--dry-run", "--cores", "1", stage)
    assert done.returncode and "not by the present settings" in done.stdout
