"""Result tables from toy scores, worked by hand."""

import csv

import numpy as np
import pytest

from pipeline_src.make_tables import make_tables
from pipeline_src.run.errors import InputError
from pipeline_src.run.files import write_rows
from pipeline_src.run.settings.jobs import ScoredSource, TableSettings
from pipeline_src.scores.geometry import COLUMNS

OUTPUTS = ("geometry", "curve", "properties", "failures", "comparison", "paired",
           "property_molecules", "property_comparison", "property_paired")
PROPERTY_COLUMNS = ("molecule", "quantity", "reference_ev", "generated_ev", "absolute_error_ev",
                    "n_reference", "n_generated", "n_failed", "status", "reason")


def score(molecule, delta, cov=None, mat=None, samples=4, failed=0, references=2, symmetrize=1,
          reason="") -> dict:
    return {"molecule": molecule, "symmetrize": symmetrize, "delta": delta, "cov_r": cov,
            "cov_p": None if cov is None else cov / 2, "mat_r": mat, "mat_p": mat,
            "n_references": references, "n_samples": samples, "n_failed": failed,
            "status": "failed" if cov is None else "ok", "reason": reason}


# x and y are scored, z failed with all its three samples, w has no references
TOY = [row for delta, up in ((0.5, 0.0), (1.25, 20.0)) for row in (
    score("x", delta, 40.0 + up, 0.3), score("y", delta, 80.0 + up, 0.5, samples=2, failed=2),
    score("z", delta, samples=0, failed=3, reason="no usable sample: diverged"),
    score("w", delta, samples=4, references=0, reason="no reference conformers"))]


def tables(tmp_path, rows=TOY, properties=None, property_sources=(),
           **changes) -> dict[str, list[dict]]:
    write_rows(tmp_path / "s0.csv", COLUMNS, rows[:3])
    write_rows(tmp_path / "s1.csv", COLUMNS, rows[3:])
    run = {"chain": "msgen", "dataset": "drugs", "seed": 1, "sampler": "langevin"}
    shards = ScoredSource(**run, pattern=str(tmp_path / "s{shard}.csv"), shards=2)
    settings = {
        "experiment": "toy", "geometry": (shards,),
        "deltas_angstrom": {"drugs": (1.25,)}, "failure_policies": ("zero", "skip"),
        "bootstrap_resamples": 200, "bootstrap_seed": 1, "method": "hf/6-31g**", **changes}
    if property_sources:
        settings["properties"] = property_sources
    if properties is not None:
        write_rows(tmp_path / "p.csv", PROPERTY_COLUMNS, properties)
        settings["properties"] = (ScoredSource(**run, pattern=str(tmp_path / "p.csv")),)
    make_tables(TableSettings(**settings), *(tmp_path / f"{name}.csv" for name in OUTPUTS))
    result = {}
    for name in OUTPUTS:
        with open(tmp_path / f"{name}.csv", newline="") as file:
            result[name] = list(csv.DictReader(file))
    return result


def test_headers_are_exactly_the_contract(tmp_path):
    tables(tmp_path)
    headers = {name: (tmp_path / f"{name}.csv").read_text().splitlines()[0] for name in OUTPUTS}
    assert headers == {
        "geometry": "chain,dataset,seed,sampler,delta,symmetrize,failure_policy,"
                    "cov_r_mean,cov_r_median,cov_r_low,cov_r_high,"
                    "mat_r_mean,mat_r_median,mat_r_low,mat_r_high,"
                    "cov_p_mean,cov_p_median,cov_p_low,cov_p_high,"
                    "mat_p_mean,mat_p_median,mat_p_low,mat_p_high,"
                    "n_molecules,n_conformers,n_failed",
        "curve": "chain,dataset,seed,sampler,symmetrize,delta,cov_r_mean,cov_p_mean,n_molecules",
        "properties": "chain,dataset,seed,sampler,method,quantity,mae_ev_mean,mae_ev_median,"
                      "mae_ev_std,mae_ev_low,mae_ev_high,n_molecules,n_conformers,n_failed",
        "property_molecules": "chain,dataset,seed,sampler,method,molecule,quantity,reference_ev,"
                              "generated_ev,absolute_error_ev,n_reference,n_generated,n_failed,"
                              "status,reason",
        "property_comparison": "chain,dataset,sampler,method,quantity,mae_ev_mean,mae_ev_low,"
                               "mae_ev_high,mae_ev_seed_sd,n_molecules,n_seeds",
        "property_paired": "chain,baseline,dataset,sampler,method,quantity,difference_ev,low,high,"
                           "seed_sd,n_better,n_equal,n_worse,n_molecules,n_unpaired,n_seeds,"
                           "p_value,p_holm,n_family",
        "failures": "chain,dataset,seed,sampler,kind,molecule,reason",
        "comparison": "chain,dataset,sampler,delta,symmetrize,failure_policy,"
                      "cov_r_mean,cov_r_low,cov_r_high,cov_r_seed_sd,cov_r_n_molecules,"
                      "mat_r_mean,mat_r_low,mat_r_high,mat_r_seed_sd,mat_r_n_molecules,"
                      "cov_p_mean,cov_p_low,cov_p_high,cov_p_seed_sd,cov_p_n_molecules,"
                      "mat_p_mean,mat_p_low,mat_p_high,mat_p_seed_sd,mat_p_n_molecules,n_seeds",
        "paired": "chain,baseline,dataset,sampler,delta,symmetrize,failure_policy,metric,"
                  "difference,low,high,seed_sd,n_better,n_equal,n_worse,n_molecules,n_unpaired,"
                  "n_seeds,p_value,p_holm,n_family"}


