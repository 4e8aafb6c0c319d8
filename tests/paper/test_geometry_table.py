"""The table of coverage and matching from made-up scores: known answers, ranks, provenance."""

import json
import math
from pathlib import Path

import pytest
from made_up_item import (
    COMMIT,
    changed_paper,
    item,
    made,
    made_files,
    read_run,
    row,
    score_file,
    sources,
    value,
)
from made_up_molecules import sidecar_of as sample_sidecar
from pandas.testing import assert_frame_equal

from pipeline_src.paper.cells import COLUMNS
from pipeline_src.paper.learned import lost
from pipeline_src.paper.provenance import samples_behind
from pipeline_src.paper.views import mode_effect, table_views
from pipeline_src.run.errors import InputError
from pipeline_src.run.files import write_json
from pipeline_src.run.settings.paper_table import PaperRow
from pipeline_src.run.sidecar import sidecar_of

# Three molecules; the chain is better in symmetrised MAT-R, worse in the plain one.
BASE = {"a": {True: (80, 0.4, 50, 0.8), False: (70, 0.5, 40, 0.9)},
        "b": {True: (60, 0.6, 40, 0.9), False: (60, 0.6, 40, 0.9)},
        "c": {True: (40, 0.8, 30, 1.0), False: (40, 0.8, 30, 1.0)}}
CHAIN = {"a": {True: (90, 0.3, 50, 0.8), False: (70, 0.9, 40, 0.9)},
         "b": {True: (70, 0.5, 40, 0.9), False: (60, 0.7, 40, 0.9)},
         "c": {True: (50, 0.7, 30, 1.0), False: (40, 0.9, 30, 1.0)}}


@pytest.fixture
def folder(tmp_path):
    score_file(tmp_path / "geodiff/seed1/scores.csv", BASE)
    score_file(tmp_path / "geodiff-msgen2/seed1/scores.csv", CHAIN)
    return tmp_path


def table(folder, **more):
    return item((row(folder, "geodiff", model="GeoDiff"),
                 row(folder, "geodiff-msgen2", baseline="geodiff", model="GeoDiff+MSGEN"),
                 PaperRow(label="CGCF", model="CGCF")), **more)


def test_means_medians_and_differences_are_the_known_ones(folder):
    cells = made(table(folder))
    assert value(cells, "geodiff-msgen2", "cov_r", "mean") == pytest.approx(70)
    assert value(cells, "geodiff-msgen2", "mat_r", "median") == pytest.approx(0.5)
    assert value(cells, "geodiff-msgen2", "mat_r", "difference") == pytest.approx(-0.1)
    assert value(cells, "geodiff-msgen2", "mat_r", "p") == pytest.approx(0.25)  # 2 / 2^3
    assert value(cells, "geodiff-msgen2", "mat_r", "p_sign") == pytest.approx(0.25)
    assert value(cells, "geodiff-msgen2", "mat_r", "better") == 3
    assert value(cells, "geodiff-msgen2", "cov_p", "p") == 1
    assert value(cells, "geodiff-msgen2", "mat_r", "difference", column="baseline") == "geodiff"
    low, high = (value(cells, "geodiff-msgen2", "mat_r", "mean", column=c)
                 for c in ("ci_low", "ci_high"))
    assert 0.3 <= low < 0.5 < high <= 0.7


def test_the_interval_of_equal_molecules_is_a_point(folder):
    score_file(folder / "geodiff/seed1/scores.csv", {
        m: {mode: (50, 0.5, 50, 0.5) for mode in (True, False)} for m in "abc"})
    cells = made(table(folder))
    assert [value(cells, "geodiff", "cov_r", "mean", column=c)
            for c in ("measured", "ci_low", "ci_high")] == [50, 50, 50]


def test_molecules_count_by_their_mean_over_seeds(folder):
    score_file(folder / "geodiff/seed2/scores.csv", {
        m: {mode: (scores[0] + 10, *scores[1:]) for mode, scores in modes.items()}
        for m, modes in BASE.items()})
    cells = made(item((row(folder, "geodiff", seeds=(1, 2)),)))
    assert value(cells, "geodiff", "cov_r", "median") == pytest.approx(65)
    assert value(cells, "geodiff", "cov_r", "mean", column="molecules") == 3
    assert value(cells, "geodiff", "cov_r", "mean", column="seeds") == "1 2"


