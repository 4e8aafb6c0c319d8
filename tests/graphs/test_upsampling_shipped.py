"""Bonded upsampling of every shipped molecule, acyclic and polycyclic."""

from pathlib import Path

import pytest
import torch
from torch_geometric.data import Batch

from pipeline_src.chem.levels import extract_levels
from pipeline_src.chem.readers.sdf import read_sdf
from pipeline_src.ensembles import Ensemble
from pipeline_src.graphs.noise import batch_noise, stream_key
from pipeline_src.graphs.stage_graph import make_stage_graph
from pipeline_src.graphs.upsampling import upsample_bonded
from pipeline_src.run.settings.guides import Bonded
from pipeline_src.run.settings.readers import SdfReader

RESOURCES = Path(__file__).parents[2] / "resources"
FILES = {"mini_qm9/train.sdf.gz": "molecule_id", "mini_qm9/test.sdf.gz": "molecule_id",
         "geom_drugs/test.sdf.gz": "mol_id"}
LEVELS = [("all", "heavy"), ("all", "scaffold"), ("heavy", "scaffold")]


@pytest.fixture(scope="module", params=FILES)
def ensembles(request):
    settings = SdfReader(paths=(str(RESOURCES / request.param),), id_property=FILES[request.param])
    found = [item for item in read_sdf(settings) if isinstance(item, Ensemble)]
    assert found
    return found


@pytest.mark.parametrize(("level", "coarse"), LEVELS)
def test_new_atoms_stand_at_tau_from_their_placed_neighbours(ensembles, level, coarse):
    graphs, bonds, start = [], [], 0
    for ensemble in ensembles:
        made = extract_levels(ensemble.molecule)
        graph = make_stage_graph(made, level, coarse)
        graph.pos = torch.from_numpy(ensemble.positions[0][made.levels[level]])
        graph.key = torch.tensor([stream_key("test", ensemble.molecule.id)])
        graphs.append(graph)
        bonds.append(made.beads(level).bonds + start)
        start += graph.num_nodes
    batch = Batch.from_data_list(graphs)
    guide = upsample_bonded(batch, batch.pos[batch.coarse_index], batch_noise(batch, 0, 0),
                            Bonded(tau=3.0))
    rank = torch.full((batch.num_nodes,), -1)  # the place in the order, coarse atoms first
    rank[batch.new_index] = torch.arange(len(batch.new_index))
    neighbours = [[] for _ in range(batch.num_nodes)]
    for i, j in (pair for part in bonds for pair in part.tolist()):
        neighbours[i].append(j)
        neighbours[j].append(i)
    for atom in batch.new_index.tolist():
        placed = [j for j in neighbours[atom] if rank[j] < rank[atom]]
        assert placed  # all shipped molecules are connected
        assert float((guide[atom] - guide[placed].mean(0)).norm()) == pytest.approx(3, abs=1e-4)
    assert torch.equal(guide[batch.coarse_index], batch.pos[batch.coarse_index])
    if level == "all":
        assert (rank >= 0).any()
