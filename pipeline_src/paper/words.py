"""Words of the companion: items, levels, lists and ranges."""

import re
from collections.abc import Iterable, Sequence

_LEVELS = {"all": "all atoms", "heavy": "heavy atoms", "scaffold": "ring scaffold"}


def item_name(item: str) -> str:
    """Table 2 for ``table2``; other names with a capital."""
    word, number = item.rstrip("0123456789"), item[len(item.rstrip("0123456789")):]
    return f"{word.capitalize()} {number}".strip()


def place_name(place: str) -> str:
    """The same, also of a section of the paper (5.2), an appendix (G.3) or its text (settings)."""
    if re.fullmatch(r"\d+(\.\d+)*", place):
        return f"Section {place}"
    if re.fullmatch(r"[A-Z](\.\d+)*", place):
        return f"Appendix {place}"
    return "The text" if place == "settings" else item_name(place)


def level_name(level: str) -> str:
    """What a stage of the level places."""
    return _LEVELS.get(level, level)


def listed(parts: Sequence[str]) -> str:
    """'a, b and c'."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def spread(values: Iterable[float], digits: int = 0) -> str:
    """'5' or '5 to 7', with thousands apart and so many decimals."""
    found = list(values)
    low, high = f"{min(found):,.{digits}f}", f"{max(found):,.{digits}f}"
    return low if low == high else f"{low} to {high}"


def items_listed(items: Iterable[str]) -> str:
    """'Tables 1, 2 and 5, Figure 4'."""
    numbers: dict[str, list[str]] = {}
    for name in map(item_name, items):
        word, _, number = name.partition(" ")
        numbers.setdefault(word, []).append(number)
    return ", ".join(f"{word}{'s' * (len(found) > 1)} {listed(found)}".strip()
                     for word, found in numbers.items())


def quoted(name: str) -> str:
    """A name for a list: in quotation marks where it has a comma itself."""
    return f"“{name}”" if "," in name else name


def by_words(words: dict[str, str]) -> str:
    """'2.5 for A and B, 3 for the others': what is said of each name, said once.

    Args:
        words: name -> what is said of it.
    """
    groups: dict[str, list[str]] = {}
    for name, said in words.items():
        groups.setdefault(said, []).append(name)
    if len(groups) < 2:
        return next(iter(groups), "")
    most = max(groups, key=lambda said: len(groups[said]))
    rest = [f"{said} for {listed([quoted(name) for name in names])}"
            for said, names in groups.items() if said != most]
    last = "the others" if len(groups[most]) > 1 else quoted(groups[most][0])
    return f"{'; '.join(rest)}; {most} for {last}"
