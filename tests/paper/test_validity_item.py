"""The item of validity from made-up checks, strains and scores: known answers, both ways."""

import math
from pathlib import Path

import pytest
from made_up_item import COMMIT, item, made, made_files, read_run, row, score_file, sidecar, value
from pandas.testing import assert_frame_equal

from pipeline_src.paper.claims import claims_of
from pipeline_src.paper.failed_molecules import failed_molecules
from pipeline_src.paper.views import pair_views, table_views
from pipeline_src.quantum import relaxed_pairs
from pipeline_src.run.errors import InputError
from pipeline_src.run.files import write_rows
from pipeline_src.run.settings.jobs import ScoredSource
from pipeline_src.run.settings.paper_table import PaperRow
from pipeline_src.scores import validity
from pipeline_src.scores.posebusters_checks import CHECKS

MOLECULES = tuple("abcdef")


def check_file(path: Path, clashes: dict[str, list[int | None]], stereo: int | None = 1) -> None:
    """Write checks: molecule -> clashes of each conformer, which then fails; None: not drawn."""
    rows = []
    for molecule, conformers in clashes.items():
        for c, n in enumerate(conformers):
            rows.append({**dict.fromkeys(validity.COLUMNS), "molecule": molecule, "conformer": c,
                         "status": "failed", "reason": "not sampled: diverged"}
                        if n is None else {
                **dict.fromkeys(validity.COLUMNS), **dict.fromkeys(CHECKS, 1), "clashes": n,
                "no_steric_clash": int(not n), "stereo_kept": stereo, "molecule": molecule,
                "conformer": c, "status": "ok", "reason": ""})
    path.parent.mkdir(parents=True, exist_ok=True)
    write_rows(path, validity.COLUMNS, rows)
    sidecar(path, COMMIT)


def strain_file(path: Path, strains: dict[str, list[float | None]]) -> None:
    """Write strains in kcal/mol: molecule -> of each conformer; None: it failed."""
    rows = [{**dict.fromkeys(relaxed_pairs.COLUMNS), "molecule": molecule, "conformer": c,
             "strain_kcal_mol": strain, "converged": None if strain is None else int(strain < 10),
             "status": "failed" if strain is None else "ok",
             "reason": "no parameters" if strain is None else ""}
            for molecule, conformers in strains.items() for c, strain in enumerate(conformers)]
    path.parent.mkdir(parents=True, exist_ok=True)
    write_rows(path, relaxed_pairs.COLUMNS, rows)
    sidecar(path.with_suffix(".parquet"), COMMIT)  # of the first file that the step writes


def scores(mat: float) -> dict:
    return {m: {mode: (50, mat + 0.1 * k, 40, 1.0) for mode in (True, False)}
            for k, m in enumerate(MOLECULES)}


def chain_row(folder: Path, chain: str, baseline: str = "", seeds: tuple[int, ...] = (1,),
              **more: object) -> PaperRow:
    """A row of a chain with all that its kind reads."""
    def source(what: str) -> ScoredSource:
        return ScoredSource(chain=chain, dataset="made_up", seed=1, sampler="own",
                            pattern=f"{folder}/{chain}/seed{{seed}}/{what}.csv")

    return row(folder, chain, baseline, seeds, checks=source("checks"), **{
        "strain": {kind: source(kind) for kind in ("mmff", "gfn2-xtb")},
        "relaxed": {"mmff": source("relaxed")}, **more})


def write_all(tmp_path: Path) -> None:
    """A baseline with a clash in half of its conformers, and a chain without any."""
    for chain, n, strain, before, after in (("geodiff", 2, 30.0, 0.6, 0.5),
                                            ("geodiff-msgen2", 0, 20.0, 0.5, 0.3)):
        place = tmp_path / chain / "seed1"
        check_file(place / "checks.csv", {m: [0, n] for m in MOLECULES})
        strain_file(place / "mmff.csv", {m: [strain, 4.0, 5.0] for m in MOLECULES})
        strain_file(place / "gfn2-xtb.csv", {m: [strain] for m in MOLECULES})
        score_file(place / "scores.csv", scores(before))
        score_file(place / "relaxed.csv", scores(after))
    check_file(tmp_path / "reference/seed0/checks.csv", {m: [0] for m in MOLECULES})
    strain_file(tmp_path / "reference/seed0/mmff.csv", {m: [1.5] for m in MOLECULES})


@pytest.fixture
def folder(tmp_path):
    write_all(tmp_path)
    return tmp_path


def references(folder: Path) -> PaperRow:
    def source(what: str) -> ScoredSource:
        return ScoredSource(chain="reference", dataset="made_up", seed=0, sampler="",
                            pattern=f"{folder}/reference/seed0/{what}.csv")

    return PaperRow(label="References", experiment="made_up", dataset="made_up",
                    checks=source("checks"), strain={"mmff": source("mmff")})


