"""Packing under an atom budget."""

import random

from pipeline_src.stages.packing import Draw, pack

SIZES = [5, 17, 9, 40, 9, 3, 22]
DRAWS = [Draw(m, c, n) for m, n in enumerate(SIZES) for c in range(4)]


def test_the_budget_holds_and_everything_is_drawn_once():
    for budget in (40, 50, 100, 10**6):
        batches = pack(DRAWS, budget)
        assert all(sum(d.n_atoms for d in batch) <= budget for batch in batches)
        assert sorted(d for batch in batches for d in [(x.molecule, x.conformer) for x in batch]
                      ) == sorted((d.molecule, d.conformer) for d in DRAWS)
    assert len(pack(DRAWS, 10**6)) == 1


def test_the_order_of_the_draws_does_not_matter():
    shuffled = random.Random(4).sample(DRAWS, len(DRAWS))
    assert pack(shuffled, 60) == pack(DRAWS, 60)


def test_a_molecule_beyond_the_budget_stands_alone():
    batches = pack(DRAWS, 25)
    assert all(len(batch) == 1 for batch in batches if batch[0].n_atoms == 40)
    assert all(sum(d.n_atoms for d in batch) <= 25 for batch in batches if len(batch) > 1)
    assert sum(map(len, pack(DRAWS, 1))) == len(pack(DRAWS, 1)) == len(DRAWS)


def test_large_molecules_come_first_and_nothing_gives_nothing():
    sizes = [batch[0].n_atoms for batch in pack(DRAWS, 30)]
    assert sizes == sorted(sizes, reverse=True)
    assert pack([], 10) == []
