"""Molecules on disk, as the steps write them, and what stages make of them."""

from dataclasses import dataclass
from pathlib import Path

import torch
from hand_made import positions
from small_parts import LEVEL_OPTIONS
from torch import Tensor, nn
from torch_geometric.data import Batch

from pipeline_src.chem.level_files import LevelFiles
from pipeline_src.chem.levels import extract_levels
from pipeline_src.chem.molecules import to_rdkit
from pipeline_src.chem.readers.smiles import molecule_from_smiles
from pipeline_src.chem.vocabulary import learn_vocabulary
from pipeline_src.coarsen_reference import coarsen_reference
from pipeline_src.ensembles import Ensemble, Hierarchy, Molecule
from pipeline_src.ensembles.split_table import SplitRow, write_split
from pipeline_src.ensembles.store import write_ensembles, write_hierarchies
from pipeline_src.graphs.noise import stream_key
from pipeline_src.run.parts import PARTS, load_part
from pipeline_src.run.settings import SampleSettings, Stage
from pipeline_src.run.settings.sampling import SourceSettings
from pipeline_src.stages.assembly import build_backbone, build_process
from pipeline_src.stages.dataset import ConformerDataset, load_conformers
from pipeline_src.stages.sampling import StageSampling
from pipeline_src.stages.shard import ShardMolecule, load_shard

MOLECULES = ("CC(C)CCc1ccccc1", "C", "CCO")
CONFORMERS = 2
EVERY_NUMBER = frozenset(range(119))


def all_levels(molecules: list[Molecule]) -> list[Hierarchy]:
    """The hierarchies with every level that a stage can name."""
    words = {entry.label: entry for entry in learn_vocabulary(
        [to_rdkit(molecule) for molecule in molecules], LEVEL_OPTIONS.fragments)}
    made = []
    for molecule in molecules:
        found = extract_levels(molecule, CONFORMERS)
        for level in PARTS["extra_level"]:
            found = load_part("extra_level", level)(found, LEVEL_OPTIONS, LevelFiles(words, None))
        made.append(found)
    return made


@dataclass
class World:
    """Files of ``MOLECULES``, all of subset test and shard 0.

    Attributes:
        folder: where they are.
    """

    folder: Path

    def __post_init__(self):
        made = []
        for smiles in MOLECULES:
            pos = positions(smiles)
            made.append(Ensemble(molecule_from_smiles(smiles, smiles),
                                 torch.from_numpy(pos).repeat(CONFORMERS, 1, 1).numpy()))
            made[-1].positions[1] *= 1.04  # another conformer
        write_ensembles(self.ensembles / "part-000.parquet", made)
        write_hierarchies(self.hierarchies, all_levels([e.molecule for e in made]))
        write_split(self.split, [SplitRow(smiles, "test", 0, CONFORMERS, 1)
                                 for smiles in MOLECULES])

    @property
    def ensembles(self) -> Path:
        """Folder of ensembles."""
        return self.folder / "ensembles"

    @property
    def hierarchies(self) -> Path:
        """File of levels."""
        return self.folder / "hierarchies.parquet"

    @property
    def split(self) -> Path:
        """File of the split."""
        return self.folder / "split.csv"

    def conformers(self, stage: Stage) -> ConformerDataset:
        """Training examples: of each molecule its conformers in turn."""
        return load_conformers(stage, self.ensembles, self.hierarchies, self.split, "test")

    def batch(self, stage: Stage, *molecules: int) -> Batch:
        """One conformer of each of these molecules (none named: of all), each with its key."""
        data, graphs = self.conformers(stage), []
        for number in molecules or range(len(MOLECULES)):
            graph = data[CONFORMERS * number]
            graph.key = torch.tensor([stream_key("contract", MOLECULES[number])])
            graphs.append(graph)
        return Batch.from_data_list(graphs)

    def shard(self, settings: SampleSettings) -> list[ShardMolecule]:
        """What there is to draw; a guide is made of the true coarse positions."""
        coarser, guide = [], settings.stage.guide
        if guide:
            coarser.append(self.folder / f"{guide.level}.parquet")
            coarsen_reference(
                SourceSettings(source="oracle", level=guide.level, samples=settings.samples,
                               seed=1),
                self.ensembles, self.hierarchies, self.split, 0, coarser[0])
        return load_shard(settings, self.hierarchies, self.split, 0, coarser, EVERY_NUMBER)


def sample_settings(stage: Stage, sampler) -> SampleSettings:
    """Two samples a molecule."""
    return SampleSettings.model_validate({"name": "contract", "stage": stage, "sampler": sampler,
                                          "samples": {"count": CONFORMERS}, "seed": 1})


def sampling(stage: Stage, sampler) -> StageSampling:
    """The sampling of an untrained network."""
    return StageSampling(sample_settings(stage, sampler), network(stage, torch.float32),
                         torch.device("cpu"))


def network(stage: Stage, dtype: torch.dtype = torch.float64) -> nn.Module:
    """The stage's network, always with the same weights, none of them at a special value."""
    torch.manual_seed(11)
    backbone = build_backbone(stage)
    with torch.no_grad():
        for parameter in backbone.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    return backbone.to(dtype)


def inputs(stage: Stage, batch: Batch, dtype: torch.dtype = torch.float64
           ) -> tuple[Tensor, Tensor, Tensor | None]:
    """Positions, times and, if the network takes one, a guide; the same for the same molecule."""
    pos = batch.pos.to(dtype)
    time = build_process(stage).draw_times(2, torch.tensor([0.3]))[:1].expand(len(pos))
    guide = pos + 0.5 * torch.sin(7 * pos.flip(-1)) if stage.guide else None
    return pos, time, guide


def outputs(found, batch: Batch, stage: Stage, pos: Tensor) -> dict[str, tuple[Tensor, Tensor]]:
    """Name -> what a network says, and the first atom of each row.

    Predicted positions are told as moves from the given ones, so that shifts do not change them.
    """
    if hasattr(found, "vectors"):
        vectors = found.vectors - pos if stage.backbone.predicts == "positions" else found.vectors
        return {"vectors": (vectors, torch.arange(len(vectors)))}
    said = {"local": (found.local, batch.local_pair_index[0])}
    if found.far is not None:
        said["far"] = (found.far, batch.far_pair_index[0])
    return said