def table(folder: Path, **more: object):
    return item((references(folder), chain_row(folder, "geodiff"),
                 chain_row(folder, "geodiff-msgen2", baseline="geodiff")),
                item="validity", kind="validity", **more)


@pytest.fixture(scope="module")
def cells(tmp_path_factory):
    """The table of these files."""
    folder = tmp_path_factory.mktemp("validity")
    write_all(folder)
    return made(table(folder))


def test_shares_clashes_and_strains_are_the_known_ones(cells):
    assert value(cells, "geodiff", "posebusters", "mean") == 50
    assert value(cells, "geodiff", "clashes", "mean") == 1
    assert value(cells, "geodiff", "stereo_kept", "mean") == 100
    assert value(cells, "geodiff-msgen2", "posebusters", "mean") == 100
    assert value(cells, "geodiff", "strain_mmff", "median") == 5
    assert value(cells, "geodiff", "strain_gfn2-xtb", "median") == 30
    assert value(cells, "geodiff", "strain_mmff", "median", column="unit") == "kcal/mol"
    note = value(cells, "geodiff", "posebusters", "mean", column="note")
    assert "of 12 conformers" in note and "most often failed: no steric clash (50 %)" in note
    assert "67 % of the relaxations reached a minimum" in value(
        cells, "geodiff", "strain_mmff", "median", column="note")
    assert value(cells, "geodiff", "posebusters", "mean", column="ci_low") == 50  # all alike


def test_references_have_a_row_without_scores(cells):
    assert value(cells, "References", "posebusters", "mean") == 100
    assert value(cells, "References", "strain_mmff", "median") == 1.5
    found = cells[cells["row"] == "References"]
    assert set(found["metric"]) == {"posebusters", "stereo_kept", "clashes", "strain_mmff"}
    assert (found["seeds"] == "").all() and (found["chain"] == "").all()


def test_a_chain_is_compared_with_its_baseline(cells):
    assert value(cells, "geodiff-msgen2", "posebusters", "difference") == 50
    assert value(cells, "geodiff-msgen2", "posebusters", "better") == 6
    assert value(cells, "geodiff-msgen2", "clashes", "difference") == -1
    assert value(cells, "geodiff-msgen2", "clashes", "better") == 6
    assert value(cells, "geodiff-msgen2", "strain_gfn2-xtb", "difference") == -10
    assert value(cells, "geodiff-msgen2", "strain_mmff", "p") == 1  # medians are equal
    assert value(cells, "geodiff-msgen2", "posebusters", "p") == pytest.approx(2 / 2 ** 6)


def test_scores_as_drawn_and_relaxed_stand_side_by_side(cells):
    for mode in ("true", "false"):
        assert value(cells, "geodiff", "mat_r", "mean", mode) == pytest.approx(0.85)
        assert value(cells, "geodiff", "mat_r_mmff", "mean", mode) == pytest.approx(0.75)
    pairs = cells[(cells["metric"] == "mat_r_mmff") & (cells["statistic"] == "difference")
                  & (cells["symmetrize"] == "true")]
    assert [(row.row, row.baseline, round(row.measured, 6)) for row in pairs.itertuples()] == [
        ("geodiff", "as drawn", -0.1), ("geodiff-msgen2", "as drawn", -0.2),
        ("geodiff-msgen2", "geodiff", -0.2)]
    family = cells.loc[(cells["metric"] == "mat_r_mmff") & (cells["statistic"] == "p_holm"), "note"]
    assert family.str.contains("3 comparisons of this metric").all()


def test_a_molecule_that_cannot_be_relaxed_is_no_coverage_and_no_matching(folder):
    score_file(folder / "geodiff/seed1/relaxed.csv", {**scores(0.5), "a": dict.fromkeys(
        (True, False))})
    cells = made(table(folder))
    assert value(cells, "geodiff", "cov_r", "mean") == 50
    assert value(cells, "geodiff", "cov_r_mmff", "mean") == pytest.approx(250 / 6)
    assert value(cells, "geodiff", "mat_r_mmff", "mean") == pytest.approx(0.8)  # of the others
    assert value(cells, "geodiff", "mat_r_mmff", "mean", column="failed") == 1
    pairs = cells[(cells["row"] == "geodiff") & (cells["metric"] == "mat_r_mmff")
                  & (cells["statistic"] == "difference") & (cells["symmetrize"] == "true")]
    assert pairs["molecules"].item() == 5