def test_the_rmsd_mode_changes_the_ranking_and_both_are_shown(folder):
    cells = made(table(folder))
    ranks = {mode: [value(cells, chain, "mat_r", "rank", mode)
                    for chain in ("geodiff", "geodiff-msgen2")] for mode in ("true", "false")}
    assert ranks == {"true": [2, 1], "false": [1, 2]}
    assert value(cells, "geodiff", "cov_p", "rank") == 1  # equal: both the better place


def test_a_failed_molecule_is_no_coverage_and_no_matching_in_its_row(folder):
    score_file(folder / "geodiff/seed1/scores.csv", {**BASE, "a": {True: None, False: None}})
    cells = made(table(folder))
    assert value(cells, "geodiff", "cov_r", "mean") == pytest.approx(100 / 3)
    assert value(cells, "geodiff", "mat_r", "mean") == pytest.approx(0.7)
    assert value(cells, "geodiff", "mat_r", "mean", column="molecules") == 2
    assert value(cells, "geodiff", "cov_r", "mean", column="failed") == 1
    assert value(cells, "geodiff", "cov_r", "rank") == 2


def test_rows_are_ranked_by_the_molecules_that_all_have_a_score_of(folder):
    """The plain RMSD turns the ranks over of two molecules; the first row lacks the third."""
    score_file(folder / "geodiff/seed1/scores.csv", {**BASE, "a": {True: None, False: None}})
    cells = made(table(folder))
    ranks = {mode: [value(cells, chain, "mat_r", "rank", mode)
                    for chain in ("geodiff", "geodiff-msgen2")] for mode in ("true", "false")}
    assert ranks == {"true": [2, 1], "false": [1, 2]}
    assert value(cells, "geodiff", "mat_r", "rank", column="note") == (
        "of 2 rows by the mean over the 2 molecules that all of them have a score of")
    assert "GeoDiff by MAT-R from 2 to 1" in mode_effect(cells).replace("geodiff", "GeoDiff")


def test_rows_without_a_molecule_in_common_are_not_ranked(folder):
    nothing = {True: None, False: None}
    score_file(folder / "geodiff/seed1/scores.csv", {**BASE, "a": nothing, "b": nothing})
    score_file(folder / "geodiff-msgen2/seed1/scores.csv", {**CHAIN, "c": nothing})
    cells = made(table(folder))
    assert math.isnan(value(cells, "geodiff", "mat_r", "rank"))
    assert "no molecule" in value(cells, "geodiff", "mat_r", "rank", column="note")
    assert math.isnan(value(cells, "geodiff", "mat_r", "rank", "false"))


def test_rows_of_other_numbers_of_molecules_say_how_many(folder):
    score_file(folder / "else/seed1/scores.csv", {key: BASE[key] for key in "ab"})
    other = row(folder, "else", scores=sources(folder, "else", dataset="other"))
    lines = table_views(made(item((other, row(folder, "geodiff")))))[0]["lines"]
    assert [line["asides"] for line in lines] == [["2 molecules"], ["3 molecules"]]


def test_samples_are_lost_where_those_of_most_molecules_are(folder):
    far = {mode: (0, 90.0, 0, 95.0) for mode in (True, False)}
    assert not lost(made(table(folder)))
    score_file(folder / "geodiff/seed1/scores.csv", {**BASE, "a": far})
    assert value(made(table(folder)), "geodiff", "mat_r", "mean") > 5
    assert not lost(made(table(folder)))  # one of three
    score_file(folder / "geodiff/seed1/scores.csv", {**BASE, "a": far, "b": far})
    assert lost(made(table(folder))) == {"geodiff": 90}


