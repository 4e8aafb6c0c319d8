"""What would run for EBD, alone and after GeoDiff."""

from collections import Counter

from snakemake_project import jobs_in

EXPERIMENT = """
train: smoke3
test: [smoke3]
chains: [distance-geometry, ebd, ebd-msgen2]
samplers:
  both: {kind: by_process, samplers: [{kind: langevin}, {kind: deblurring, steps: 10}]}
override:
  stages:
    ebd-all-heavy: {process: {fragments: brics}}
"""


def test_guides_are_embedded_for_the_stage_that_has_a_source(fresh):
    """One job: its conformers are the training's; the levels are each stage's own."""
    (fresh.folder / "config/experiments/tiny.yaml").write_text(EXPERIMENT)
    text = fresh.run("--dry-run", "--printshellcmds", "tiny")
    jobs = jobs_in(text)
    rules = Counter(job.rule for job in jobs)
    assert rules["embed_guides"] == rules["learn_fragments"] == rules["embed_rdkit"] == 1
    assert rules["extract_beads"] == 2 and rules["train_stage"] == rules["sample_stage"] == 3
    (guides,) = [job.outputs[0] for job in jobs if job.rule == "embed_guides"]
    assert guides.startswith("results/stages/smoke3/ebd-all-")
    assert text.count(f"--guides {guides}") == 1
    assert len(text.split("--guides  --run-dir")) == 3


def test_a_sampler_for_each_process_is_asked_for(fresh):
    (fresh.folder / "config/experiments/tiny.yaml").write_text(
        EXPERIMENT.replace("{kind: langevin}, ", ""))
    done = fresh.attempt("--dry-run", "tiny")
    assert done.returncode != 0 and "Traceback" not in done.stdout
    assert "ve_diffusion" in done.stdout and "geodiff-heavy" in done.stdout


def test_more_steps_than_levels_are_refused(fresh):
    (fresh.folder / "config/experiments/tiny.yaml").write_text(
        EXPERIMENT.replace("steps: 10", "steps: 50"))
    done = fresh.attempt("--dry-run", "tiny")
    assert done.returncode != 0 and "at most the 49 levels of stage 'ebd-all'" in done.stdout
