"""The search of one molecule: what it keeps, what it drops, and that it repeats."""

import numpy as np
import pytest

from pipeline_src.chem.molecules import canonical_smiles, to_rdkit
from pipeline_src.chem.starts import apart, n_embeddings, start_conformers, with_stereo_of
from pipeline_src.ensembles.store import write_ensembles
from pipeline_src.quantum.engines import Optimised
from pipeline_src.quantum.ensemble_search import boltzmann_weights, search_ensemble
from pipeline_src.run.errors import ConvergenceError, ResourceError
from pipeline_src.run.settings.reference import ConformerSearch, Embeddings, LoosePass

HARTREE = 627.5094740631  # kcal/mol


class Told:
    """An engine that gives the k-th start, lifted by what it is told, or a failure."""

    label, version = "told", "1"

    def __init__(self, *answers):
        self.answers, self.calls = list(answers), []

    def optimise(self, molecule, positions, level, seconds):
        answer = self.answers[len(self.calls) % len(self.answers)]
        self.calls.append(level)
        if isinstance(answer, Optimised):
            return answer
        if callable(answer):
            return Optimised(answer(positions), -1.0)
        return Optimised(positions, -1.0 + answer / HARTREE)

    def single_point(self, molecule, positions):
        return Optimised(positions, -1.0)


def few(n, **changes):
    """A search of exactly n starts, all of which are tried unless the test says otherwise."""
    changes = {"mmff_steps": (0,), "start_rmsd_angstrom": 0.0, "patience": None, **changes}
    return ConformerSearch(**changes, embeddings=Embeddings(
        base=n, per_rotatable_bond=0, per_ring=0, per_polar_hydrogen=0))


def test_weights_are_boltzmanns():
    kt = 0.592483  # kcal/mol at 298.15 K
    weights = boltzmann_weights(np.array([0.0, kt * np.log(2), 100.0]), 298.15)
    assert weights == pytest.approx([2 / 3, 1 / 3, 0.0], abs=1e-5)
    assert weights.sum() == pytest.approx(1.0, abs=1e-12)


def test_window_order_and_weights_of_the_ensemble(molecule):
    engine = Told(3.0, 0.0, 5.9, 6.1)
    ensemble, counts = search_ensemble(molecule("OCCCO"), few(4), engine)
    relative = (ensemble.energies_hartree - ensemble.energies_hartree[0]) * HARTREE
    assert relative == pytest.approx([0.0, 3.0, 5.9])
    assert ensemble.weights.sum() == pytest.approx(1.0) and (np.diff(ensemble.weights) < 0).all()
    assert (counts["n_optimised"], counts["n_conformers"]) == (4, 3)


def test_what_reacted_lost_stereo_or_failed_is_dropped_and_counted(molecule):
    def torn(positions):
        moved = positions.copy()
        moved[-1] += 3.0
        return moved

    engine = Told(Optimised(reason="no convergence"), torn, np.negative, 0.0)
    ensemble, counts = search_ensemble(molecule("C[C@H](O)F"), few(4), engine)
    assert ensemble.n_conformers == 1
    assert [counts[name] for name in ("n_failed", "n_reacted", "n_stereo_lost")] == [1, 1, 1]


def test_nothing_left_is_a_reason(molecule):
    with pytest.raises(ConvergenceError, match="no conformer is left of 3: no convergence"):
        search_ensemble(molecule("CCO"), few(3), Told(Optimised(reason="no convergence")))


def test_what_the_machine_ended_gives_no_smaller_ensemble(molecule):
    engine = Told(0.0, Optimised(reason="killed", of_machine=True))
    with pytest.raises(ResourceError, match="killed"):
        search_ensemble(molecule("CCO"), few(3), engine)


def test_loose_pass_takes_on_the_low_and_distinct_ones(molecule):
    loose = LoosePass(level="crude", window_kcal_mol=8, rmsd_angstrom=0.01, most=3)
    engine = Told(1.0, 9.0, 0.0, 2.0, 3.0, 0.5, 0.0, 1.0)
    _, counts = search_ensemble(molecule("OCCCO"), few(5, loose=loose), engine)
    assert engine.calls == ["crude"] * 5 + ["normal"] * 3
    assert (counts["n_loose"], counts["n_optimised"]) == (5, 3)


def test_patience_ends_the_search(molecule):
    same = molecule("OCCCO")
    start = start_conformers(same, 1, ["etkdg"], 2021, [0])[0]
    engine = Told(lambda _: start)
    _, counts = search_ensemble(same, few(30, patience=4), engine)
    assert counts["n_optimised"] == 5  # the first one is new


def test_starts_that_are_near_are_left_out(molecule):
    chain = molecule("CCCCO")
    starts = start_conformers(chain, 20, ["etkdg"], 1, [0])
    doubled = np.concatenate([starts, starts + 0.5])
    assert apart(chain, doubled, 0.01).tolist() == list(range(20))
    assert len(apart(chain, starts, 0.5)) < 20


def test_number_of_embeddings_follows_the_rule(molecule):
    rule = Embeddings(base=10, per_rotatable_bond=12, per_ring=6, per_polar_hydrogen=5, most=1000)
    assert n_embeddings(molecule("c1ccccc1"), rule) == 10
    assert n_embeddings(molecule("C1CCCC1"), rule) == 16
    assert n_embeddings(molecule("OCCN"), rule) == 10 + 12 + 15
    assert n_embeddings(molecule("OCCN"), rule.model_copy(update={"most": 20})) == 20


def test_optimisations_are_bounded_by_the_atoms(molecule):
    settings = few(9, most_optimised_times_atoms2=500)
    engine = Told(0.0, 1.0, 2.0)
    search_ensemble(molecule("OCCN"), settings, engine)
    assert len(engine.calls) == 500 // 11 ** 2


def test_embeddings_are_dealt_out_among_the_kinds(molecule):
    made = molecule("OCCCO")
    both = start_conformers(made, 5, ["etkdg", "kdg"], 1, [0])
    assert np.array_equal(both[:2], start_conformers(made, 2, ["etkdg"], 1, [0]))
    assert np.array_equal(both[2:], start_conformers(made, 3, ["kdg"], 1, [0]))
    assert not np.array_equal(both[:2], both[2:4])


def test_open_stereo_is_settled_once_for_the_molecule(molecule):
    made = molecule("CC(O)F")
    starts = start_conformers(made, 8, ["etkdg"], 1, [0])
    settled = with_stereo_of(made, starts[0])
    assert "@" in canonical_smiles(to_rdkit(settled))
    assert with_stereo_of(settled, starts[1]) is settled
    ensemble, _ = search_ensemble(made, few(8), Told(0.0, 1.0, 2.0, 3.0, 4.0))
    assert ensemble.molecule.smiles.count("@") > 0


def test_both_sides_of_an_imine_hydrogen_are_one_molecule(molecule):
    """GEOM's ensembles hold both; =N-H inverts easily."""
    ensemble, counts = search_ensemble(molecule("[H]/N=C/OC"), few(12), Told(0.0, 1.0, 2.0))
    assert "/" not in ensemble.molecule.smiles and counts["n_stereo_lost"] == 0


def test_force_field_search_repeats_to_the_byte(quick, mmff, molecule, tmp_path):
    written = []
    for k in range(2):
        ensemble, _ = search_ensemble(molecule("OCCN"), quick, mmff)
        write_ensembles(tmp_path / f"{k}", [ensemble])
        written.append((tmp_path / f"{k}").read_bytes())
    assert written[0] == written[1]
    assert 1 < ensemble.n_conformers <= 6