def test_p_values_are_corrected_for_the_pairs_of_the_table(folder):
    score_file(folder / "ebd/seed1/scores.csv", CHAIN)
    settings = item((row(folder, "geodiff"), row(folder, "geodiff-msgen2", baseline="geodiff"),
                     row(folder, "ebd", baseline="geodiff")))
    cells = made(settings)
    assert value(cells, "ebd", "mat_r", "p_holm") == pytest.approx(0.5)
    assert "2 comparisons" in value(cells, "ebd", "mat_r", "p_holm", column="note")


def test_the_paper_stands_in_its_own_column(folder):
    cells = made(table(folder))
    assert value(cells, "geodiff", "mat_r", "mean", column="paper") == "0.8686"
    assert value(cells, "CGCF", "cov_r", "mean", column="paper") == "53.96"
    assert math.isnan(value(cells, "CGCF", "cov_r", "mean"))
    assert set(cells["comparable"]) == {"no", ""}
    assert "other data" in value(cells, "geodiff-msgen2", "cov_r", "mean", column="note")


def test_only_the_papers_size_threshold_and_rmsd_mode_are_comparable(folder):
    cells = made(table(folder, size="paper"))
    comparable = cells[cells["comparable"] == "yes"]
    assert set(comparable["row"]) == {"geodiff-msgen2"}
    assert set(comparable["symmetrize"]) == {"true"}
    other = item((row(folder, "geodiff-msgen2", model="GeoDiff+MSGEN", delta_angstrom=0.5),),
                 size="paper")
    score_file(folder / "geodiff-msgen2/seed1/scores.csv", CHAIN, delta=0.5)
    cells = made(other)
    assert "threshold" in value(cells, "geodiff-msgen2", "mat_r", "mean", column="note")


def test_molecules_that_are_trained_on_are_counted(folder):
    shared = folder / "shared.csv"
    for lines, words in ((["m,C,t1,train"], "1 molecule of the test set is in the training set"),
                         ([], "no molecule of the test set is in the training set")):
        shared.write_text("\n".join(["molecule,smiles,with_molecule,with_subset", *lines, ""]))
        entry = row(folder, "geodiff")
        sources = tuple(source.model_copy(update={"left_out": str(shared)})
                        for source in entry.scores)
        cells = made(item((entry.model_copy(update={"scores": sources}),)))
        assert words in value(cells, "geodiff", "cov_r", "mean", column="note")


def test_measured_values_do_not_depend_on_the_paper(folder):
    cells = made(table(folder))
    others = made(table(folder), changed_paper(folder))
    assert not cells["paper"].equals(others["paper"])
    ours = cells.drop(columns=["paper"])
    assert ours[cells["measured"].notna()].equals(
        others.drop(columns=["paper"])[others["measured"].notna()])


def test_the_papers_values_do_not_depend_on_the_scores(folder):
    cells = made(table(folder))
    score_file(folder / "geodiff/seed1/scores.csv", CHAIN)
    others = made(table(folder))
    assert cells["paper"].equals(others["paper"])
    assert not cells["measured"].equals(others["measured"])


def test_every_measured_value_has_its_commit_hash_and_seeds(folder):
    score_file(folder / "geodiff-msgen2/seed1/scores.csv", CHAIN, commit="f" * 40)
    cells = made(table(folder))
    ours = cells[cells["measured"].notna()]
    assert set(ours["commit"]) == {COMMIT, "f" * 40}
    assert ours["settings_hash"].str.fullmatch("[0-9a-f]{8}").all()
    assert (ours["seeds"] == "1").all()
    assert (cells[cells["chain"] == ""]["commit"] == "").all()
    made_files(table(folder), folder / "out")
    record = read_run(folder / "out")
    assert record["commits"] == [COMMIT, "f" * 40] and record["machine"] == (
        "host a-host (its processor was not recorded)")


