"""Small stages of every backbone, and the chains of one stage and of two that are made of them."""

from pathlib import Path

import numpy as np
import torch
from overfit import SAMPLER, SEED, draw, read_four, train, with_fragments

from pipeline_src.chem.embed import embed_distance_geometry
from pipeline_src.chem.levels import extract_levels
from pipeline_src.ensembles import Ensemble
from pipeline_src.run.settings import Stage
from pipeline_src.stages.assembly import build_backbone

SOURCE = "distance-geometry"
COPIES = 4  # of the one conformer of a molecule that is learnt: so many noises a step
HEAVY = {"level": "heavy", "augmentation": {"kind": "sigma_max", "sigma_max_angstrom": 0.1}}
TRAINING = {"batch_size": 16, "learning_rate": 1e-3, "clip_norm": 10000, "ema_decay": 0.99,
            "schedule": "cosine", "validate_every": 500, "validation_batches": 1,
            "checkpoint_every": 250}
GEODIFF = {"width": 64, "schnet_layers": 3}
# ET-Flow's own prior, onto which conformers are turned. From a Gaussian without turning, as MSGEN
# has it, etflow came to 0.436 Å after 1500 steps.
HARMONIC = {"kind": "flow_matching", "prior": "harmonic"}
CONFGF = {"width": 64, "xavier_gain": 0.5}
ETFLOW = {"width": 48, "layers": 4, "heads": 4, "bases": 32}
EBD = {"kind": "hierarchical_egnn", "width": 48, "blocks": 4}
SAMPLERS = {
    "ve_diffusion": SAMPLER,
    "flow_matching": {"kind": "euler", "steps": 25},
    "distance_score_matching": {"kind": "annealed_langevin", "steps_per_level": 10,
                                "step_size": 1e-5},
    "blurring": {"kind": "deblurring", "steps": 10},
}
CHAINS = {
    "geodiff": ("geodiff-all",),
    "geodiff-msgen2": ("geodiff-heavy", "geodiff-all-heavy"),
    "etflow": ("etflow-all",),
    "etflow-msgen2": ("etflow-heavy", "etflow-all-heavy"),
    "confgf": ("confgf-all",),
    "confgf-msgen2": ("confgf-heavy", "confgf-all-heavy"),
    "ebd": (SOURCE, "ebd-all"),
    "ebd-msgen2": ("geodiff-heavy", "ebd-all-heavy"),
}


def stage(level: str, backbone: dict, process: dict, guide: dict | None = None,
          **training) -> Stage:
    return Stage.model_validate({"level": level, "guide": guide, "backbone": backbone,
                                 "process": process, "training": {**TRAINING, **training}})


def of_three(kind: str, size: dict, process: dict, steps: tuple[int, int, int],
             **training) -> tuple[Stage, Stage, Stage]:
    """All atoms alone, heavy atoms alone, and all atoms guided by these; a number of steps each."""
    guided = {"kind": f"guided_{kind}", **size}
    plain = {"kind": kind, **size}
    return (stage("all", plain, process, iterations=steps[0], **training),
            stage("heavy", plain, process, iterations=steps[1], **training),
            stage("all", guided, process, HEAVY, iterations=steps[2], **training))


STAGES: dict[str, Stage] = {
    **dict(zip(("geodiff-all", "geodiff-heavy", "geodiff-all-heavy"),
               of_three("dual_encoder", GEODIFF, {"kind": "ve_diffusion", "steps": 1000},
                        (2000, 2000, 1500)), strict=True)),
    **dict(zip(("etflow-all", "etflow-heavy", "etflow-all-heavy"),
               of_three("equivariant_transformer", ETFLOW, HARMONIC, (2500, 2000, 2000)),
               strict=True)),
    **dict(zip(("confgf-all", "confgf-heavy", "confgf-all-heavy"),
               of_three("confgf", CONFGF, {"kind": "distance_score_matching"},
                        (10000, 10000, 10000)), strict=True)),
    "ebd-all": stage("all", EBD, {"kind": "blurring"},
                     {"level": "all", "source": SOURCE, "augmentation": {"kind": "none"}},
                     iterations=1500, amsgrad=True),
    "ebd-all-heavy": stage("all", EBD, {"kind": "blurring"}, HEAVY, iterations=1500,
                           amsgrad=True),
}


class FourMolecules:
    """The four molecules, and the networks that have learnt them, each trained when first asked.

    Args:
        folder: where the trainings' checkpoints go; what is there is gone on from.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self.references = [Ensemble(e.molecule, e.positions[:1]) for e in read_four()]
        self.learnt = [Ensemble(e.molecule, np.repeat(e.positions, COPIES, axis=0))
                       for e in self.references]
        self.hierarchies = with_fragments(
            [extract_levels(e.molecule, e.n_conformers) for e in self.learnt])
        self._networks: dict[str, torch.nn.Module] = {}

    def network(self, name: str) -> torch.nn.Module:
        if name not in self._networks:
            self._networks[name] = train(STAGES[name], name, self.learnt, self.folder,
                                         self.hierarchies)
        return self._networks[name]

    def samples(self, chain: str, count: int, trained: bool = True) -> list[Ensemble]:
        """Of the chain's last stage; failed conformers of a stage are failed in the next."""
        found: list[Ensemble] = []
        for name in CHAINS[chain]:
            if name == SOURCE:  # other conformers than in training
                found = [embed_distance_geometry(e.molecule, count, SEED + 1)
                         for e in self.references]
                continue
            torch.manual_seed(0)
            network = self.network(name) if trained else build_backbone(STAGES[name])
            coarse = [e.positions for e in found] or None
            found = draw(STAGES[name], name, network, self.hierarchies, coarse, count,
                         SAMPLERS[STAGES[name].process.kind])
        return found
