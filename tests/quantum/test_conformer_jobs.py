"""Which conformers are computed, and how they are dealt over chunks."""

import dataclasses

import numpy as np
import pytest

from pipeline_src.ensembles import Ensemble, Molecule
from pipeline_src.quantum.conformer_jobs import (
    ConformerJob,
    choose_conformers,
    conformer_jobs,
    deal,
    placed,
)
from pipeline_src.run.errors import InputError


def _job(name: str, n_atoms: int) -> ConformerJob:
    integers = np.ones(n_atoms, dtype=np.int64)
    bonds = np.zeros((0, 2), dtype=np.int64)
    return ConformerJob(name, 0, Molecule(name, "", integers, 0 * integers, bonds, bonds[:, 0]))


def test_choice_is_the_seeded_permutation_of_the_usable():
    ok = np.array([True, False, True, True, True])
    order = np.random.RandomState(2021).permutation(4)
    expected = sorted(np.array([0, 2, 3, 4])[order[:2]])
    assert choose_conformers(ok, 2).tolist() == expected
    assert choose_conformers(ok, 50).tolist() == [0, 2, 3, 4]
    assert choose_conformers(~ok & False, 50).tolist() == []


@pytest.mark.parametrize("n_conformers", [7, 50, 120])
def test_choice_is_the_papers_shuffle(n_conformers):
    """models.md 5.3: the first 50 of RandomState(2021).shuffle, of references and samples alike."""
    order = np.arange(n_conformers)
    np.random.RandomState(2021).shuffle(order)
    chosen = choose_conformers(np.ones(n_conformers, dtype=bool), 50)
    assert chosen.tolist() == sorted(order[:50])


def test_failed_samples_are_jobs_with_a_reason(waters, properties):
    jobs = conformer_jobs([waters], properties)
    assert [(j.conformer, j.reason) for j in jobs] == [
        (0, ""), (1, "not sampled: diverged"), (2, ""), (3, "")]
    few = conformer_jobs([waters], properties.model_copy(update={"conformers": 1}))
    assert sum(not j.reason for j in few) == 1
    assert sum(bool(j.reason) for j in few) == 1


def test_named_molecules_only_and_absent_ones_with_a_reason(waters, properties):
    named = properties.model_copy(update={"molecules": ("ghost", "ghost", "spirit")})
    jobs = conformer_jobs([waters], named)
    assert [(j.name, j.conformer, j.reason) for j in jobs] == [
        ("ghost", None, "molecule not in the ensembles"),
        ("spirit", None, "molecule not in the ensembles")]


def test_molecule_without_conformers_is_a_job_with_a_reason(waters, properties):
    empty = Ensemble(waters.molecule, waters.positions[:0])
    assert [j.reason for j in conformer_jobs([empty], properties)] == ["no conformer"]


def test_coarse_or_repeated_ensembles_are_refused(waters, properties):
    with pytest.raises(InputError, match="level"):
        conformer_jobs([dataclasses.replace(waters, level="heavy")], properties)
    with pytest.raises(InputError, match="twice"):
        conformer_jobs([waters, waters], properties)


def test_chunks_share_every_job_once_and_evenly():
    jobs = [_job(f"m{i}", n) for i, n in enumerate((3, 30, 4, 31, 5, 32))]
    chunks = [deal(jobs, 3, k) for k in range(3)]
    assert sorted(j.name for chunk in chunks for j in chunk) == [j.name for j in jobs]
    assert [sum(j.cost for j in chunk) for chunk in chunks] == [32 + 5, 31 + 4, 30 + 3]
    assert [j.name for j in chunks[0]] == ["m4", "m5"]  # the old order
    assert deal(jobs, 1, 0) == jobs
    with pytest.raises(InputError, match="0 to 2"):
        deal(jobs, 3, 3)


def test_chunks_of_the_papers_protocol_cost_the_same():
    """30 molecules of 14 to 25 atoms, 50 conformers each; an SCF costs at most atoms^4."""
    jobs = [_job(f"m{i}-{c}", 14 + i % 12) for i in range(30) for c in range(50)]
    for power in (1, 3, 4):
        costs = [sum(j.cost ** power for j in deal(jobs, 30, k)) for k in range(30)]
        assert max(costs) / min(costs) < 1.05


def test_positions_come_with_their_ensemble_and_not_before(waters, properties):
    named = properties.model_copy(update={"molecules": (waters.molecule.id, "ghost")})
    jobs = conformer_jobs([waters], named)
    assert [job.positions for job in jobs] == [None] * 5
    mine = deal(jobs, 2, 0)
    found = list(placed(mine, iter([waters])))
    assert [(job.name, job.conformer, job.reason) for job in found] == [
        (job.name, job.conformer, job.reason) for job in mine]
    for job in found:
        assert job.reason or np.array_equal(job.positions, waters.positions[job.conformer])
    assert any(not job.reason for job in found)
