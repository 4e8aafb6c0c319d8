"""Which molecules are drawn, and which of their samples."""

import csv
import json

import numpy as np
import pytest
from made_up_item import PAPER, item, made_files, row, score_file

from pipeline_src.chem.readers.smiles import molecule_from_smiles
from pipeline_src.ensembles import Ensemble
from pipeline_src.ensembles.store import write_ensembles
from pipeline_src.paper.page import render_companion
from pipeline_src.paper.views import table_views
from pipeline_src.run.settings.jobs import ScoredSource
from pipeline_src.run.settings.paper_report import PaperPage, PaperReportSettings

# MAT-R of the chain; the median is 1.5
MATCHING = {"a": 1.0, "b": 9.0, "c": 1.4, "d": 1.6, "e": 3.0, "f": 0.2}
SHIFTS = {"geodiff": 0.6, "msgen2": 0.3}  # of the oxygen atom, Å


@pytest.fixture
def one(tmp_path):
    """The row, with references, and samples of both chains of all molecules but d."""
    molecules = {name: molecule_from_smiles("CCO", name) for name in MATCHING}
    positions = np.random.default_rng(3).normal(0, 2, (1, 9, 3)).astype(np.float32)
    write_ensembles(tmp_path / "ensembles/part-000.parquet",
                    [Ensemble(molecule, positions) for molecule in molecules.values()])
    sampled = {}
    for chain, shift in SHIFTS.items():
        score_file(tmp_path / chain / "seed1/scores.csv", {
            name: {mode: (50.0, score, 50.0, 1.0) for mode in (True, False)}
            for name, score in MATCHING.items()})
        moved = positions.copy()
        moved[:, 2, 0] += shift
        path = tmp_path / chain / "samples.parquet"
        write_ensembles(path, [Ensemble(molecule, moved) for name, molecule in molecules.items()
                               if chain == "msgen2" or name != "d"])
        sampled[chain] = (ScoredSource(chain=chain, dataset="made_up", seed=1, sampler="own",
                                       pattern=str(path)),)
    return row(tmp_path, "msgen2", "geodiff", samples=sampled["msgen2"],
               baseline_samples=sampled["geodiff"], ensembles=str(tmp_path / "ensembles"))


@pytest.mark.parametrize("name, wanted", [("figure5", "cdaf"), ("figure6", "bedc")])
def test_molecules_are_those_of_the_rule(one, tmp_path, name, wanted):
    folder = tmp_path / name
    cells = made_files(item((one,), item=name, kind="renderings"), folder)
    scores = cells[cells["metric"] == "mat_r"]
    # distances from the median: c and d 0.1, a 0.5, f 1.3, e 1.5
    assert "".join(scores["part"]) == wanted
    assert list(scores["measured"]) == [MATCHING[molecule] for molecule in wanted]
    shown = cells[cells["metric"].isin(["rmsd", "rmsd_baseline"])]
    for line in table_views(cells)[0]["lines"]:  # each chain's distance under its own name
        distances = shown[shown["part"] == line["part"]].set_index("chain")["measured"]
        assert [cell["value"] for cell in line["cells"][1:]] == [
            f"{distances[chain]:.3f}" if chain in distances else "" for chain in SHIFTS]
    assert list(zip(shown["part"], shown["chain"], strict=True)) == [
        (molecule, chain) for molecule in wanted for chain in SHIFTS
        if (molecule, chain) != ("d", "geodiff")]
    distances = shown.groupby("chain")["measured"].max()
    assert 0 < distances["msgen2"] < distances["geodiff"] < 0.6
    rule = "highest MAT-R" if name == "figure6" else "nearest to the median"
    assert cells["note"].str.contains(rule).all()
    with open(folder / f"{name}-figure.csv", newline="", encoding="utf-8") as file:
        data = list(csv.DictReader(file))
    assert [line["molecule"] for line in data] == list(shown["part"])
    assert all("V2000" in line["generated_molblock"] for line in data)
    assert data[0]["smiles"] == "CCO"


def test_the_companion_shows_them_in_3d(one, tmp_path):
    made_files(item((one,), item="figure5", kind="renderings"), tmp_path / "out")
    page = PaperPage(item="figure5", title="Drawn", caption="", kind="renderings",
                     files=str(tmp_path / "out/figure5"))
    html = render_companion(PaperReportSettings(size="mini", target="paper_mini", pages=(page,)),
                            PAPER, "")
    data = html.partition('id="overlay-data">')[2].partition("</script>")[0]
    shown = json.loads(data)["overlays"]
    assert [(o["molecule"], o["chain"]) for o in shown][:2] == [("c", "geodiff"), ("c", "msgen2")]
    assert all("V2000" in o["reference_molblock"] for o in shown) and len(shown) == 7
