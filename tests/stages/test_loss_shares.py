"""Several processes that share a step draw for each item what one process would."""

import pytest
import torch
from small_stages import stage
from torch_geometric.data import Batch

from pipeline_src.graphs.purposes import Purpose
from pipeline_src.stages.assembly import build_process
from pipeline_src.stages.dataset import load_conformers
from pipeline_src.stages.guiding import Guiding
from pipeline_src.stages.loss import batch_loss

KEY = (123, 456)


class Recording:
    """Stands in for the process; keeps what its loss is given, graph by graph."""

    def __init__(self):
        self.inner = build_process(stage())

    def draw_times(self, *arguments):
        return self.inner.draw_times(*arguments)

    def loss(self, backbone, batch, pos, time, noise, guide):
        sizes = batch.ptr.diff().tolist()
        forward = noise.atoms(Purpose.FORWARD)
        self.items = list(zip(pos.split(sizes), time.split(sizes), forward.split(sizes),
                              guide.split(sizes), strict=True))
        return {}


def items(graphs, step=5, key=KEY, **place):
    process = Recording()
    batch_loss(None, process, Guiding(stage(guided=True).guide), Batch.from_data_list(graphs), key,
               step, **place)
    return process.items


@pytest.fixture(scope="module")
def graphs(data):
    chosen = load_conformers(stage(guided=True), data.ensembles, data.hierarchies, data.split,
                             "train")
    return [chosen[k] for k in (0, 0, 4, 7, 2, 2, 8, 1)]


@pytest.mark.parametrize("count", [5, 7, 8])
@pytest.mark.parametrize("world", [2, 4])
def test_shares_are_the_whole_step(graphs, world, count):
    """Also where the shares differ in size, as they do under an atom budget."""
    graphs = graphs[:count]
    whole = items(graphs)
    for rank in range(world):
        share = items(graphs[rank::world], rank=rank, world=world, of_step=count)
        for one, other in zip(share, whole[rank::world], strict=True):
            assert all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def test_draws_differ_between_items_steps_and_streams(graphs):
    whole = items(graphs)
    assert not torch.equal(whole[0][2], whole[1][2])  # the same conformer twice
    assert not torch.equal(whole[0][3], whole[1][3])
    assert not torch.equal(whole[0][2], items(graphs, step=6)[0][2])
    assert not torch.equal(whole[0][2], items(graphs, key=(123, 457))[0][2])
    assert all(torch.equal(a, b) for one, other in zip(whole, items(graphs), strict=True)
               for a, b in zip(one, other, strict=True))


def test_times_come_in_antithetic_pairs(graphs):
    times = [int(item[1][0]) for item in items(graphs)]
    assert [a + b for a, b in zip(times[:4], times[4:], strict=True)] == [49] * 4
