"""An experiment tested on molecules it trains on: refused before it trains, or they are dropped."""

EXPERIMENT = """# yaml-language-server: $schema=../schemas/experiment.schema.json
train: smoke3
test: [twin]
chains: [geodiff]
overlap: {overlap}
"""


def project(fresh, overlap):
    text = (fresh.folder / "config/datasets.yaml").read_text()
    start = text.index("smoke3:")
    own = text[start:text.index("\n\n", start)].replace("smoke3:", "twin:")
    fresh.append("config/datasets.yaml", own.replace("train: 0.43, val: 0.14", "train: 0, val: 0"))
    (fresh.folder / "config/experiments/apart.yaml").write_text(EXPERIMENT.format(overlap=overlap))
    return fresh


def test_the_overlap_is_refused_before_anything_is_trained(fresh):
    done = project(fresh, "refuse").attempt("--cores", "2", "apart")
    assert done.returncode != 0 and "check_overlap" in done.stdout
    log, = fresh.files("results/logs/check_overlap/smoke3/twin/refuse.log")
    assert "got '4 of 7 test molecules that are trained or validated on'" in log.read_text()
    assert not (fresh.folder / "results/stages").exists()
    assert not (fresh.folder / "results/samples").exists()


def test_told_to_drop_the_experiment_plans_tables_that_leave_them_out(fresh):
    planned = project(fresh, "drop").rules("apart")
    assert planned["check_overlap"] == planned["train_stage"] == planned["make_tables"] == 1
    text = fresh.run("--dry-run", "--printshellcmds", "apart")
    for step in ("make_tables", "plot_figures", "make_report"):
        line = next(t for t in text.splitlines() if f"python -m pipeline_src.{step} " in t)
        assert '"left_out":"results/overlap/smoke3/twin/list/molecules.csv"' in line
