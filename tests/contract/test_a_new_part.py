"""A new backbone is a file, a line of the table and a settings class; the contract finds it."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from contract_table import ContractTable

ROOT = Path(__file__).resolve().parents[2]
TOY = '''
import torch
from torch import nn

from pipeline_src.backbones.base import PairScores, check_guide
from pipeline_src.graphs.pairs import pair_distances


class Toy(nn.Module):
    """A score of each local pair from its distance and its atoms."""

    predicts, takes_guide = "local_distance_score", False

    def __init__(self, width):
        super().__init__()
        self.atoms, self.score = nn.Embedding(119, width), nn.Linear(width + 1, 1)

    @classmethod
    def from_settings(cls, settings):
        return cls(settings.width)

    def forward(self, batch, pos, time, guide=None, *, far=True, return_nodes=False,
                distances=None):
        check_guide(self, guide)
        index = batch.local_pair_index
        d = pair_distances(pos, index) if distances is None else distances
        states = self.atoms(batch.numbers)
        both = states[index[0]] * states[index[1]]
        score = self.score(torch.cat([both, d[:, None]], dim=-1)).squeeze(-1).to(d.dtype)
        return PairScores(score, None, None, {"all": [states]} if return_nodes else None)

    def parameter_groups(self):
        return {"all": list(self.parameters())}


class Crooked(Toy):
    """Also reads where the first atom of each pair stands."""

    def forward(self, batch, pos, *given, **options):
        said = super().forward(batch, pos, *given, **options)
        if options.get("distances") is not None:
            return said
        return said._replace(local=said.local + 0.1 * pos[batch.local_pair_index[0], 0])
'''
SETTINGS = '''
class {name}(Settings):
    """A backbone of a test."""

    kind: Literal["{kind}"] = "{kind}"
    predicts: ClassVar[str] = "local_distance_score"
    takes_guide: ClassVar[bool] = False
    width: PositiveInt = Field(128, description="features of an atom")


Backbone = Annotated[{name} | '''


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The package and the contract with two new backbones, and a third without settings."""
    folder = tmp_path_factory.mktemp("copy")
    ignore = shutil.ignore_patterns("__pycache__")
    for part in ("pipeline_src", "tests/contract", "tests/graphs"):
        shutil.copytree(ROOT / part, folder / part, ignore=ignore)
    for name in ("pyproject.toml", "tests/conftest.py", "tests/contract_report.py",
                 "tests/contract_table.py"):
        shutil.copy(ROOT / name, folder / name)
    (folder / "pipeline_src/backbones/toy.py").write_text(TOY)
    table, settings = (folder / "pipeline_src/run" / name
                       for name in ("parts.py", "settings/backbones.py"))
    lines = [f'"{kind}": "pipeline_src.backbones.toy:{name}",'
             for kind, name in (("toy", "Toy"), ("crooked", "Crooked"), ("bare", "Toy"))]
    text = table.read_text()
    assert text.count('"backbone": {') == 1
    table.write_text(text.replace('"backbone": {', '"backbone": {' + " ".join(lines)))
    text = settings.read_text()
    for kind, name in (("toy", "Toy"), ("crooked", "Crooked")):
        text, count = re.subn(r"^Backbone = Annotated\[\s*",
                              SETTINGS.format(name=name, kind=kind), text, flags=re.M)
        assert count == 1
    settings.write_text(text)
    return folder


@pytest.fixture(scope="module")
def run(copy):
    """What pytest says of the new backbones."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "tests/contract", "-k",
         "(test_backbones_keep or test_combinations_keep) and (toy or crooked or bare)"],
        cwd=copy, env={**os.environ, "PYTHONPATH": str(copy)}, capture_output=True, text=True,
        timeout=300)
    assert done.returncode == 1, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def row(run, part) -> list[str]:
    return re.search(rf"^{re.escape(part)} +([F+. ]+)$", run, flags=re.M).group(1).split()


def column(run, what) -> int:
    return int(re.search(rf"^ +(\d+) {what}$", run, flags=re.M).group(1)) - 1


def test_a_toy_gets_through_without_a_line_of_test_code(run):
    cells = row(run, "toy")
    assert len(cells) > 10 and "F" not in cells and cells.count(".") == 1
    assert "not applicable: toy, a guide moved alone: takes no guide" in run
    places = row(run, "toy + distance_score_matching")
    assert len(places) > 2 and set(places) == {"+"}
    assert "never together: toy + ve_diffusion: it predicts 'local_distance_score'" in run


def test_one_that_breaks_the_contract_is_named(run):
    cells = row(run, "crooked")
    broken = {"turns and shifts", "mirror images", "renumbered atoms"}
    for what in broken:
        assert cells[column(run, what)] == "F", what
    assert cells.count("F") <= 4 and cells[column(run, "a batch is its molecules")] == "+"


def test_one_without_settings_says_what_to_add(run):
    assert set(row(run, "bare")) == {"F"}
    assert "backbone 'bare' has no settings: add a class with that kind to the union" in run


def test_of_several_tests_of_a_cell_the_worst_counts():
    table = ContractTable()
    for passed, why in ((True, "no guide"), (True, ""), (True, "no guide")):
        table.add("seam", "part", "one", passed, why)
    table.add("seam", "part", "two", True, "no guide")
    table.add("seam", "part", "three", False)
    table.add("seam", "part", "three", True)
    text = "\n".join(table.lines({"a + b": "they differ"}))
    assert "part  +  .  F" in text and "never together: a + b: they differ" in text
    assert "part, two: no guide" in text and "part, one" not in text