def test_failure_policies_by_hand(tmp_path):
    zero, skip = tables(tmp_path)["geometry"]
    assert (zero["failure_policy"], skip["failure_policy"]) == ("zero", "skip")
    assert (zero["delta"], zero["symmetrize"]) == ("1.25", "true")
    # coverages 60 and 100, and 0 for the failed z; w has no references and counts in neither
    assert float(zero["cov_r_mean"]) == pytest.approx(160 / 3)
    assert float(zero["cov_p_mean"]) == pytest.approx(80 / 3)
    assert (zero["cov_r_median"], zero["n_molecules"]) == ("60", "3")
    assert (skip["cov_r_mean"], skip["cov_p_mean"], skip["n_molecules"]) == ("80", "40", "2")
    for row in (zero, skip):
        assert (row["mat_r_mean"], row["mat_p_median"]) == ("0.4", "0.4")
        assert row["n_conformers"] == "6"
        assert row["n_failed"] == "9"  # 2 of y, 3 of z, the 4 of w
        assert float(row["cov_r_low"]) <= float(row["cov_r_mean"]) <= float(row["cov_r_high"])
    assert (zero["cov_r_low"], zero["cov_r_high"]) == ("0", "100")


def test_curve_has_every_threshold_under_policy_zero(tmp_path):
    rows = tables(tmp_path)["curve"]
    assert [(r["delta"], r["n_molecules"], r["symmetrize"]) for r in rows] == [
        ("0.5", "3", "true"), ("1.25", "3", "true")]
    assert float(rows[0]["cov_r_mean"]) == pytest.approx(40)


def test_failures_name_each_molecule_and_reason_once(tmp_path):
    rows = tables(tmp_path)["failures"]
    assert [(r["kind"], r["molecule"], r["reason"]) for r in rows] == [
        ("geometry", "y", "2 conformer(s) failed"),
        ("geometry", "z", "no usable sample: diverged"),
        ("geometry", "w", "no reference conformers")]


def test_a_remark_and_the_failures_of_a_scored_molecule_both_appear(tmp_path):
    row = score("x", 0.5, 40.0, 0.3, failed=1, reason="1 of 5 conformers drawn again")
    write_rows(tmp_path / "s.csv", COLUMNS, [row])
    source = ScoredSource(chain="one", dataset="d", seed=1, sampler="l",
                          pattern=str(tmp_path / "s.csv"))
    rows = tables(tmp_path, geometry=(source,), deltas_angstrom={"d": (0.5,)})["failures"]
    assert [r["reason"] for r in rows] == [
        "1 of 5 conformers drawn again", "1 conformer(s) failed"]


def test_both_modes_and_several_sources_keep_the_order_of_the_settings(tmp_path):
    rows = [score("x", 0.5, 40.0, 0.3, symmetrize=s) for s in (1, 0)]
    write_rows(tmp_path / "s.csv", COLUMNS, rows)
    sources = tuple(ScoredSource(chain=chain, dataset="d", seed=seed, sampler="l",
                                 pattern=str(tmp_path / "s.csv"))
                    for chain, seed in (("two", 2), ("one", 1)))
    result = tables(tmp_path, geometry=sources, deltas_angstrom={"d": (0.5,)},
                    failure_policies=("zero",))["geometry"]
    assert [(r["chain"], r["seed"], r["symmetrize"]) for r in result] == [
        ("two", "2", "true"), ("two", "2", "false"), ("one", "1", "true"), ("one", "1", "false")]
    assert result[0]["cov_r_low"] == result[0]["cov_r_high"] == "40"


