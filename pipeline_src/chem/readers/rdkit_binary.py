"""RDKit molecules from the binaries that pickles hold; ``decoded`` is for worker processes."""

from rdkit import Chem

from pipeline_src.chem.base import Refused
from pipeline_src.chem.readers.unpickling import Mol


def decoded(mol: object) -> Chem.Mol:
    """The molecule that a pickle's stand-in holds, as it was saved.

    Raises:
        Refused: it is no molecule, or RDKit cannot decode it.
    """
    if not isinstance(mol, Mol) or len(mol.args) != 1 or not isinstance(mol.args[0], bytes):
        raise Refused(f"a {type(mol).__name__}, not an RDKit Mol")
    try:
        return Chem.Mol(mol.args[0])
    except (ValueError, RuntimeError, OverflowError) as error:
        raise Refused(f"RDKit cannot decode the Mol ({type(error).__name__}: "
                      f"{str(error).strip().partition(chr(10))[0]})") from None


def without_patterns(mol: Chem.Mol) -> Chem.Mol:
    """``mol`` with plain atoms in place of search patterns of one element, as xyz2mol leaves them.

    Raises:
        Refused: another pattern.
    """
    if any(bond.HasQuery() for bond in mol.GetBonds()):
        raise Refused("a bond of a search pattern, not of a molecule")
    patterns = [a.GetIdx() for a in mol.GetAtoms() if a.HasQuery() and a.GetAtomicNum()]
    plain = Chem.RWMol(mol) if patterns else mol
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
    return plain.GetMol() if patterns else mol
