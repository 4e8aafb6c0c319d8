"""Upsampling 1,000 conformers of a 45-atom molecule from heavy atoms to all."""

import sys
from dataclasses import dataclass

import numpy as np
import torch
from torch_geometric.data import Batch
from tqdm import tqdm

from benchmarks.baseline.upsampling import upsample_plainly
from benchmarks.measure import device, measure, ratios, seconds
from benchmarks.molecules import Molecule, load
from pipeline_src.graphs.noise import batch_noise, stream_key
from pipeline_src.graphs.purposes import Purpose
from pipeline_src.graphs.stage_graph import StageGraph, make_stage_graph
from pipeline_src.graphs.upsampling import upsample_bonded
from pipeline_src.run.settings.guides import Bonded

NAME = "geom_drugs_t02"  # 45 atoms
REPEATS = 5


@dataclass(frozen=True)
class Work:
    """One thing to measure: so many conformers of this molecule."""

    molecule: Molecule
    conformers: int

    @property
    def heavy(self) -> np.ndarray:
        """The coarse atoms  # (M,)"""
        return self.molecule.hierarchy.levels["heavy"]

    @property
    def coarse(self) -> torch.Tensor:
        """Their positions in each conformer, Å  # (C, M, 3)"""
        return torch.from_numpy(self.molecule.conformers(self.conformers)[:, self.heavy])


def rows(quick: bool) -> list[dict]:
    """The one row."""
    print("upsampling", file=sys.stderr)
    work = Work(next(m for m in load("drug_like") if m.name == NAME), 20 if quick else 1000)
    ours, plain = (measure(way, work, quick=quick) for way in (ours_seconds, plain_seconds))
    n_atoms = work.molecule.hierarchy.molecule.n_atoms
    return [{
        "benchmark": "upsampling", "set": NAME,
        **ratios(ours, plain),
        "agreement": f"{largest_difference(Work(work.molecule, 20)):.1e} Å",
        "note": f"{work.conformers} conformers of {n_atoms} atoms, {len(work.heavy)} of them "
                "known; with the random directions, without making the batch, which the stage "
                "needs anyway"}]


def batch_of(work: Work) -> Batch:
    """One graph a conformer, as a stage's batch."""
    static = make_stage_graph(work.molecule.hierarchy, "all", "heavy")
    static.key = torch.tensor([stream_key(1, work.molecule.name)])
    graphs = []
    for conformer in range(work.conformers):
        graph = StageGraph(**static.to_dict())
        graph.conformer, graph.num_nodes = torch.tensor([conformer]), static.num_nodes
        graphs.append(graph)
    return Batch.from_data_list(graphs)


@torch.inference_mode()
def ours_seconds(work: Work) -> float:
    """Seconds for all conformers at once."""
    batch, coarse = batch_of(work).to(device()), work.coarse.reshape(-1, 3).to(device())
    return seconds(lambda: upsample_bonded(
        batch, coarse, batch_noise(batch, 0, Purpose.DIRECTION, batch.new_index), Bonded()),
        REPEATS)


def plain_seconds(work: Work) -> float:
    """Seconds one by one."""
    molecule = work.molecule.hierarchy.molecule
    bonds, heavy = [tuple(pair) for pair in molecule.bonds.tolist()], work.heavy.tolist()

    def all_of_them() -> None:
        for positions in tqdm(work.coarse, desc="baseline", unit="conformer", file=sys.stderr):
            upsample_plainly(molecule.n_atoms, bonds, heavy, positions,
                             torch.randn(molecule.n_atoms, 3), Bonded().tau)

    return seconds(all_of_them)


def largest_difference(work: Work) -> float:
    """Å, over all coordinates, with the same directions."""
    batch, molecule = batch_of(work), work.molecule.hierarchy.molecule
    noise = batch_noise(batch, 0, Purpose.DIRECTION)
    mine = upsample_bonded(batch, work.coarse.reshape(-1, 3), noise, Bonded())
    bonds = [tuple(pair) for pair in molecule.bonds.tolist()]
    theirs = torch.cat([
        upsample_plainly(molecule.n_atoms, bonds, work.heavy.tolist(), positions, directions,
                         Bonded().tau)
        for positions, directions in zip(work.coarse, noise.split(molecule.n_atoms), strict=True)])
    return float((mine - theirs).abs().max())
