"""EBD's network: messages between fragments and between atoms in turn (models.md 3.4).

Park and Shen, Equivariant Blurring Diffusion for Hierarchical Molecular Conformer Generation,
NeurIPS 2024, arXiv:2410.20255. Written from the equations.
"""

import torch
from torch import Tensor, nn
from torch.nn import Parameter
from torch_geometric.data import Data

from pipeline_src.backbones.base import NodeVectors
from pipeline_src.backbones.edges import N_ELEMENTS, N_KINDS, perceptron
from pipeline_src.backbones.egnn import EdgeGraph, Edges, Messages, Pull, along, summed_moves
from pipeline_src.graphs.fragments import Fragments, fragments_of
from pipeline_src.graphs.pairs import pair_vectors
from pipeline_src.graphs.stage_graph import FAR_KIND
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings import backbones as backbone_settings

COUNTED = ((6,), (7, 8, 15, 16), (9, 17, 35, 53, 85))  # C; N, O, P, S; halogens (models.md 2.4)


class Surroundings:
    """What all blocks share: the edges of both graphs and the numbers that stay as they are.

    Atoms are joined if at most three bonds or ``cutoff`` apart at the noisy positions; fragments
    of a molecule all are. The guide counts by the distances of its fragments' centres alone, so it
    may lie anywhere.

    Args:
        batch: stage graphs with fragments.
        pos: noisy positions, Å  # (N, 3)
        guide: guide positions, Å  # (N, 3)
        cutoff: Å.
        kind_rows: what the network has learnt of each kind of pair  # (K, H)
    """

    def __init__(self, batch: Data, pos: Tensor, guide: Tensor, cutoff: float,
                 kind_rows: Tensor):
        self.kind_rows = kind_rows
        self.fragments: Fragments = fragments_of(batch)
        far = batch.far_pair_index
        far = far[:, squares(pos, far).squeeze(-1) <= cutoff**2]
        self.atom_edges = both_ways(torch.cat([batch.local_pair_index, far], dim=1))
        kind = torch.cat([batch.local_pair_kind, torch.full_like(far[0], FAR_KIND)])
        self.kinds = torch.cat([kind, kind])
        self.fragment_edges = both_ways(self.fragments.pair_index)
        self.first_squares = squares(pos, self.atom_edges)
        self.guide_squares = squares(self.fragments.means(guide), self.fragment_edges)

    def atom_graph(self, pos: Tensor) -> EdgeGraph:
        """Pairs of atoms with their squared distances now and at first."""
        known = torch.cat([squares(pos, self.atom_edges), self.first_squares], dim=-1)
        return EdgeGraph(self.atom_edges, known, self.kinds, self.kind_rows)

    def fragment_graph(self, centres: Tensor) -> EdgeGraph:
        """Pairs of fragments with their squared distances now and in the guide."""
        known = torch.cat([squares(centres, self.fragment_edges), self.guide_squares], dim=-1)
        return EdgeGraph(self.fragment_edges, known)


class Block(nn.Module):
    """Fragments learn of their atoms and of each other, atoms likewise; then atoms move.

    x_i moves by sum_j (x_i - x_j) / (d_ij + 1) reach tanh(phi_ij) and by
    (x_i - c_i) / (|x_i - c_i| + 1) reach tanh(phi_i), with c_i its fragment's centre as it is now.

    Args:
        settings: of the network.
    """

    def __init__(self, settings: backbone_settings.HierarchicalEGNN):
        super().__init__()
        width, reach = settings.width, settings.reach_angstrom
        self.fragments, self.atoms = Messages(width, kinds=False), Messages(width, kinds=True)
        self.pairs, self.pull = Edges(width, kinds=True), Pull(width, reach)
        self.inward = perceptron(2 * width + 1, width, width, activation=nn.SiLU)
        self.inward_pull = Pull(width, reach)

    def forward(
        self, atoms: Tensor, fragments: Tensor, pos: Tensor, around: Surroundings
    ) -> tuple[Tensor, Tensor, Tensor]:
        """New states of both and positions  # (N, H), (F, H), (N, 3) -> the same"""
        members, pairs = around.fragments, around.atom_graph(pos)
        centres = members.means(pos)
        fragments = self.fragments(fragments, members.means(atoms), around.fragment_graph(centres))
        told = fragments.index_select(0, members.of_atom)
        atoms = self.atoms(atoms, told, pairs)
        factor = self.pull(self.pairs(atoms, pairs))
        outward = pos - centres.index_select(0, members.of_atom)
        own = torch.cat([atoms, told, outward.square().sum(-1, keepdim=True)], dim=-1)
        moves = self.inward_pull(nn.functional.silu(self.inward(own))).to(pos.dtype)
        pos = pos + summed_moves(pos, pairs.index, factor) + moves * along(outward)
        return atoms, fragments, pos


