"""Element symbols, against RDKit's table."""

from rdkit import Chem

from pipeline_src.ensembles.elements import element_symbol, name_elements


def test_symbols_are_rdkit_s():
    table = Chem.GetPeriodicTable()
    assert all(element_symbol(z) == table.GetElementSymbol(z) for z in range(1, 119))


def test_what_is_no_element_has_its_number():
    assert [element_symbol(z) for z in (-1, 0, 119)] == ["Z=-1", "Z=0", "Z=119"]


def test_names():
    assert name_elements({16}) == "element S"
    assert name_elements({35, 16}) == "elements S, Br"
