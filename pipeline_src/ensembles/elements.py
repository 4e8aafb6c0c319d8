"""Symbols of the elements 1 to 118 (IUPAC)."""

from collections import Counter
from collections.abc import Collection, Iterable

from pipeline_src.run.errors import InputError

_TABLE = """
H He
Li Be B C N O F Ne
Na Mg Al Si P S Cl Ar
K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr
Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe
Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu
Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn
Fr Ra Ac Th Pa U Np Pu Am Cm Bk Cf Es Fm Md No Lr
Rf Db Sg Bh Hs Mt Ds Rg Cn Nh Fl Mc Lv Ts Og
"""
HEAVIEST = 96  # Cm: no covalent radii beyond (Cordero 2008), and the networks have 100 rows
_SYMBOLS = tuple(_TABLE.split())


def element_symbol(number: int) -> str:
    """Symbol of an atomic number; of one that is no element ``Z=<number>``."""
    return _SYMBOLS[number - 1] if 1 <= number <= len(_SYMBOLS) else f"Z={number}"


def element_numbers(symbols: Collection[str]) -> frozenset[int]:
    """Atomic numbers of symbols.

    Raises:
        InputError: one is no element's.
    """
    unknown = [symbol for symbol in symbols if symbol not in _SYMBOLS]
    if unknown:
        raise InputError("elements", ", ".join(unknown), "symbols of elements, as in H, C, Cl")
    return frozenset(_SYMBOLS.index(symbol) + 1 for symbol in symbols)


def name_elements(numbers: Collection[int]) -> str:
    """'element S' or 'elements S, Br', by atomic number."""
    symbols = ", ".join(element_symbol(number) for number in sorted(numbers))
    return f"element{'s' if len(numbers) > 1 else ''} {symbols}"


def formula(numbers: Iterable[int]) -> str:
    """Sum formula of atomic numbers: carbon, hydrogen, then by symbol (Hill): 'C2H6O'."""
    counts = Counter(element_symbol(int(number)) for number in numbers)
    first = [symbol for symbol in ("C", "H") if "C" in counts and symbol in counts]
    order = [*first, *sorted(set(counts) - set(first))]
    return "".join(f"{symbol}{counts[symbol] if counts[symbol] > 1 else ''}" for symbol in order)
