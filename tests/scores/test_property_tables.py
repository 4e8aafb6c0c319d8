"""Tables of ensemble properties over seeds and of paired differences, worked by hand."""

import math

import pytest
from test_make_tables import COLUMNS, PROPERTY_COLUMNS, score, tables

from pipeline_src.run.errors import InputError
from pipeline_src.run.files import write_rows
from pipeline_src.run.quantities import QUANTITIES
from pipeline_src.run.settings.jobs import ScoredSource

# chain and seed -> molecule -> error in eV, the same in all quantities; None: it failed
TOY = {
    ("new", 1): {"x": 0.1, "y": 0.5, "z": None},
    ("new", 2): {"x": 0.3, "y": 0.7, "z": 0.2},
    ("old", 1): {"x": 0.4, "y": 0.5, "z": 0.9},
    ("old", 2): {"x": 0.6, "y": 0.7, "z": None},
}


def written(tmp_path, toy=TOY, **changes) -> dict[str, list[dict]]:
    """The tables of toy property scores; references are -1000 eV, generated ones above them."""
    sources, geometry = [], []
    for (chain, seed), errors in toy.items():
        path = tmp_path / f"{chain}-{seed}-p.csv"
        write_rows(path, PROPERTY_COLUMNS, [{
            "molecule": name, "quantity": quantity, "reference_ev": -1000.0,
            "generated_ev": None if error is None else -1000.0 + error,
            "absolute_error_ev": error, "n_reference": 5, "n_generated": 0 if error is None else 4,
            "n_failed": 4 if error is None else 0, "status": "failed" if error is None else "ok",
            "reason": "generated: no SCF" if error is None else ""}
            for name, error in errors.items() for quantity in QUANTITIES])
        run = {"chain": chain, "dataset": "drugs", "seed": seed, "sampler": "l"}
        sources.append(ScoredSource(**run, pattern=str(path)))
        shard = tmp_path / f"{chain}-{seed}-g.csv"
        write_rows(shard, COLUMNS, [score("x", 0.5, 40.0, 0.3)])
        geometry.append(ScoredSource(**run, pattern=str(shard)))
    return tables(tmp_path, geometry=tuple(geometry), deltas_angstrom={"drugs": (0.5,)},
                  **{"properties": None, "baselines": {"new": "old"}, **changes},
                  property_sources=tuple(sources))


def numbers(row: dict, *names: str) -> list[float]:
    return [float(row[name]) for name in names]


def test_every_molecule_has_its_rows_failed_ones_among_them(tmp_path):
    rows = written(tmp_path)["property_molecules"]
    assert len(rows) == 4 * 3 * 5
    first, failed = rows[0], rows[10]
    assert (first["chain"], first["seed"], first["molecule"], first["quantity"]) == (
        "new", "1", "x", "e_mean")
    assert numbers(first, "reference_ev", "generated_ev", "absolute_error_ev") == [
        -1000, -999.9, 0.1]
    assert (failed["molecule"], failed["status"], failed["reason"]) == (
        "z", "failed", "generated: no SCF")
    assert failed["generated_ev"] == failed["absolute_error_ev"] == ""


def test_seeds_have_rows_of_their_own(tmp_path):
    rows = written(tmp_path)["properties"]
    assert [(r["chain"], r["seed"]) for r in rows[::5]] == [
        ("new", "1"), ("new", "2"), ("old", "1"), ("old", "2")]
    assert numbers(rows[0], "mae_ev_mean", "n_molecules", "n_failed") == [0.3, 2, 4]


def test_errors_over_seeds_by_hand(tmp_path):
    rows = written(tmp_path)["property_comparison"]
    assert [(r["chain"], r["quantity"]) for r in rows] == [
        (chain, quantity) for chain in ("new", "old") for quantity in QUANTITIES]
    new = rows[0]  # x 0.2, y 0.6, z 0.2 of one seed; seeds 0.3 and 0.4
    assert float(new["mae_ev_mean"]) == pytest.approx(1 / 3)
    assert float(new["mae_ev_seed_sd"]) == pytest.approx(0.1 / math.sqrt(2))
    assert 0.2 <= float(new["mae_ev_low"]) < 1 / 3 < float(new["mae_ev_high"]) <= 0.6
    assert (new["n_molecules"], new["n_seeds"]) == ("3", "2")


def test_paired_differences_by_hand(tmp_path):
    rows = written(tmp_path)["property_paired"]
    assert [(r["chain"], r["baseline"], r["quantity"]) for r in rows] == [
        ("new", "old", quantity) for quantity in QUANTITIES]
    row = rows[0]  # x lower by 0.3, y the same, z never came out for both in one seed
    assert float(row["difference_ev"]) == pytest.approx(-0.15)
    assert numbers(row, "n_better", "n_equal", "n_worse", "n_molecules", "n_unpaired") == [
        1, 1, 0, 2, 1]
    assert numbers(row, "low", "high") == pytest.approx([-0.3, 0])
    assert row["method"] == "hf/6-31g**" and row["n_family"] == "1"


def test_p_values_are_corrected_over_chains(tmp_path):
    """Nine molecules, all better by amounts of their own: p = 2 / 2^9, times two chains."""
    errors = {f"m{i}": 1.0 for i in range(9)}
    better = {name: 1.0 - 0.01 * (i + 1) for i, name in enumerate(errors)}
    toy = {("new", 1): better, ("newer", 1): better, ("old", 1): errors}
    rows = written(tmp_path, toy, baselines={"new": "old", "newer": "old"})["property_paired"]
    assert len(rows) == 10
    for row in rows:
        assert numbers(row, "p_value", "p_holm") == pytest.approx([2 / 512, 2 * 2 / 512])
        assert (row["n_family"], row["n_better"]) == ("2", "9")


def test_a_baseline_without_properties_is_refused(tmp_path):
    with pytest.raises(InputError, match="another"):
        written(tmp_path, baselines={"new": "another"})


def test_failures_are_named_with_their_reason(tmp_path):
    rows = [r for r in written(tmp_path)["failures"] if r["kind"] == "property"]
    assert [(r["chain"], r["seed"], r["molecule"], r["reason"]) for r in rows] == [
        ("new", "1", "z", "generated: no SCF"), ("old", "2", "z", "generated: no SCF")]
