"""Tables over seeds and of paired differences from toy scores, worked by hand."""

import math

import pytest
from test_make_tables import COLUMNS, score, tables

from pipeline_src.run.errors import InputError
from pipeline_src.run.files import write_rows
from pipeline_src.run.settings.jobs import ScoredSource

# chain and seed -> rows at one delta; molecule w has no references, z fails once
TOY = {
    ("new", 1): [score("x", 0.5, 80.0, 0.2), score("y", 0.5, 40.0, 0.4),
                 score("z", 0.5, reason="diverged")],
    ("new", 2): [score("x", 0.5, 60.0, 0.4), score("y", 0.5, 20.0, 0.6),
                 score("z", 0.5, 30.0, 0.9)],
    ("old", 1): [score("x", 0.5, 50.0, 0.5), score("y", 0.5, 50.0, 0.5),
                 score("z", 0.5, 10.0, 0.7)],
    ("old", 2): [score("x", 0.5, 50.0, 0.7), score("y", 0.5, 30.0, 0.5),
                 score("z", 0.5, reason="diverged")],
}
NOT_SCORABLE = score("w", 0.5, references=0, reason="no reference conformers")


def compared(tmp_path, toy=TOY, baselines=(("new", "old"),), **changes) -> tuple[list, list]:
    sources = []
    for (chain, seed), rows in toy.items():
        path = tmp_path / f"{chain}-{seed}.csv"
        write_rows(path, COLUMNS, [*rows, NOT_SCORABLE])
        sources.append(ScoredSource(chain=chain, dataset="drugs", seed=seed, sampler="l",
                                    pattern=str(path)))
    result = tables(tmp_path, geometry=tuple(sources), deltas_angstrom={"drugs": (0.5,)},
                    baselines=dict(baselines), **changes)
    return result["comparison"], result["paired"]


def numbers(row: dict, *names: str) -> list[float]:
    return [float(row[name]) for name in names]


def test_scores_over_seeds_by_hand(tmp_path):
    comparison, _ = compared(tmp_path)
    assert [(r["chain"], r["failure_policy"]) for r in comparison] == [
        ("new", "zero"), ("old", "zero"), ("new", "skip"), ("old", "skip")]
    zero, skip = comparison[0], comparison[2]
    # x 70, y 30, z (0 + 30) / 2 with zero, 30 with skip; w has no references
    assert numbers(zero, "cov_r_mean", "cov_r_n_molecules") == [pytest.approx(115 / 3), 3]
    assert numbers(skip, "cov_r_mean", "cov_r_n_molecules") == [pytest.approx(130 / 3), 3]
    # seeds with zero: (80 + 40 + 0) / 3 = 40 and (60 + 20 + 30) / 3
    assert float(zero["cov_r_seed_sd"]) == pytest.approx((40 - 110 / 3) / math.sqrt(2))
    for row in (zero, skip):  # x 0.3, y 0.5, z 0.9: it failed for one seed only
        assert numbers(row, "mat_r_mean", "mat_r_n_molecules") == [pytest.approx(1.7 / 3), 3]
        assert row["n_seeds"] == "2" and row["symmetrize"] == "true"
        assert float(row["mat_p_low"]) <= float(row["mat_p_mean"]) <= float(row["mat_p_high"])


def test_paired_differences_by_hand(tmp_path):
    _, paired = compared(tmp_path)
    rows = {(r["failure_policy"], r["metric"]): r for r in paired}
    assert len(paired) == len(rows) == 8
    counts = ("n_better", "n_equal", "n_worse", "n_molecules", "n_unpaired", "n_seeds")
    zero, skip = rows["zero", "cov_r"], rows["skip", "cov_r"]
    # x 70 - 50, y 30 - 40, z 15 - 5
    assert float(zero["difference"]) == pytest.approx(20 / 3)
    assert numbers(zero, *counts) == [2, 0, 1, 3, 0, 2]
    # z never came out for both in one seed, so it is not paired
    assert float(skip["difference"]) == pytest.approx(5)
    assert numbers(skip, *counts) == [1, 0, 1, 2, 1, 2]
    for policy in ("zero", "skip"):  # MAT is lower by 0.3 for x, the same for y, z not paired
        row = rows[policy, "mat_r"]
        assert float(row["difference"]) == pytest.approx(-0.15)
        assert numbers(row, *counts) == [1, 1, 0, 2, 1, 2]
        assert row["p_value"] == row["p_holm"] == "1" and row["n_family"] == "1"
    # ranks of 20, -10, 10: 3, -1.5, 1.5; of the 8 signings six have a smaller sum of at most 1.5
    assert float(zero["p_value"]) == pytest.approx(6 / 8)
    assert (zero["chain"], zero["baseline"], zero["delta"]) == ("new", "old", "0.5")


def test_p_values_are_adjusted_over_the_pairs_of_a_metric(tmp_path):
    names = [f"m{k}" for k in range(6)]
    levels = {"old": 0.0, "new": 20.0, "newer": 40.0}
    toy = {(chain, 1): [score(n, 0.5, 10.0 + up + k * (up > 0), 1.0 - up / 100)
                        for k, n in enumerate(names)] for chain, up in levels.items()}
    _, paired = compared(tmp_path, toy, (("new", "old"), ("newer", "old")),
                         failure_policies=("zero",))
    rows = [r for r in paired if r["metric"] == "cov_r"]
    # six differences of one sign: 2 / 2^6, twice that for two pairs
    assert [numbers(r, "p_value", "p_holm", "n_family") for r in rows] == [
        [pytest.approx(1 / 32), pytest.approx(1 / 16), 2]] * 2
    assert [r["seed_sd"] for r in rows] == ["", ""]  # one seed


def test_without_baselines_there_is_a_header_alone(tmp_path):
    comparison, paired = compared(tmp_path, baselines=())
    assert len(comparison) == 4 and paired == []
    assert (tmp_path / "paired.csv").read_text().count("\n") == 1


def test_without_any_scores_both_are_headers(tmp_path):
    result = tables(tmp_path, geometry=())
    assert result["comparison"] == result["paired"] == []


def test_a_chain_of_failures_is_paired_with_nothing(tmp_path):
    toy = {**TOY, ("new", 1): [score(n, 0.5, reason="diverged") for n in "xyz"],
           ("new", 2): [score(n, 0.5, reason="diverged") for n in "xyz"]}
    comparison, paired = compared(tmp_path, toy)
    assert (comparison[0]["cov_r_mean"], comparison[0]["mat_r_mean"]) == ("0", "")
    rows = {(r["failure_policy"], r["metric"]): r for r in paired}
    mat = rows["zero", "mat_r"]
    assert mat["difference"] == mat["p_value"] == mat["p_holm"] == mat["low"] == ""
    assert numbers(mat, "n_molecules", "n_unpaired", "n_family") == [0, 3, 0]
    assert float(rows["zero", "cov_r"]["difference"]) == pytest.approx(-(50 + 40 + 5) / 3)


def test_the_tables_repeat_byte_for_byte(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert compared(tmp_path / "a") == compared(tmp_path / "b")


@pytest.mark.parametrize("pair", [("new", "absent"), ("absent", "old")])
def test_a_baseline_that_was_not_scored_is_refused(tmp_path, pair):
    with pytest.raises(InputError, match="baselines: got 'absent', expected one of new, old"):
        compared(tmp_path, baselines=(pair,))
    assert not (tmp_path / "geometry.csv").exists()
