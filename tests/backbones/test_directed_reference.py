"""The pair networks against GeoDiff's own form: directed edges and a rebuilt radius graph.

The reference below is written from models.md 2.1, 3.1 and 4.5 with loops over directed edges; it
takes only weights from the network under test.
"""

import math

import pytest
import torch
from hand_made import hierarchy, stage_batch
from torch.nn.functional import linear, relu, softplus

from pipeline_src.backbones.dual_encoder import DualEncoder
from pipeline_src.backbones.guided_dual_encoder import GuidedDualEncoder
from pipeline_src.graphs.pairs import project_pairs

SMILES = "CC(C)CCc1ccc(cc1)C(=O)NCCCCO"
CUTOFF = 6.0
F64 = torch.float64


def directed_edges(molecule, pos):
    """All (i, j, type): order-3 extended bonds, then the radius graph of ``pos`` as type 0."""
    n = molecule.n_atoms
    bonded = torch.zeros(n, n)
    kind = torch.zeros(n, n, dtype=torch.int64)
    for (i, j), order in zip(molecule.bonds.tolist(), molecule.orders.tolist(), strict=True):
        bonded[i, j] = bonded[j, i] = 1
        kind[i, j] = kind[j, i] = order
    within = [torch.eye(n), (bonded + torch.eye(n) > 0).float()]
    for _ in (2, 3):
        within.append((within[-1] @ within[1] > 0).float())
    for hops in (2, 3):
        kind += (22 + hops - 1) * (within[hops] - within[hops - 1]).long()
    edges = []
    for i in range(n):
        for j in range(n):
            near = math.dist(pos[i].tolist(), pos[j].tolist()) <= CUTOFF
            if i != j and (kind[i, j] > 0 or near):
                edges.append((i, j, int(kind[i, j])))
    return edges


def mlp(weights, prefix, x, activation=relu):
    layers = sorted({int(key[len(prefix) + 1:].split(".")[0]) for key in weights
                     if key.startswith(prefix + ".")})
    for k in layers:
        x = linear(x, weights[f"{prefix}.{k}.weight"], weights[f"{prefix}.{k}.bias"])
        x = activation(x) if k != layers[-1] else x
    return x


def ssp(x):
    return softplus(x) - math.log(2)


def encode(weights, prefix, length, kind):
    scalar = torch.tensor([length], dtype=F64)
    return mlp(weights, f"{prefix}.distance", scalar) * weights[f"{prefix}.kind.weight"][kind]


def edge_vector(weights, branch, pos, guide, edge):
    i, j, kind = edge
    length = float((pos[i] - pos[j]).norm())
    if guide is None:
        return encode(weights, f"{branch}.pairs", length, kind)
    other = float((guide[i] - guide[j]).norm())
    return torch.cat([encode(weights, f"{branch}.pairs.current", length, kind),
                      encode(weights, f"{branch}.pairs.guide", other, kind)])


def schnet(weights, numbers, pos, edges, vectors, layers, smooth):
    table = weights["global_branch.nodes.atoms.weight"]
    x = torch.stack([table[z] * min(1.0, 10.0 / float(table[z].norm())) for z in numbers])
    for k in range(layers):
        name = f"global_branch.nodes.interactions.{k}"
        source = linear(x, weights[f"{name}.inward.weight"])
        total = torch.zeros_like(x)
        for (i, j, _), vector in zip(edges, vectors, strict=True):
            d = float((pos[i] - pos[j]).norm())
            c = float(d <= CUTOFF) * (0.5 * (math.cos(d * math.pi / CUTOFF) + 1) if smooth else 1)
            total[j] += source[i] * mlp(weights, f"{name}.filter", vector, ssp) * c
        x = x + mlp(weights, f"{name}.outward", total, ssp)
    return x


def gin(weights, numbers, edges, vectors, layers):
    x = torch.stack([weights["local_branch.nodes.atoms.weight"][z] for z in numbers])
    if any(key.startswith("local_branch.nodes.pairs") for key in weights):
        vectors = [mlp(weights, "local_branch.nodes.pairs", vector) for vector in vectors]
    for k in range(layers):
        total = x.clone()
        for (i, j, _), vector in zip(edges, vectors, strict=True):
            total[j] += relu(x[i] + vector)
        new = mlp(weights, f"local_branch.nodes.layers.{k}.update", total)
        x = x + (relu(new) if k < layers - 1 else new)
    return x


def eq_transform(weights, branch, x, pos, edges, vectors):
    nodes = torch.zeros_like(pos)
    for (i, j, _), vector in zip(edges, vectors, strict=True):
        s = mlp(weights, f"{branch}.head.score", torch.cat([x[i] * x[j], vector]))
        unit = (pos[i] - pos[j]) / (pos[i] - pos[j]).norm()
        nodes[i] += unit * s
        nodes[j] -= unit * s
    return nodes


@pytest.mark.parametrize("smooth", [True, False])
@pytest.mark.parametrize("noise", [0.0, 1.0, 4.0])
@pytest.mark.parametrize("kind", [DualEncoder, GuidedDualEncoder])
def test_pairs_equal_directed_edges(kind, noise, smooth):
    backbone = kind(16, schnet_layers=2, gin_layers=2, cutoff_angstrom=CUTOFF,
                    smooth_cutoff=smooth).to(F64)
    weights = backbone.state_dict()
    batch, molecule = stage_batch(SMILES, coarse=None), hierarchy(SMILES).molecule
    pos = batch.pos.to(F64) + noise * torch.randn(batch.num_nodes, 3, dtype=F64)
    guide = batch.pos.to(F64) if backbone.takes_guide else None
    edges = directed_edges(molecule, pos)
    assert 0 < sum(edge[2] == 0 for edge in edges) < 2 * batch.far_pair_index.shape[1]

    far_vectors = [edge_vector(weights, "global_branch", pos, guide, e) for e in edges]
    x = schnet(weights, batch.numbers, pos, edges, far_vectors, 2, smooth)
    typed = [k for k, edge in enumerate(edges) if edge[2] == 0]
    far = eq_transform(weights, "global_branch", x, pos, [edges[k] for k in typed],
                       [far_vectors[k] for k in typed])
    local_edges = [edge for edge in edges if edge[2] > 0]
    vectors = [edge_vector(weights, "local_branch", pos, guide, e) for e in local_edges]
    x = gin(weights, batch.numbers, local_edges, vectors, 2)
    local = eq_transform(weights, "local_branch", x, pos, local_edges, vectors)

    with torch.no_grad():
        scores = backbone(batch, pos, torch.zeros_like(batch.numbers), guide)
    assert int(scores.far_mask.sum()) * 2 == len(typed)
    torch.testing.assert_close(project_pairs(pos, batch.far_pair_index, scores.far), far,
                               rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(project_pairs(pos, batch.local_pair_index, scores.local), local,
                               rtol=1e-9, atol=1e-9)