def test_all_molecules_failed_leaves_mat_empty(tmp_path):
    rows = [score(name, 1.25, samples=0, failed=2, reason="diverged") for name in "xyzv"]
    zero, skip = tables(tmp_path, rows)["geometry"]
    assert (zero["cov_r_mean"], zero["cov_r_high"], zero["n_molecules"]) == ("0", "0", "4")
    assert (skip["cov_r_mean"], skip["cov_r_low"], skip["n_molecules"]) == ("", "", "0")
    assert zero["mat_r_mean"] == zero["mat_r_low"] == skip["mat_p_high"] == ""


def test_properties_by_hand(tmp_path):
    def row(molecule, quantity, error, failed=0, status="ok", reason=""):
        return {"molecule": molecule, "quantity": quantity, "reference_ev": 1.0,
                "generated_ev": 1.0, "absolute_error_ev": error, "n_reference": 5,
                "n_generated": 4, "n_failed": failed, "status": status, "reason": reason}

    properties = [row(m, q, e, f) for m, e, f in (("x", 0.1, 0), ("y", 0.2, 1), ("z", 0.6, 0))
                  for q in ("e_mean", "gap_max")]
    properties += [row("v", "e_mean", None, 0, "failed", "SCF did not converge")]
    result = tables(tmp_path, properties=properties)
    mean, largest = result["properties"]
    assert (mean["quantity"], largest["quantity"]) == ("e_mean", "gap_max")
    assert (mean["mae_ev_mean"], mean["mae_ev_median"], mean["method"]) == (
        "0.3", "0.2", "hf/6-31g**")
    assert float(mean["mae_ev_std"]) == pytest.approx(np.std([0.1, 0.2, 0.6]))
    assert 0.1 <= float(mean["mae_ev_low"]) < 0.3 < float(mean["mae_ev_high"]) <= 0.6
    assert (mean["n_molecules"], mean["n_conformers"], mean["n_failed"]) == ("3", "12", "5")
    assert largest["n_failed"] == "1"
    assert [(r["molecule"], r["reason"]) for r in result["failures"]
            if r["kind"] == "property"] == [
        ("y", "1 conformer(s) failed"), ("v", "SCF did not converge")]


def test_no_properties_is_a_header_alone(tmp_path):
    assert tables(tmp_path)["properties"] == []


@pytest.mark.parametrize(("changes", "match"), [
    ({"deltas_angstrom": {"drugs": (0.7,)}}, "delta = 0.7"),
    ({"deltas_angstrom": {}}, "thresholds for drugs"),
    ({"failure_policies": ("zero", "guess")}, "guess"),
    ({"rows": [*TOY[:3], *TOY[:3]]}, "each molecule in one shard"),
    ({"rows": []}, "delta = 1.25"),
])
def test_bad_input_is_refused(tmp_path, changes, match):
    if "rows" in changes and changes["rows"]:
        changes = {**changes, "deltas_angstrom": {"drugs": (0.5,)}}
    with pytest.raises(InputError, match=match):
        tables(tmp_path, **changes)
    assert not (tmp_path / "geometry.csv").exists()


def test_molecules_that_are_trained_on_do_not_count_and_are_named(tmp_path):
    shared = tmp_path / "shared.csv"
    write_rows(shared, ("molecule", "smiles", "with_molecule", "with_subset"), [
        {"molecule": name, "smiles": "C", "with_molecule": "m1", "with_subset": "val"}
        for name in ("y", "not-scored")])
    source = ScoredSource(chain="msgen", dataset="drugs", seed=1, sampler="langevin", shards=2,
                          pattern=str(tmp_path / "s{shard}.csv"), left_out=str(shared))
    result = tables(tmp_path, geometry=(source,))
    # of x (60 %) and y (100 %) x is left; z failed: 60 and 0, so that the mean is 30
    zero, skip = result["geometry"]
    assert (zero["cov_r_mean"], zero["n_molecules"]) == ("30", "2")
    assert (skip["cov_r_mean"], skip["n_molecules"]) == ("60", "1")
    left_out = [r for r in result["failures"] if r["kind"] == "overlap"]
    assert [r["molecule"] for r in left_out] == ["y", "not-scored"]
    assert "the training dataset has this molecule in val" in left_out[0]["reason"]
    assert not [r for r in result["failures"] if r["molecule"] == "y" and r["kind"] != "overlap"]


def test_a_test_set_that_is_trained_on_as_a_whole_is_an_error(tmp_path):
    shared = tmp_path / "shared.csv"
    write_rows(shared, ("molecule", "smiles", "with_molecule", "with_subset"), [
        {"molecule": name, "smiles": "C", "with_molecule": "m", "with_subset": "val"}
        for name in "xyzw"])
    source = ScoredSource(chain="msgen", dataset="drugs", seed=1, sampler="langevin", shards=2,
                          pattern=str(tmp_path / "s{shard}.csv"), left_out=str(shared))
    with pytest.raises(InputError, match="shared.csv: got 'every molecule that was scored'"):
        tables(tmp_path, geometry=(source,))
