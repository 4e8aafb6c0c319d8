"""RDKit molecules from the binaries that pickles hold; called in a worker process only."""

from rdkit import Chem

from pipeline_src.chem.base import Refused
from pipeline_src.chem.readers.unpickling import Mol


def decoded(mol: object) -> Chem.Mol:
    """The molecule that a pickle's stand-in holds, as it was saved.

    Atoms that xyz2mol made from a pattern of one element become atoms of that element.

    Raises:
        Refused: it is no molecule, RDKit cannot decode it, or it is a pattern.
    """
    if not isinstance(mol, Mol) or len(mol.args) != 1 or not isinstance(mol.args[0], bytes):
        raise Refused(f"a {type(mol).__name__}, not an RDKit Mol")
    try:
        made = Chem.Mol(mol.args[0])
    except (ValueError, RuntimeError, OverflowError) as error:
        raise Refused(f"RDKit cannot decode the Mol ({type(error).__name__}: "
                      f"{str(error).strip().partition(chr(10))[0]})") from None
    if any(bond.HasQuery() for bond in made.GetBonds()):
        raise Refused("a bond of a search pattern, not of a molecule")
    patterns = [atom.GetIdx() for atom in made.GetAtoms() if atom.HasQuery()]
    return _with_atoms(made, patterns) if patterns else made


def _with_atoms(mol: Chem.Mol, patterns: list[int]) -> Chem.Mol:
    """``mol`` with plain atoms in place of ``patterns`` of one element."""
    plain = Chem.RWMol(mol)
    for index in patterns:
        old = mol.GetAtomWithIdx(index)
        if old.DescribeQuery().split() != ["AtomAtomicNum", str(old.GetAtomicNum()), "=", "val"]:
            raise Refused(f"atom {index + 1} is one of a search pattern, not of a molecule")
        new = Chem.Atom(old.GetAtomicNum())
        new.SetFormalCharge(old.GetFormalCharge())
        new.SetNumExplicitHs(old.GetNumExplicitHs())
        new.SetNoImplicit(old.GetNoImplicit())
        new.SetNumRadicalElectrons(old.GetNumRadicalElectrons())
        new.SetIsotope(old.GetIsotope())
        new.SetIsAromatic(old.GetIsAromatic())
        new.SetChiralTag(old.GetChiralTag())
        plain.ReplaceAtom(index, new)
    return plain.GetMol()
