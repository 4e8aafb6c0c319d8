"""What would run for a chain of fragments: one vocabulary, one set of levels a dataset."""

from collections import Counter

import pytest
from snakemake_project import jobs_in

CHAINS = "oracle-msgen2, geodiff-fragments, geodiff-msgen3-fragments]"


@pytest.fixture
def planned(fresh) -> list:
    """The jobs of smoke with the chains of fragments."""
    fresh.edit("config/experiments/smoke.yaml", "oracle-msgen2]", CHAINS)
    return jobs_in(fresh.run("--dry-run", "smoke"))


def test_the_vocabulary_is_learnt_once_and_the_levels_are_made_once(planned):
    jobs = Counter(job.rule for job in planned)
    assert jobs["learn_fragments"] == jobs["extract_beads"] == jobs["extract_hierarchy"] == 1
    assert jobs["train_stage"] == 3 + 3 and jobs["sample_stage"] == 3 + 1 + 4
    (learnt,) = [job.outputs for job in planned if job.rule == "learn_fragments"]
    assert learnt[0].startswith("results/datasets/smoke3/vocabularies/")


def test_another_test_dataset_is_cut_by_the_vocabulary_of_the_training_one(fresh):
    fresh.edit("config/experiments/smoke.yaml", "oracle-msgen2]", CHAINS)
    fresh.edit("config/experiments/smoke.yaml", "test: [smoke3]", "test: [smoke3, geom_drugs10]")
    fresh.edit("config/experiments/smoke.yaml", "test: [", "overlap: drop\ntest: [")
    jobs = jobs_in(fresh.run("--dry-run", "smoke"))
    rules = Counter(job.rule for job in jobs)
    assert rules["learn_fragments"] == 1 and rules["extract_beads"] == 2
    keys = {job.outputs[0].split("/")[-2] for job in jobs if job.rule == "extract_beads"}
    assert len(keys) == 1  # the same levels, of two datasets


def test_another_size_is_another_vocabulary_and_other_stages(fresh, planned):
    before = {job.outputs[0] for job in planned if job.rule in ("train_stage", "learn_fragments")}
    fresh.edit("config/experiments/smoke.yaml", "override:\n  every_stage:\n",
               "override:\n  every_stage:\n    levels: {fragments: {vocabulary_size: 20}}\n")
    jobs = jobs_in(fresh.run("--dry-run", "smoke"))
    after = {job.outputs[0] for job in jobs if job.rule in ("train_stage", "learn_fragments")}
    changed = {path for path in after if "fragments" in path or "vocabular" in path}
    assert len(changed) == 4 and not changed & before and after - changed == {
        path for path in before if "fragments" not in path and "vocabular" not in path}
    assert Counter(job.rule for job in jobs)["learn_fragments"] == 1


def test_stages_of_a_chain_agree_on_their_fragments(fresh):
    fresh.edit("config/experiments/smoke.yaml", "oracle-msgen2]", CHAINS)
    fresh.edit("config/experiments/smoke.yaml", "geometry: {boot",
               "  stages:\n    geodiff-fragments: {levels: {fragments: {vocabulary_size: 20}}}\n"
               "geometry: {boot")
    done = fresh.attempt("--dry-run", "smoke")
    assert done.returncode != 0 and "Traceback" not in done.stdout
    assert "levels.fragments" in done.stdout and "geodiff-all-fragments" in done.stdout


def test_true_fragments_are_a_source(fresh):
    fresh.edit("config/chains.yaml", "oracle-msgen2: [oracle, geodiff-all-heavy]",
               "oracle-msgen2: [oracle, geodiff-all-fragments]")
    jobs = jobs_in(fresh.run("--dry-run", "smoke"))
    rules = Counter(job.rule for job in jobs)
    assert rules["coarsen_reference"] == rules["extract_beads"] == 1


def test_a_level_of_listed_atoms_depends_on_their_table(fresh, tmp_path):
    (fresh.folder / "my atoms.csv").write_text("molecule,atoms\nqm9train-1310,0 1\n")
    fresh.edit("config/stages.yaml", "geodiff-all-heavy:", """mine:
  level: smarts
  levels: {smarts: {atoms: my atoms.csv}}
  backbone: {kind: dual_encoder}
all-mine:
  level: all
  guide: {level: smarts}
  levels: {smarts: {atoms: my atoms.csv}}
  backbone: {kind: guided_dual_encoder}

geodiff-all-heavy:""")
    fresh.append("config/chains.yaml", "mine-msgen2: [mine, all-mine]")
    fresh.edit("config/experiments/smoke.yaml", "geodiff, geodiff-msgen2,", "geodiff, mine-msgen2,")
    for where, shown in (((), "--atoms 'my atoms.csv'"),
                         (("--directory", str(tmp_path)), "/my atoms.csv'")):
        text = fresh.run("--dry-run", "--printshellcmds", *where, "smoke")
        assert Counter(job.rule for job in jobs_in(text))["extract_beads"] == 1
        assert shown in text
    (fresh.folder / "my atoms.csv").unlink()
    assert "my atoms.csv" in fresh.attempt("--dry-run", "smoke").stdout
