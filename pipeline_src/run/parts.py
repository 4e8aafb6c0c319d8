"""The visible table of interchangeable parts: seam -> name in the config -> module and attribute.

Strings, not imports: the Snakefile reads this table without torch or RDKit, a step loads only the
parts its settings name, and the code digest of a job covers exactly those. A new behaviour is a
new file and one line here (and its settings class, with the same name, in ``run/settings``).
"""

import importlib

from pipeline_src.run.errors import InputError

PARTS: dict[str, dict[str, str]] = {
    "reader": {
        "sdf": "pipeline_src.chem.readers.sdf:read_sdf",
        "parquet": "pipeline_src.chem.readers.parquet:read_parquet",
        "smiles": "pipeline_src.chem.readers.smiles:read_smiles",
        "geom_rdkit_folder":
            "pipeline_src.chem.readers.geom_rdkit_folder:read_geom_rdkit_folder",
        "torsional_pickle": "pipeline_src.chem.readers.torsional_pickle:read_torsional_pickle",
        "geodiff_pickle": "pipeline_src.chem.readers.geodiff_pickle:read_geodiff_pickle",
        "etflow_folder": "pipeline_src.chem.readers.etflow_folder:read_etflow_folder",
        "xyz_folder": "pipeline_src.chem.readers.xyz_folder:read_xyz_folder",
    },
    "split": {
        "random": "pipeline_src.chem.splits.random:split_random",
        "scaffold": "pipeline_src.chem.splits.scaffold:split_scaffold",
        "lists": "pipeline_src.chem.splits.lists:split_lists",
        "geodiff": "pipeline_src.chem.splits.geodiff:split_geodiff",
        "geomol": "pipeline_src.chem.splits.geomol:split_geomol",
        "etflow": "pipeline_src.chem.splits.etflow:split_etflow",
        "stratified_subset": "pipeline_src.chem.splits.stratified:split_stratified_subset",
    },
    "level": {
        "scaffold": "pipeline_src.chem.levels:scaffold_atoms",
        "heavy": "pipeline_src.chem.levels:heavy_atoms",
        "all": "pipeline_src.chem.levels:all_atoms",
    },
    "extra_level": {  # made for the stages that name them; see run/settings/levels.py
        "brics": "pipeline_src.chem.brics:add_brics",
        "fragments": "pipeline_src.chem.fragments:add_fragments",
        "smarts": "pipeline_src.chem.smarts:add_smarts",
    },
    "source": {
        "rdkit": "pipeline_src.chem.embed:embed_etkdg",
        "rdkit-mmff": "pipeline_src.chem.embed:embed_etkdg_mmff",
        "distance-geometry": "pipeline_src.chem.embed:embed_distance_geometry",
    },
    "engine": {
        "xtb": "pipeline_src.quantum.xtb_engine:Xtb",
        "mmff": "pipeline_src.quantum.mmff_engine:Mmff",
    },
    "orbitals": {  # compared by check_quantum; the property task has Psi4's
        "psi4": "pipeline_src.quantum.psi4_engine:Psi4",
        "pyscf": "pipeline_src.quantum.pyscf_engine:PySCF",
    },
    "relaxer": {  # of samples, for their strain and for scores as users would
        "mmff": "pipeline_src.quantum.mmff_relaxer:MmffRelaxer",
        "gfn2-xtb": "pipeline_src.quantum.xtb_relaxer:XtbRelaxer",
    },
    "upsampler": {
        "bonded": "pipeline_src.graphs.upsampling:upsample_bonded",
        "centroid": "pipeline_src.graphs.upsampling:upsample_centroid",
        "random": "pipeline_src.graphs.upsampling:upsample_random",
        "released": "pipeline_src.graphs.upsampling:upsample_released",
        "oracle": "pipeline_src.graphs.upsampling:upsample_oracle",
        "geometric": "pipeline_src.graphs.group_upsampling:upsample_geometric",
        "reconstruct": "pipeline_src.graphs.group_upsampling:upsample_reconstruct",
    },
    "augmentation": {
        "none": "pipeline_src.processes.augmentation:NoAugmentation",
        "paper": "pipeline_src.processes.augmentation:PaperAugmentation",
        "released": "pipeline_src.processes.augmentation:ReleasedAugmentation",
        "sigma_max": "pipeline_src.processes.augmentation:SigmaMaxAugmentation",
    },
    "backbone": {
        "dual_encoder": "pipeline_src.backbones.dual_encoder:DualEncoder",
        "guided_dual_encoder": "pipeline_src.backbones.guided_dual_encoder:GuidedDualEncoder",
        "equivariant_transformer":
            "pipeline_src.backbones.equivariant_transformer:EquivariantTransformer",
        "guided_equivariant_transformer":
            "pipeline_src.backbones.equivariant_transformer:GuidedEquivariantTransformer",
        "confgf": "pipeline_src.backbones.confgf:ConfGF",
        "guided_confgf": "pipeline_src.backbones.guided_confgf:GuidedConfGF",
        "hierarchical_egnn": "pipeline_src.backbones.hierarchical_egnn:HierarchicalEGNN",
    },
    "holder": {  # of the backbones of these kinds when sampling; the others are used as they are
        "dual_encoder": "pipeline_src.backbones.tabulated:TabulatedBranches",
        "guided_dual_encoder": "pipeline_src.backbones.tabulated:TabulatedBranches",
    },
    "weights": {  # of other projects
        "geodiff": "pipeline_src.stages.foreign.geodiff:read_geodiff",
        "msgen": "pipeline_src.stages.foreign.msgen:read_msgen",
        "etflow": "pipeline_src.stages.foreign.etflow:read_etflow",
    },
    "process": {
        "ve_diffusion": "pipeline_src.processes.ve_diffusion:VEDiffusion",
        "flow_matching": "pipeline_src.processes.flow_matching:FlowMatching",
        "distance_score_matching":
            "pipeline_src.processes.distance_score_matching:DistanceScoreMatching",
        "blurring": "pipeline_src.processes.blurring:Blurring",
    },
    "schedule": {  # of the learning rate
        "plateau": "pipeline_src.stages.plateau_rate:Plateau",
        "cosine": "pipeline_src.stages.cosine_rate:Cosine",
        "constant": "pipeline_src.stages.constant_rate:Constant",
    },
    "clip": {  # the bound on the gradient norm
        "fixed": "pipeline_src.stages.fixed_bound:FixedBound",
        "recent_norms": "pipeline_src.stages.recent_norms:RecentNorms",
    },
    "sampler": {
        "langevin": "pipeline_src.processes.langevin:Langevin",
        "generalized": "pipeline_src.processes.generalized:Generalized",
        "leimkuhler_matthews": "pipeline_src.processes.leimkuhler_matthews:LeimkuhlerMatthews",
        "euler": "pipeline_src.processes.euler:Euler",
        "stochastic_euler": "pipeline_src.processes.stochastic_euler:StochasticEuler",
        "annealed_langevin": "pipeline_src.processes.annealed_langevin:AnnealedLangevin",
        "deblurring": "pipeline_src.processes.deblurring:Deblurring",
    },
}


def part_module(seam: str, name: str) -> str:
    """Dotted module of a part.

    Raises:
        InputError: the seam has no part of that name; the known ones are listed.
    """
    if name not in PARTS[seam]:
        raise InputError(seam, name, f"one of {', '.join(sorted(PARTS[seam]))}")
    return PARTS[seam][name].split(":")[0]


def load_part(seam: str, name: str) -> object:
    """Import and return the function or class behind ``name``; raises as ``part_module``."""
    module = importlib.import_module(part_module(seam, name))
    return getattr(module, PARTS[seam][name].split(":")[1])
