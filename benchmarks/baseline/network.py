"""GeoDiff's dual encoder over directed edges; takes the weights of this project's own networks.

Xu et al., GeoDiff, ICLR 2022, arXiv:2203.02923; with a guide as in MSGEN.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from pipeline_src.run.settings import backbones as backbone_settings


def mlp(*widths: int, activation: type[nn.Module] = nn.ReLU) -> nn.Sequential:
    """Linear layers with the activation between them."""
    layers: list[nn.Module] = []
    for before, after in zip(widths, widths[1:], strict=False):
        layers += [nn.Linear(before, after), activation()]
    return nn.Sequential(*layers[:-1])


class Softplus(nn.Module):
    """Softplus that is zero at zero."""

    def forward(self, x: Tensor) -> Tensor:
        return functional.softplus(x) - math.log(2.0)


class EdgeEncoder(nn.Module):
    """MLP of the length times an embedding of the kind."""

    def __init__(self, width: int):
        super().__init__()
        self.distance, self.kind = mlp(1, width, width), nn.Embedding(100, width)

    def forward(self, length: Tensor, kind: Tensor) -> Tensor:
        return self.distance(length) * self.kind(kind)


class GuidedEdgeEncoder(nn.Module):
    """Encoders of the current and of the guide's length side by side."""

    def __init__(self, width: int):
        super().__init__()
        self.current, self.guide = EdgeEncoder(width), EdgeEncoder(width)

    def forward(self, length: Tensor, kind: Tensor, guide_length: Tensor) -> Tensor:
        return torch.cat([self.current(length, kind), self.guide(guide_length, kind)], dim=-1)


class Interaction(nn.Module):
    """One continuous-filter convolution with its residual."""

    def __init__(self, width: int, edge_width: int):
        super().__init__()
        self.filter = mlp(edge_width, width, width, activation=Softplus)
        self.inward = nn.Linear(width, width, bias=False)
        self.outward = mlp(width, width, width, activation=Softplus)

    def forward(self, x: Tensor, edge: Tensor, vector: Tensor, fade: Tensor) -> Tensor:
        message = self.inward(x)[edge[0]] * (self.filter(vector) * fade)
        return x + self.outward(torch.zeros_like(x).index_add_(0, edge[1], message))


class SchNet(nn.Module):
    """Interactions on all edges."""

    def __init__(self, width: int, edge_width: int, layers: int, cutoff: float, smooth: bool):
        super().__init__()
        self.atoms = nn.Embedding(100, width, max_norm=10.0)
        self.interactions = nn.ModuleList(Interaction(width, edge_width) for _ in range(layers))
        self.cutoff, self.smooth = cutoff, smooth

    def forward(self, numbers: Tensor, edge: Tensor, vector: Tensor, length: Tensor) -> Tensor:
        fade = (length <= self.cutoff).float()
        if self.smooth:
            fade = fade * 0.5 * (torch.cos(length * (math.pi / self.cutoff)) + 1)
        x = self.atoms(numbers)
        for interaction in self.interactions:
            x = interaction(x, edge, vector, fade)
        return x


class Layer(nn.Module):
    """One GINE layer."""

    def __init__(self, width: int):
        super().__init__()
        self.update = mlp(width, width, width)

    def forward(self, x: Tensor, edge: Tensor, vector: Tensor) -> Tensor:
        return self.update(x.index_add(0, edge[1], torch.relu(x[edge[0]] + vector)))


class GIN(nn.Module):
    """Residual GINE layers on the local edges."""

    def __init__(self, width: int, edge_width: int, layers: int):
        super().__init__()
        same = width == edge_width
        self.pairs = nn.Identity() if same else mlp(edge_width, width, width)
        self.atoms = nn.Embedding(100, width)
        self.layers = nn.ModuleList(Layer(width) for _ in range(layers))

    def forward(self, numbers: Tensor, edge: Tensor, vector: Tensor) -> Tensor:
        vector, x = self.pairs(vector), self.atoms(numbers)
        for layer in self.layers[:-1]:
            x = x + torch.relu(layer(x, edge, vector))
        return x + self.layers[-1](x, edge, vector)


class Head(nn.Module):
    """One number an edge."""

    def __init__(self, *widths: int):
        super().__init__()
        self.score = mlp(*widths, 1)

    def forward(self, x: Tensor, edge: Tensor, vector: Tensor) -> Tensor:
        return self.score(torch.cat([x[edge[0]] * x[edge[1]], vector], dim=-1))


class Branch(nn.Module):
    """Edge encoder, node network, head."""

    def __init__(self, pairs: nn.Module, nodes: nn.Module, head: Head):
        super().__init__()
        self.pairs, self.nodes, self.head = pairs, nodes, head


class PlainNetwork(nn.Module):
    """Both branches, always; ``load_state_dict`` takes the weights of the pair network.

    Args:
        settings: those of the pair network.
    """

    def __init__(self, settings: backbone_settings.DualEncoder):
        super().__init__()
        width, guided = settings.width, settings.takes_guide
        edge = 2 * width if guided else width
        encoder = GuidedEdgeEncoder if guided else EdgeEncoder
        hidden = (*((edge,) if guided else ()), width, width // 2)
        self.local_branch = Branch(encoder(width), GIN(width, edge, settings.gin_layers),
                                   Head(width + edge, *hidden))
        schnet = SchNet(width, edge, settings.schnet_layers, settings.cutoff_angstrom,
                        settings.smooth_cutoff)
        self.global_branch = Branch(encoder(width), schnet, Head(width + edge, *hidden))

    def forward(self, numbers: Tensor, pos: Tensor, edge: Tensor, kind: Tensor,
                guide: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Scores of the far and of the local edges  # (E_f, 1), (E_l, 1)"""
        lengths = [_lengths(p, edge) for p in (pos, guide) if p is not None]
        vector = self.global_branch.pairs(lengths[0], kind, *lengths[1:])
        x = self.global_branch.nodes(numbers, edge, vector, lengths[0])
        far, local = kind == 0, kind > 0
        far_scores = self.global_branch.head(x, edge[:, far], vector[far])
        edge, lengths = edge[:, local], [length[local] for length in lengths]
        vector = self.local_branch.pairs(lengths[0], kind[local], *lengths[1:])
        x = self.local_branch.nodes(numbers, edge, vector)
        return far_scores, self.local_branch.head(x, edge, vector)


def node_vectors(pos: Tensor, edge: Tensor, score: Tensor) -> Tensor:
    """Edge scores along the edges, added up at both ends  # (N, 3)"""
    pull = (pos[edge[0]] - pos[edge[1]]) / _lengths(pos, edge) * score
    return torch.zeros_like(pos).index_add(0, edge[0], pull).index_add(0, edge[1], -pull)


def _lengths(pos: Tensor, edge: Tensor) -> Tensor:
    return (pos[edge[0]] - pos[edge[1]]).norm(dim=-1, keepdim=True)  # (E, 1)
