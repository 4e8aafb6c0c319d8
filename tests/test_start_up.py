"""What starting costs, by what is imported: a job of seconds should not spend them on libraries.

Not by time, which depends on the machine; `python -m benchmarks.start_up` measures that.
"""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
STEPS = {p.stem for p in (ROOT / "pipeline_src").glob("*.py")} - {"__init__"}
# The compiler that torch loads when it is first used, and what comes with it.
COMPILER = {"torch._dynamo.convert_frame", "sympy"}
LEARNING = {"torch", "torch_geometric", "lightning_fabric", "tensorboardX"}
TABLES = {"pandas", "matplotlib", "scipy"}
CHEMISTRY = {  # one process for all: none of them may bring what another would be blamed for
    "check_overlap", "check_quantum", "coarsen_reference", "compute_properties", "describe_dataset",
    "draw_molecules", "embed_rdkit", "export_sdf", "extract_beads", "extract_hierarchy",
    "import_ensembles", "import_part", "learn_fragments", "overlay_examples",
    "reference_ensembles", "relax_samples", "score_geometry", "score_properties", "split_dataset"}
REPORTS = {"collect_references", "make_paper_report", "make_paper_table", "make_report",
           "make_statistics", "plot_figures", "score_stereo"}
FORBIDDEN = {  # steps -> what none of them imports when it starts
    frozenset(CHEMISTRY): LEARNING | TABLES,
    frozenset({"embed_guides"}): LEARNING | TABLES - {"scipy"},
    frozenset({"score_validity"}): LEARNING | TABLES - {"pandas"},  # PoseBusters brings it
    frozenset({"make_tables", "make_validity_tables"}): LEARNING | TABLES - {"pandas"} | {"rdkit"},
    frozenset(REPORTS): LEARNING | {"scipy"},
    frozenset({"sample_stage"}): LEARNING - {"torch", "torch_geometric"} | TABLES | COMPILER
    | {"rdkit"},
    frozenset({"import_weights"}): LEARNING - {"torch"} | TABLES | COMPILER | {"rdkit"},
    # Lightning loads torch's compiler, and that looks into every module, PyG's pandas among them.
    frozenset({"train_stage"}): TABLES - {"pandas"} | {"rdkit"},
}


def loaded(code: str, names: set[str], of: str = "set(sys.modules)") -> list[str]:
    """Those of the modules ``names`` that are in the set ``of`` after ``code``."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint(*sorted({names!r} & {of}))"],
        cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1].split()


def test_every_step_is_in_the_table():
    named = [step for steps in FORBIDDEN for step in steps]
    assert set(named) == STEPS and len(named) == len(STEPS)


@pytest.mark.parametrize("steps", FORBIDDEN, ids=lambda steps: "-".join(sorted(steps))[:40])
def test_a_step_starts_without_what_it_does_not_need(steps):
    code = "\n".join(f"import pipeline_src.{step}" for step in sorted(steps))
    assert not loaded(code, FORBIDDEN[steps])


def test_the_workflow_is_read_without_any_of_it(tmp_path):
    # Snakemake itself brings pandas, by its SLURM plugin: only what comes after it is ours.
    code = ("import contextlib, sys\nfrom snakemake.cli import main\n"
            "snakemakes = set(sys.modules)\n"
            "with contextlib.suppress(SystemExit):\n"
            f"    main(['-n', '--snakefile', {str(ROOT / 'workflow' / 'Snakefile')!r},\n"
            f"          '--directory', {str(tmp_path)!r}, 'experiments'])\n"
            "assert 'pipeline_src.run.plan' in sys.modules\n"
            "ours = set(sys.modules) - snakemakes")
    names = LEARNING | TABLES | COMPILER | {"rdkit", "pyarrow", "psi4"}
    assert not loaded(code, names, "ours")
