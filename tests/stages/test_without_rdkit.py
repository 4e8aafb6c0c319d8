"""Training and sampling run where RDKit cannot be imported."""

import subprocess

from small_stages import (
    command_line,
    draw,
    python,
    sample_settings,
    train_arguments,
    train_settings,
)

from pipeline_src.ensembles.store import read_ensembles, write_ensembles

# ``python -m <first argument>`` with an import of rdkit refused
WITHOUT = """
import runpy, sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "rdkit":
            raise ImportError("rdkit refused")
sys.meta_path.insert(0, Refuse())
name = sys.argv.pop(1)
runpy.run_module(name, run_name="__main__")
"""


def run_without_rdkit(module: str, arguments: dict) -> subprocess.CompletedProcess:
    return subprocess.run(python("-c", WITHOUT, module, *command_line(arguments)),
                          capture_output=True, text=True, timeout=300)


def test_the_refusal_works():
    done = run_without_rdkit("pipeline_src.extract_hierarchy", {})
    assert done.returncode != 0 and "rdkit refused" in done.stderr


def test_train_stage_and_sample_stage_run(data, tmp_path):
    options = {"guided": True, "iterations": 3}
    arguments = train_arguments(tmp_path, data, train_settings(**options))
    done = run_without_rdkit("pipeline_src.train_stage", arguments)
    assert done.returncode == 0, done.stderr[-2000:]
    write_ensembles(tmp_path / "heavy.parquet", draw(sample_settings(level="heavy"), data))
    done = run_without_rdkit("pipeline_src.sample_stage", {
        "settings": sample_settings(**options), "weights": tmp_path / "weights.pt",
        "trained": tmp_path / "settings.json", "hierarchies": data.hierarchies,
        "split": data.split, "shard": 0, "coarser": tmp_path / "heavy.parquet",
        "atom_budget": 1000, "threads": 1, "out": tmp_path / "out.parquet"})
    assert done.returncode == 0, done.stderr[-2000:]
    samples = list(read_ensembles(tmp_path / "out.parquet"))
    assert [e.molecule.id for e in samples] == [e.molecule.id for e in data.all[4:6]]
    assert all(e.level == "all" and e.ok.all() for e in samples)
