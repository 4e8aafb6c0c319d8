"""Pair geometry and centring."""

import torch
from hand_made import stage_batch

from pipeline_src.graphs.centering import centre, finite_graphs, graph_means
from pipeline_src.graphs.pairs import pair_distances, project_pairs


def test_project_is_the_directed_sum_with_its_factor_two():
    pos = torch.randn(5, 3, dtype=torch.float64)
    pairs = torch.triu_indices(5, 5, offset=1)
    score = torch.randn(10, dtype=torch.float64)
    table = torch.zeros(5, 5, dtype=torch.float64)
    table[pairs[0], pairs[1]] = table[pairs[1], pairs[0]] = score
    expected = torch.zeros(5, 3, dtype=torch.float64)
    for i in range(5):
        for j in range(5):
            if i != j:  # GeoDiff: each directed edge gives +u s to i and -u s to j
                unit = (pos[i] - pos[j]) / (pos[i] - pos[j]).norm()
                expected[i] += unit * table[i, j]
                expected[j] -= unit * table[i, j]
    assert torch.allclose(project_pairs(pos, pairs, score), expected, atol=1e-12)


def test_coincident_atoms_give_finite_values_and_gradients():
    pos = torch.zeros(3, 3, requires_grad=True)
    pairs = torch.triu_indices(3, 3, offset=1)
    total = pair_distances(pos, pairs).sum() + project_pairs(pos, pairs, torch.ones(3)).sum()
    total.backward()
    assert torch.isfinite(total) and torch.isfinite(pos.grad).all()


def test_distances_are_exact_apart_from_that():
    pos = torch.tensor([[0.0, 0, 0], [3, 4, 0]])
    assert pair_distances(pos, torch.tensor([[0], [1]])).tolist() == [5.0]


def test_centre_and_means_are_by_graph():
    batch = stage_batch("CCO", "C")
    moved = batch.pos + torch.tensor([1.0, 2.0, 3.0])
    centred = centre(moved, batch.batch, 2)
    assert torch.allclose(centred[:9].mean(0), torch.zeros(3), atol=1e-6)
    assert torch.allclose(centred[9:].mean(0), torch.zeros(3), atol=1e-6)
    assert torch.allclose(graph_means(moved, batch.batch, 2)[1], moved[9:].mean(0), atol=1e-6)


def test_finite_graphs_names_the_broken_one():
    batch = stage_batch("CCO", "C", "CC")
    batch.pos[10, 1] = float("nan")
    assert finite_graphs(batch.pos, batch.batch, 3).tolist() == [True, False, True]
    batch.pos[0, 0] = float("inf")
    assert finite_graphs(batch.pos, batch.batch, 3).tolist() == [False, False, True]