def test_both_comparisons_are_shown(cells):
    lines = {(line["row"], line["baseline"]): line["claims"]
             for line in pair_views("validity", cells)}
    assert set(lines) == {("geodiff", "as drawn"), ("geodiff-msgen2", "as drawn"),
                          ("geodiff-msgen2", "geodiff")}
    assert [claim["words"].split(",")[0] for claim in lines["geodiff", "as drawn"]][1] == (
        "MAT-R after MMFF94s lower by 0.100 Å [\N{MINUS SIGN}0.100")
    assert len(claims_of("validity", cells)) == 4 + 4 + 9
    names = [metric["name"] for metric in table_views(cells)[0]["metrics"]]
    assert names[:3] == ["sound by PoseBusters", "stereo kept", "clashes"]


def test_conformers_that_failed_are_counted_and_molecules_without_any_too(folder):
    check_file(folder / "geodiff/seed1/checks.csv",
               {"a": [0, None], "b": [None, None], "c": [0, 1]})
    cells = made(table(folder))
    assert value(cells, "geodiff", "posebusters", "mean") == pytest.approx(200 / 3)
    assert value(cells, "geodiff", "posebusters", "mean", column="molecules") == 2
    assert value(cells, "geodiff", "posebusters", "mean", column="failed") == 1
    assert "3 conformers, and 3 that failed" in value(cells, "geodiff", "posebusters", "mean",
                                                      column="note")
    strain_file(folder / "geodiff-msgen2/seed1/mmff.csv", {"a": [None, None], "b": [None, 1.0]})
    score_file(folder / "geodiff/seed1/relaxed.csv", {**scores(0.5), "a": dict.fromkeys(
        (True, False))})
    assert [(line["row"], line["what"], line["molecule"], line["reason"])
            for line in failed_molecules(table(folder))] == [
        ("geodiff", "checks", "b", "not sampled: diverged"),
        ("geodiff", "coverage and matching after MMFF94s", "a", "no sample"),
        ("geodiff-msgen2", "strain, MMFF94s", "a", "no parameters")]


def test_where_nothing_was_checked_or_relaxed_a_cell_says_so(folder):
    check_file(folder / "geodiff/seed1/checks.csv", {m: [None] for m in MOLECULES})
    strain_file(folder / "geodiff/seed1/mmff.csv", {m: [None] for m in MOLECULES})
    cells = made(table(folder))
    assert math.isnan(value(cells, "geodiff", "posebusters", "mean"))
    assert value(cells, "geodiff", "posebusters", "mean", column="failed") == 6
    for metric, statistic in (("posebusters", "mean"), ("strain_mmff", "median")):
        assert "no conformer could be" in value(cells, "geodiff", metric, statistic, column="note")
    assert math.isnan(value(cells, "geodiff-msgen2", "posebusters", "difference"))


def test_seeds_are_pooled_and_molecules_stay_together(folder):
    for chain in ("geodiff", "geodiff-msgen2"):
        for file in (folder / chain / "seed1").iterdir():
            target = folder / chain / "seed2" / file.name
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(file.read_bytes())
    check_file(folder / "geodiff/seed2/checks.csv", {m: [0, 0] for m in MOLECULES})
    settings = item((chain_row(folder, "geodiff", seeds=(1, 2)),
                     chain_row(folder, "geodiff-msgen2", "geodiff", (1, 2))),
                    item="validity", kind="validity")
    cells = made(settings)
    assert value(cells, "geodiff", "posebusters", "mean") == 75
    assert value(cells, "geodiff", "posebusters", "mean", column="molecules") == 6
    assert value(cells, "geodiff-msgen2", "posebusters", "difference") == 25
    assert value(cells, "geodiff", "posebusters", "mean", column="seeds") == "1 2"


def test_every_measured_value_has_its_commit_and_the_figure_its_data(folder):
    read = made_files(table(folder), folder / "out")
    assert_frame_equal(read, made(table(folder)))
    ours = read[read["measured"].notna()]
    assert set(ours["commit"]) == {COMMIT} and (read["paper"] == "").all()
    assert ours["settings_hash"].str.fullmatch("[0-9a-f]{8}").all()
    assert read_run(folder / "out", "validity")["commits"] == [COMMIT]
    data = (folder / "out/validity-figure.csv").read_text(encoding="utf-8").splitlines()
    assert data[0] == "row,metric,statistic,unit,value,low,high"
    assert len(data) == 1 + 3 + 6 + 6  # no stereo, xTB or geometry of the references
    assert "<svg" in (folder / "out/validity.svg").read_text(encoding="utf-8")


def test_energies_without_their_sidecar_are_refused(folder):
    (folder / "geodiff/seed1/mmff.parquet.provenance.json").unlink()
    with pytest.raises(InputError, match="sidecar"):
        made(table(folder))
