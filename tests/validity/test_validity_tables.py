"""Tables of validity from toy scores, worked by hand."""

import csv

import pytest

from pipeline_src.make_validity_tables import make_validity_tables
from pipeline_src.quantum import relaxed_pairs
from pipeline_src.run.errors import InputError
from pipeline_src.run.files import write_rows
from pipeline_src.run.settings.jobs import (
    RelaxedSource,
    ScoredSource,
    StrainSource,
    ValiditySettings,
)
from pipeline_src.scores import geometry, validity
from pipeline_src.scores.posebusters_checks import CHECKS

OUT = ("validity", "relaxed", "paired")


def checked(molecule, conformer, reason="", stereo=None, **changes) -> dict:
    sound = {} if reason else {**dict.fromkeys(CHECKS, 1), "clashes": 0, "stereo_kept": stereo}
    return {**dict.fromkeys(validity.COLUMNS), "molecule": molecule, "conformer": conformer,
            **sound, "status": "failed" if reason else "ok", "reason": reason, **changes}


def strained(molecule, conformer, strain=None, converged=1) -> dict:
    return {**dict.fromkeys(relaxed_pairs.COLUMNS), "molecule": molecule, "conformer": conformer,
            "strain_kcal_mol": strain, "converged": None if strain is None else converged,
            "status": "failed" if strain is None else "ok",
            "reason": "" if strain is not None else "MMFF has no parameters for this molecule"}


def scored(molecule, mat, samples=4) -> dict:
    return {"molecule": molecule, "symmetrize": 1, "delta": 0.5,
            **dict.fromkeys(("cov_r", "cov_p"), None if mat is None else 50.0),
            "mat_r": mat, "mat_p": mat, "n_references": 2, "n_samples": samples,
            "n_failed": 0, "status": "ok" if mat is not None else "failed", "reason": ""}


CHECKED = [checked("a", 0, stereo=1), checked("a", 1, stereo=0, bond_lengths=0),
           checked("a", 2, stereo=1, no_steric_clash=0, bond_lengths=0, clashes=3),
           checked("b", 0), checked("b", 1, "not sampled: diverged"), checked("c", None, "gone")]
STRAINED = [strained("a", 0, 1.0), strained("a", 1, 3.0, 0), strained("b", 0, 10.0),
            strained("b", 1)]


@pytest.fixture
def tables(tmp_path):
    def make(left_out=(), **changes) -> dict[str, list[dict]]:
        def source(name, columns, rows, chain="geodiff", seed=1) -> ScoredSource:
            write_rows(tmp_path / f"{name}.csv", columns, rows)
            return ScoredSource(chain=chain, dataset="d", seed=seed, sampler="s",
                                pattern=str(tmp_path / f"{name}.csv"),
                                left_out=str(tmp_path / "left.csv") if left_out else "")

        write_rows(tmp_path / "left.csv", ("molecule", "smiles", "with_molecule", "with_subset"),
                   [{"molecule": name, "smiles": "", "with_molecule": "x", "with_subset": "train"}
                    for name in left_out])
        drawn = [scored("a", 1.0), scored("b", 2.0), scored("c", 0.5)]
        better = [scored("a", 0.4), scored("b", 1.6), scored("c", None, 0)]
        settings = ValiditySettings(**{
            "checks": (source("reference", validity.COLUMNS, CHECKED[:1], "reference", 0),
                       source("checked", validity.COLUMNS, CHECKED)),
            "strain": (StrainSource(relaxer="mmff", source=source(
                "strain", relaxed_pairs.COLUMNS, STRAINED)),),
            "relaxed": (RelaxedSource(
                source=source("drawn", geometry.COLUMNS, drawn),
                relaxed={"mmff": source("better", geometry.COLUMNS, better)}),),
            "deltas_angstrom": {"d": (0.5,)}, "failure_policies": ("zero",),
            "bootstrap_resamples": 100, "bootstrap_seed": 1, **changes})
        make_validity_tables(settings, *(tmp_path / f"{name}.out" for name in OUT))
        found = {}
        for name in OUT:
            with open(tmp_path / f"{name}.out", newline="", encoding="utf-8") as file:
                found[name] = list(csv.DictReader(file))
        return found

    return make


def by_check(rows, chain="geodiff") -> dict[str, dict]:
    return {row["check"]: row for row in rows if row["chain"] == chain}


def counts(row) -> tuple[int, ...]:
    return tuple(int(row[f"n_{name}"] or 0) for name in (
        "molecules", "conformers", "passed", "undecided", "failed"))


def test_shares_by_hand(tables):
    rows = by_check(tables()["validity"])
    assert counts(rows["posebusters"]) == (2, 4, 2, 0, 1)
    assert float(rows["posebusters"]["value"]) == 0.5
    # molecules are drawn: both twice a third of a, or all of b
    assert float(rows["posebusters"]["low"]) == pytest.approx(1 / 3)
    assert float(rows["posebusters"]["high"]) == 1
    assert counts(rows["bond_lengths"]) == (2, 4, 2, 0, 1)
    assert counts(rows["no_steric_clash"]) == (2, 4, 3, 0, 1)
    assert counts(rows["stereo_kept"]) == (1, 3, 2, 1, 1)
    assert (float(rows["clashes"]["value"]), rows["clashes"]["statistic"]) == (0.75, "mean")
    assert "internal_energy" not in rows and list(rows)[0] == "posebusters"


def test_strain_by_hand(tables):
    rows = by_check(tables()["validity"])
    row = rows["strain_mmff"]
    assert (row["unit"], row["statistic"], float(row["value"])) == ("kcal_mol", "median", 3.0)
    assert (float(row["q25"]), float(row["q75"])) == (2.0, 6.5)
    assert (float(row["low"]), float(row["high"])) == (2.0, 10.0)
    assert counts(row) == (2, 3, 0, 0, 1)
    assert counts(rows["converged_mmff"]) == (2, 3, 2, 0, 1)


def test_references_are_a_chain_without_seed_and_sampler(tables):
    row = by_check(tables()["validity"], "reference")["posebusters"]
    assert (row["seed"], row["sampler"], row["value"]) == ("", "", "1")


def test_relaxed_beside_drawn_and_paired(tables):
    found = tables()
    assert [(row["relaxed"], row["mat_r_mean"], row["cov_r_mean"], row["n_molecules"])
            for row in found["relaxed"]] == [
        ("none", "1.166666667", "50", "3"), ("mmff", "1", "33.33333333", "3")]
    paired = {row["metric"]: row for row in found["paired"]}
    assert (paired["mat_r"]["chain"], paired["mat_r"]["relaxed"]) == ("geodiff", "mmff")
    assert float(paired["mat_r"]["difference"]) == pytest.approx(-0.5)  # of a and b alone
    assert (paired["mat_r"]["n_better"], paired["mat_r"]["n_unpaired"]) == ("2", "1")


def test_molecules_that_do_not_count_are_in_none(tables):
    found = tables(left_out=("b",))
    assert counts(by_check(found["validity"])["posebusters"]) == (1, 3, 1, 0, 0)
    assert counts(by_check(found["validity"])["strain_mmff"]) == (1, 2, 0, 0, 0)
    assert {row["n_molecules"] for row in found["relaxed"]} == {"2"}


def test_without_relaxed_scores_their_tables_have_headers_alone(tables):
    found = tables(relaxed=())
    assert found["relaxed"] == found["paired"] == [] and found["validity"]


def test_thresholds_that_are_missing_are_an_error(tables):
    with pytest.raises(InputError, match="deltas_angstrom"):
        tables(deltas_angstrom={})
