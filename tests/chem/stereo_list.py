"""Draw the molecules of the stereo study: ``python tests/chem/stereo_list.py`` writes the list."""

import csv
import random
from collections.abc import Iterator
from pathlib import Path

from pipeline_src.chem.molecules import canonical_smiles, to_rdkit
from pipeline_src.chem.readers.sdf import read_sdf
from pipeline_src.chem.readers.smiles import molecule_from_smiles
from pipeline_src.chem.stereo import stated_stereo, without_imine_stereo
from pipeline_src.ensembles import Ensemble, Molecule
from pipeline_src.run.settings.readers import SdfReader

RESOURCES = Path(__file__).resolve().parents[2] / "resources"
LIST = RESOURCES / "stereo" / "molecules.smi"
SEED, A_NUMBER_OF_CENTRES, MOST_CENTRES = 2021, 50, 4
HEAD = "# Molecules of the stereo study, SMILES and name; sources and licences: README.md\n"


def drawn_list() -> str:
    """The text of the list, by the number of centres and double bonds whose stereo is stated.

    mini_qm9's test molecules without such double bonds: 50 for each number of centres, one to four,
    or all there are, drawn by the seed; with double bonds: all. mini_drugs' test molecules with either: all.
    hutchison's with double bonds: all. None has more than four centres. E/Z of =N-H is left open.
    """
    drawing = random.Random(SEED)
    centres: dict[int, list[str]] = {k: [] for k in range(1, MOST_CENTRES + 1)}
    others = []
    for source, molecule in _molecules():
        mol = to_rdkit(without_imine_stereo(molecule))
        stereo = stated_stereo(mol)
        n_centres, n_bonds = len(stereo.centres), len(stereo.bonds)
        line = f"{canonical_smiles(mol)} {molecule.id}\n"
        if source == "mini_qm9" and not n_bonds and n_centres in centres:
            centres[n_centres].append(line)
        elif n_centres <= MOST_CENTRES and (n_bonds or n_centres and source == "mini_drugs"):
            others.append(line)
    drawn = [drawing.sample(lines, min(A_NUMBER_OF_CENTRES, len(lines)))
             for lines in centres.values()]
    return "".join([HEAD, *(line for lines in drawn for line in sorted(lines, key=_name)), *others])


def _name(line: str) -> str:
    return line.split()[1]


def _molecules() -> Iterator[tuple[str, Molecule]]:
    """Source and molecule, in order."""
    for source in ("mini_qm9", "mini_drugs"):
        with open(RESOURCES / source / "molecules.csv", newline="", encoding="utf-8") as file:
            rows = [row for row in csv.DictReader(file) if row["subset"] == "test"]
        for row in sorted(rows, key=lambda row: row["molecule_id"]):
            yield source, molecule_from_smiles(row["smiles"], row["molecule_id"])
    reader = SdfReader(paths=(str(RESOURCES / "hutchison/conformers.sdf.gz"),),
                       id_property="mol_id")
    for item in read_sdf(reader):
        if isinstance(item, Ensemble):
            yield "hutchison", item.molecule


if __name__ == "__main__":
    LIST.parent.mkdir(exist_ok=True)
    LIST.write_text(drawn_list(), encoding="utf-8")