def test_samples_behind_the_scores_count(folder, monkeypatch):
    """Their sidecars, and those of the samples that guided them; the others are not there."""
    monkeypatch.chdir(folder)
    shards = {name: f"results/samples/made_up/{name}/seed1/shard0.parquet"
              for name in ("geodiff-msgen2", "heavy")}
    before = made(table(folder))
    gpus, cpu = [{"name": "A Card"}], {"model": "A Processor", "logical_cores": 8}
    sample_sidecar(Path(shards["geodiff-msgen2"]), git_commit="a" * 40, gpus=gpus, cpu=cpu,
                   versions={"python": "3.12", "torch": "2.9"},
                   arguments={"coarser": [shards["heavy"]], "ensembles": "a/folder"})
    sample_sidecar(Path(shards["heavy"]), git_commit="b" * 40, versions={"python": "3.11"})
    cells = made_files(table(folder), folder / "out")
    assert value(cells, "geodiff-msgen2", "cov_r", "mean", column="commit") == " ".join(
        [COMMIT, "a" * 40, "b" * 40])
    assert value(cells, "geodiff", "cov_r", "mean", column="commit") == COMMIT
    assert cells["settings_hash"].equals(before["settings_hash"])
    record = read_run(folder / "out")
    assert record["commits"] == [COMMIT, "a" * 40, "b" * 40] and record["gpus"] == ["A Card"]
    assert record["clock"] == "wall-clock"
    assert "A Processor, 8 logical cores" in record["machine"]
    assert record["versions"] == {"python": "3.11, 3.12", "torch": "2.9"}


def test_a_baseline_that_is_no_row_counts(folder):
    score_file(folder / "geodiff/seed1/scores.csv", BASE, commit="f" * 40)
    made_files(item((row(folder, "geodiff-msgen2", baseline="geodiff"),)), folder / "out")
    assert read_run(folder / "out")["commits"] == [COMMIT, "f" * 40]


def test_samples_behind_properties_are_those_of_the_chunks(tmp_path):
    chunk, shard = str(tmp_path / "chunk0.csv"), str(tmp_path / "shard0.parquet")
    folder_of_references = tmp_path / "ensembles"
    sample_sidecar(Path(chunk), git_commit="a", arguments={"ensembles": [shard]})
    sample_sidecar(Path(shard), git_commit="b",
                   arguments={"ensembles": str(folder_of_references)})
    sample_sidecar(folder_of_references, git_commit="c")
    found = samples_behind([{"arguments": {"generated": [str(tmp_path / "chunk{0..1}.csv")]}}])
    assert [sidecar["git_commit"] for sidecar in found] == ["a", "b"]


def test_jobs_of_two_machines_name_both(folder):
    record = sidecar_of(folder / "geodiff-msgen2/seed1/scores.csv")
    cpu = {"cpu": {"model": "A Processor", "logical_cores": 8}}
    write_json(record, json.loads(record.read_text()) | cpu)
    made_files(table(folder), folder / "out")
    assert read_run(folder / "out")["machine"].split(" and ") == [
        "host a-host (its processor was not recorded)", "A Processor, 8 logical cores"]


def test_the_same_files_give_the_same_bytes_and_are_read_back(folder):
    for name in ("out", "out2"):
        read = made_files(table(folder), folder / name)
    assert tuple(read.columns) == (*COLUMNS, "word")
    assert_frame_equal(read, made(table(folder)))  # ten digits are written
    for name in ("table2.csv", "table2.svg", "table2-figure.csv"):
        assert (folder / "out" / name).read_bytes() == (folder / "out2" / name).read_bytes()


def test_scores_without_a_sidecar_are_refused(folder):
    (folder / "geodiff/seed1/scores.csv.provenance.json").unlink()
    with pytest.raises(InputError, match="sidecar"):
        made(table(folder))


def test_a_missing_score_file_is_named(folder):
    (folder / "geodiff/seed1/scores.csv").unlink()
    with pytest.raises(InputError, match="geodiff/seed1/scores.csv"):
        made(table(folder))


def test_a_row_that_fits_several_of_the_paper_is_refused(folder):
    settings = item((row(folder, "geodiff", model="GeoDiff"),), item="table11")
    with pytest.raises(InputError, match="where"):
        made(settings)
    found = item((row(folder, "geodiff", model="GeoDiff", where={"part": "Drugs (T=500)"}),),
                 item="table11")
    cells = made(found)
    assert value(cells, "geodiff", "cov_r", "mean", column="paper") == "64.12"
