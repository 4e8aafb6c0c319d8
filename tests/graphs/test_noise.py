"""Philox's published answers, and noise that knows nothing of the batch."""

import numpy as np
import pytest
import torch
from hand_made import stage_batch

from pipeline_src.graphs.noise import (
    StepNoise,
    atom_noise,
    batch_noise,
    batch_uniform,
    pair_noise,
    philox,
    stream_key,
    uniform,
)

# kat_vectors of Random123, philox4x32 10: counter, key, answer
KNOWN = [
    ("00000000 00000000 00000000 00000000", "00000000 00000000",
     "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff",
     "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0",
     "d16cfe09 94fdcceb 5001e420 24126ea1"),
]


def words(text: str) -> torch.Tensor:
    return torch.tensor([int(word, 16) for word in text.split()])


@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN)
def test_known_answers(counter, key, answer):
    assert torch.equal(philox(words(key), words(counter)), words(answer))


def test_vectorised_is_row_by_row():
    key, counter = torch.stack([words(k[1]) for k in KNOWN]), torch.stack(
        [words(k[0]) for k in KNOWN])
    assert torch.equal(philox(key, counter), torch.stack([words(k[2]) for k in KNOWN]))


def test_noise_is_standard_normal():
    n = 200_000
    key = torch.tensor([stream_key("seed", 1)]).expand(n, 2)
    noise = atom_noise(key, torch.arange(n), torch.zeros(n, dtype=torch.int64), 3, 1)
    assert noise.dtype == torch.float32
    assert noise.mean(0).abs().max() < 0.01
    assert (torch.cov(noise.T) - torch.eye(3)).abs().max() < 0.01
    assert abs(float((noise**4).mean()) - 3) < 0.05
    assert abs(float((noise[:, 0] < 1).float().mean()) - 0.8413) < 0.004


def test_uniform_is_in_the_half_open_interval():
    key = torch.tensor([stream_key("seed", 1)]).expand(100_000, 2)
    u = uniform(key, torch.arange(100_000), 0, 0)
    assert 0 <= u.min() < 1e-4 and 1 - 1e-4 < u.max() < 1
    assert abs(float(u.mean()) - 0.5) < 0.005


def test_each_coordinate_of_the_counter_counts():
    key = torch.tensor([stream_key("a")])
    one, two = torch.tensor([1]), torch.tensor([2])
    draws = [atom_noise(key, one, one, 1, 1), atom_noise(key, two, one, 1, 1),
             atom_noise(key, one, two, 1, 1), atom_noise(key, one, one, 2, 1),
             atom_noise(key, one, one, 1, 2),
             atom_noise(torch.tensor([stream_key("b")]), one, one, 1, 1)]
    assert len({tuple(d[0].tolist()) for d in draws}) == len(draws)


def test_noise_does_not_depend_on_the_place_in_the_batch():
    alone = stage_batch("CCO")
    among = stage_batch("c1ccccc1", "CCO", "C")
    inside = among.batch == 1
    assert torch.equal(batch_noise(alone, 5, 2), batch_noise(among, 5, 2)[inside])
    assert torch.equal(batch_uniform(alone, 5, 2), batch_uniform(among, 5, 2)[1:2])


def test_stream_keys_differ_and_are_fixed():
    assert stream_key("a", 1) == stream_key("a", np.int64(1))
    made = {stream_key(*parts) for parts in [("a", 1), ("a", "1"), ("a1",), (1, "a"), ("a", 11)]}
    assert len(made) == 5
    assert all(0 <= word < 2**32 for key in made for word in key)
    assert stream_key("seed", 2021) == (4187219495, 1878199272)


def test_noise_of_some_atoms_is_that_of_all():
    batch = stage_batch("CCO", "CC(C)C")
    whole, some = batch_noise(batch, 3, 1), batch_noise(batch, 3, 1, batch.new_index)
    assert torch.equal(some[batch.new_index], whole[batch.new_index])
    assert not some[batch.coarse_index].any()


def all_pairs(n: int) -> torch.Tensor:
    return torch.triu_indices(n, n, offset=1)


def test_noise_of_pairs_is_standard_normal_and_independent_of_their_atoms():
    batch, index = stage_batch("CCO"), all_pairs(700)
    batch.batch, batch.ptr = torch.zeros(700, dtype=torch.int64), torch.tensor([0, 700])
    batch.num_nodes = 700
    noise = pair_noise(batch, index, 3, 6)
    assert noise.dtype == torch.float32 and noise.shape == index.shape[1:]
    assert abs(float(noise.mean())) < 0.01 and abs(float(noise.var()) - 1) < 0.01
    assert abs(float((noise**4).mean()) - 3) < 0.06
    assert len(noise.unique()) > 0.98 * len(noise)  # no pair repeats another's, but for rounding
    with_next = noise.double()[:-1] * noise.double()[1:]  # mostly pairs that share an atom
    assert abs(float(with_next.mean())) < 0.01
    of_atoms = StepNoise(batch, 3).atoms(6)
    assert not torch.isin(noise, of_atoms[:, 0]).float().mean() > 0.001


def test_noise_of_a_pair_is_the_same_from_both_ends():
    batch = stage_batch("CCO", "CC(C)C")
    index = batch.local_pair_index
    noise = StepNoise(batch, 2)
    assert torch.equal(noise.pairs(index, 6), noise.pairs(index.flip(0), 6))
    order = torch.randperm(index.shape[1])
    assert torch.equal(noise.pairs(index, 6)[order], noise.pairs(index[:, order], 6))


def test_noise_of_pairs_does_not_depend_on_the_place_in_the_batch():
    alone, among = stage_batch("CCO"), stage_batch("c1ccccc1", "CCO", "C")
    inside = among.batch[among.local_pair_index[0]] == 1
    one = pair_noise(alone, alone.local_pair_index, 5, 2)
    assert torch.equal(one, pair_noise(among, among.local_pair_index, 5, 2)[inside])
    among.conformer[1] = 1
    assert not torch.isin(pair_noise(among, among.local_pair_index, 5, 2)[inside], one).any()
    for step, shift in ((6, 0), (5, 16)):
        other = StepNoise(alone, step, shift).pairs(alone.local_pair_index, 2)
        assert not torch.isin(other, one).any()


def test_pairs_of_the_largest_indices_have_noise_of_their_own():
    """2^16 atoms: (0, 65535), (65534, 65535) and atoms of the same words differ."""
    batch = stage_batch("CCO")
    batch.batch, batch.ptr = torch.zeros(65536, dtype=torch.int64), torch.tensor([0, 65536])
    index = torch.tensor([[0, 65534, 0, 1, 65535], [65535, 65535, 1, 65535, 1]])
    first, second, third, fourth, fifth = pair_noise(batch, index, 0, 0).tolist()
    assert len({first, second, third, fourth}) == 4 and fourth == fifth
