"""The house rules, read from the code: arrows between rooms, file lengths, one name a step."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "pipeline_src"
ALLOWED = {  # room -> rooms it may import
    "run": {"run"},
    "ensembles": {"run", "ensembles"},
    "chem": {"run", "ensembles", "chem"},
    "graphs": {"run", "ensembles", "graphs"},
    "backbones": {"run", "graphs", "ensembles", "backbones"},
    "processes": {"run", "graphs", "ensembles", "processes"},
    "stages": {"run", "ensembles", "graphs", "backbones", "processes", "stages"},
    "scores": {"run", "ensembles", "chem", "scores"},
    "quantum": {"run", "ensembles", "chem", "quantum"},
    "reports": {"run", "reports"},
    "paper": {"run", "ensembles", "chem", "reports", "scores", "paper"},
}
FORBIDDEN = {  # room -> packages it must not import
    **{room: {"rdkit", "psi4"} for room in ("graphs", "backbones", "processes", "stages")},
    **{room: {"torch", "torch_geometric"} for room in (
        "run", "ensembles", "chem", "scores", "quantum", "reports")},
    "paper": {"torch", "torch_geometric", "rdkit", "psi4"},
}
FORBIDDEN["run"] |= {"rdkit", "numpy", "pandas", "pyarrow"}
FORBIDDEN["ensembles"] |= {"rdkit", "pandas"}
FILES = sorted(PACKAGE.rglob("*.py"))
STEPS = sorted(p.stem for p in PACKAGE.glob("*.py") if p.stem != "__init__")


def imports(file: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(PACKAGE)))
def test_imports_go_one_way(file):
    parts = file.relative_to(PACKAGE).parts
    room = parts[0] if len(parts) > 1 else None
    for name in imports(file):
        top, *rest = name.split(".")
        assert top != "benchmarks", f"{file} imports {name}"
        if top == "pipeline_src" and rest:
            assert rest[0] not in STEPS, f"{file} imports the step {name}"
            assert room is None or rest[0] in ALLOWED[room], f"{room} may not import {name}"
        elif room:
            assert top not in FORBIDDEN[room], f"{room} may not import {name}"


def test_every_room_is_known():
    rooms = {p.name for p in PACKAGE.iterdir() if p.is_dir() and p.name != "__pycache__"}
    assert rooms == set(ALLOWED)


def test_files_stay_below_300_lines():
    everything = [*FILES, *(ROOT / "workflow").rglob("*.smk"), ROOT / "workflow" / "Snakefile",
                  *(ROOT / "tests").rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py")]
    long = {str(f.relative_to(ROOT)): n for f in everything
            if (n := len(f.read_text(encoding="utf-8").splitlines())) > 300}
    assert not long


def test_rule_step_and_module_share_a_name():
    text = "\n".join(f.read_text() for f in (ROOT / "workflow" / "rules").glob("*.smk"))
    rules = {line.split()[1].rstrip(":") for line in text.splitlines()
             if line.startswith(("rule ", "checkpoint "))} - {"generate"}
    assert rules == set(STEPS)
    for step in STEPS:
        tree = ast.parse((PACKAGE / f"{step}.py").read_text())
        functions = {n.name for n in tree.body if isinstance(n, ast.FunctionDef)}
        assert step in functions
        assert f"python -m pipeline_src.{step} " in text.replace('"', " ").replace("  ", " ")


@pytest.mark.parametrize("step", ["train_stage", "import_weights", "sample_stage"])
def test_learning_steps_load_where_rdkit_cannot_be_imported(step):
    code = ("import sys\n"
            "class Refuse:\n"
            "    def find_spec(self, name, path=None, target=None):\n"
            "        if name.split('.')[0] == 'rdkit': raise ImportError('rdkit refused')\n"
            "sys.meta_path.insert(0, Refuse())\n"
            "from pipeline_src.run.parts import PARTS, load_part\n"
            f"import pipeline_src.{step}\n"
            "for seam in ('backbone', 'process', 'sampler', 'upsampler', 'augmentation', "
            "'weights'):\n"
            "    for name in PARTS[seam]: load_part(seam, name)\n"
            "assert 'rdkit' not in sys.modules\n")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_named_part_exists():
    from pipeline_src.run.parts import PARTS, load_part

    for seam, names in PARTS.items():
        for name in names:
            assert callable(load_part(seam, name)), f"{seam} {name}"