class HierarchicalEGNN(nn.Module):
    """Clean positions from blurred ones, the time of each atom and a guide.

    Turns, shifts and reflects with the positions; blind to rigid motion and reflection of the
    guide. Reads the batch's ``fragment_index``.

    Args:
        settings: width, number of blocks, cutoff.
    """

    predicts = "positions"
    takes_guide = True

    def __init__(self, settings: backbone_settings.HierarchicalEGNN):
        super().__init__()
        width = settings.width
        self.cutoff = settings.cutoff_angstrom
        self.elements = nn.Embedding(N_ELEMENTS, width)
        self.kinds = nn.Embedding(N_KINDS, width)
        self.atoms = nn.Linear(width + 1, width)
        self.fragments = nn.Linear(len(COUNTED) + 1, width)
        self.blocks = nn.ModuleList(Block(settings) for _ in range(settings.blocks))

    @classmethod
    def from_settings(cls, settings: backbone_settings.HierarchicalEGNN) -> "HierarchicalEGNN":
        """The network that ``settings`` describe, freshly initialised."""
        return cls(settings)

    def forward(
        self,
        batch: Data,
        pos: Tensor,
        time: Tensor,
        guide: Tensor | None = None,
        *,
        far: bool = True,
        return_nodes: bool = False,
    ) -> NodeVectors:
        """See ``Backbone``; far pairs always count.

        Raises:
            InputError: the guide is missing.
        """
        if guide is None:
            raise InputError("guide", "none", f"a guide: {type(self).__name__}")
        around = Surroundings(batch, pos, guide, self.cutoff, self.kinds.weight)
        clock = time.to(pos.dtype).unsqueeze(-1)
        atoms = self.atoms(torch.cat([self.elements(batch.numbers), clock], dim=-1))
        fragments = self.fragments(torch.cat(
            [counts(batch.numbers, around.fragments).to(pos.dtype),
             around.fragments.means(clock)], dim=-1))
        atoms, fragments = atoms.to(pos.dtype), fragments.to(pos.dtype)
        states = []
        for block in self.blocks:
            atoms, fragments, pos = block(atoms, fragments, pos, around)
            states.append(atoms)
        return NodeVectors(pos, {"all": states} if return_nodes else None)

    def parameter_groups(self) -> dict[str, list[Parameter]]:
        """All parameters, in one group."""
        return {"all": list(self.parameters())}


def counts(numbers: Tensor, fragments: Fragments) -> Tensor:
    """Atoms of each fragment that are C; N, O, P or S; halogens, int64  # (N,) -> (F, 3)"""
    table = numbers.new_zeros(N_ELEMENTS, len(COUNTED))
    for column, elements in enumerate(COUNTED):
        table[list(elements), column] = 1
    found = table.new_zeros(fragments.count, len(COUNTED))
    return found.index_add(0, fragments.of_atom, table.index_select(0, numbers))


def both_ways(pairs: Tensor) -> Tensor:
    """Directed edges of the pairs, those of the second direction after the first's  # (2, 2 P)"""
    return torch.cat([pairs, pairs.flip(0)], dim=1)


def squares(pos: Tensor, index: Tensor) -> Tensor:
    """Squared distances, Å²  # (N, 3), (2, E) -> (E, 1)"""
    return pair_vectors(pos, index).square().sum(-1, keepdim=True)
