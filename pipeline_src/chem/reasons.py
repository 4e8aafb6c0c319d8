"""Kinds of reasons why molecules and conformers are left out, to count them by."""

from collections import Counter
from collections.abc import Iterable, Mapping

# words of a reason -> its kind; the first that fits
_KINDS = (
    ("same name", "name came before"),
    ("nothing of it was run", "foreign class in a pickle"),
    ("persistent id", "foreign class in a pickle"),
    ("a function that is to be changed", "foreign class in a pickle"),
    ("missing key", "missing key"),
    ("missing file", "missing file"),
    ("out of the folder", "path out of the folder"),
    ("reacted", "reacted"),
    ("other stereo than", "other stereo"),
    ("separate parts", "separate parts"),
    ("a radical", "radical"),
    ("impossible chemistry", "impossible chemistry"),
    ("only elements up to", "element out of range"),
    ("dummy atom", "pattern, not a molecule"),
    ("search pattern", "pattern, not a molecule"),
    ("hydrogens", "missing hydrogens"),
    ("the molecule's first record", "other atoms or bonds"),
    ("atoms, the molecule's", "other atoms or bonds"),
    ("not finite numbers", "unusable coordinates"),
    ("sets of coordinates", "unusable coordinates"),
    ("2D drawing", "unusable coordinates"),
    ("apart, closer than", "unusable coordinates"),
    ("the coordinates of", "unusable coordinates"),
    ("not a finite number", "unusable number"),
    ("process that decoded it", "decoder died"),
    ("processor time", "decoder died"),
    ("no answer within", "decoder died"),
    ("needs more memory", "decoder died"),
    ("more memory than a worker", "decoder died"),
    ("of its 0 conformers", "no conformers"),
    ("the pickle", "damaged file"),
    ("readable pickle", "damaged file"),
    ("decode", "damaged file"),
    ("RDKit cannot read", "damaged file"),
    ("not a valid SMILES", "not a SMILES"),
    ("no atoms", "no atoms"),
    ("no property", "no name"),
    ("not a list", "another layout"),
    ("not the dict", "another layout"),
    ("not a dict", "another layout"),
    ("its conformers are a", "another layout"),
    ("not an RDKit Mol", "another layout"),
    ("a Data of PyTorch Geometric", "another layout"),
    ("no tensor '", "another layout"),
    ("is a tensor of", "another layout"),
    ("compressed entries", "another layout"),
    ("without torch's data.pkl", "another layout"),
    ("big-endian", "another layout"),
    ("torch", "damaged file"),
    ("edge_index", "arrays that disagree"),
    ("rdmol", "arrays that disagree"),
    ("not those of the SMILES", "arrays that disagree"),
    ("numbers its atoms", "arrays that disagree"),
    ("atoms, the SMILES has", "other atoms or bonds"),
    ("the table says charge", "other charge"),
    ("not read further", "damaged file"),
    ("a conformer with a SMILES", "no name"),
    ("has no SMILES of it", "no name"),
    ("no readable SMILES", "not a SMILES"),
    ("no .xyz file", "missing file"),
    ("Error: ", "missing file"),
)
OTHER = "other"


def reason_kind(reason: str) -> str:
    """The kind of a reason in ``rejected.csv``; ``OTHER`` where it is of none."""
    return next((kind for words, kind in _KINDS if words in reason), OTHER)


def count_kinds(rows: Iterable[Mapping]) -> dict[str, tuple[int, int]]:
    """Kind -> molecules and single conformers left out for it, most first.

    Args:
        rows: of ``rejected.csv``; an empty conformer is a whole molecule.
    """
    molecules, conformers = Counter(), Counter()
    for row in rows:
        whole = row["conformer"] in ("", None)
        (molecules if whole else conformers)[reason_kind(row["reason"])] += 1
    kinds = sorted({*molecules, *conformers},
                   key=lambda kind: (-molecules[kind], -conformers[kind], kind))
    return {kind: (molecules[kind], conformers[kind]) for kind in kinds}
