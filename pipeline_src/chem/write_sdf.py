"""Ensembles as SDF or SDF.gz, readable by any chemistry program and by ``read_sdf``."""

import gzip
import io
from collections.abc import Iterable, Iterator
from pathlib import Path

from rdkit import Chem

from pipeline_src.chem.base import Rejection
from pipeline_src.chem.molecules import canonical_smiles, to_rdkit, with_conformers
from pipeline_src.chem.stereo import stereo_kept
from pipeline_src.ensembles import Ensemble
from pipeline_src.run.errors import InputError
from pipeline_src.run.files import replacing

_V2000_ATOMS = 999


def write_sdf(path: Path, ensembles: Iterable[Ensemble]) -> list[Rejection]:
    """Write every good conformer, atomically; returns the failed ones with their reasons.

    A record's title is the molecule's id. Properties: molecule_id, conformer (0-based, failed ones
    counted), smiles (canonical, as the graph states it), stereo_kept (the coordinates show all
    stereo the graph states), and where known energy_hartree and boltzmann_weight. The atom and bond
    block marks stereo only where the coordinates show it.

    Raises:
        InputError: an ensemble is of a level coarser than all atoms.
    """
    rejections: list[Rejection] = []
    with replacing(path) as temporary, open(temporary, "wb") as raw:
        compressed = Path(path).suffix == ".gz"
        # no name and no time in the gzip header: equal content gives equal bytes
        binary = gzip.GzipFile("", "wb", fileobj=raw, mtime=0) if compressed else raw
        with io.TextIOWrapper(binary, encoding="utf-8", newline="\n") as out:
            for ensemble in ensembles:
                out.writelines(_records(ensemble, rejections))
    return rejections


def _records(ensemble: Ensemble, rejections: list[Rejection]) -> Iterator[str]:
    name = ensemble.molecule.id
    if ensemble.level != "all":
        raise InputError(f"samples of {name}", f"level '{ensemble.level}'", "level 'all'",
                         "Only all-atom conformers can be written as SDF.")
    mol = to_rdkit(ensemble.molecule)
    mol.SetProp("_Name", name)
    smiles = canonical_smiles(mol)
    kept = stereo_kept(mol, ensemble.positions).tolist()
    flat = Chem.Mol(mol)
    Chem.RemoveStereochemistry(flat)
    for c, reason in enumerate(ensemble.reasons):
        if reason:
            rejections.append(Rejection(name, c, reason))
            continue
        placed = with_conformers(mol if kept[c] else flat, ensemble.positions[c : c + 1])
        block = Chem.MolToMolBlock(placed, forceV3000=mol.GetNumAtoms() > _V2000_ATOMS)
        properties = {"molecule_id": name, "conformer": c, "smiles": smiles,
                      "stereo_kept": str(kept[c]).lower()}
        if ensemble.energies_hartree is not None:
            properties["energy_hartree"] = repr(float(ensemble.energies_hartree[c]))
        if ensemble.weights is not None:
            properties["boltzmann_weight"] = repr(float(ensemble.weights[c]))
        fields = "".join(f">  <{k}>\n{v}\n\n" for k, v in properties.items())
        yield f"{block}{fields}$$$$\n"
