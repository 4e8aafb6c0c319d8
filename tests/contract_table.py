"""The table of parts and properties at the end of a run."""

from collections import defaultdict

PASSED, FAILED, NOT_APPLICABLE = "+", "F", "."
WIDEST = 60  # of a part's name


class ContractTable:
    """Which part keeps which property, from the reports of tests.

    Attributes:
        cells: (seam, part) -> property -> PASSED, FAILED or NOT_APPLICABLE.
        reasons: (seam, part, property) -> why it does not apply.
    """

    def __init__(self):
        self.cells: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
        self.reasons: dict[tuple[str, str, str], str] = {}

    def add(self, seam: str, part: str, what: str, passed: bool, why: str = "") -> None:
        """Note one test; of several of one cell the worst counts, then that which applies."""
        now = FAILED if not passed else NOT_APPLICABLE if why else PASSED
        before = self.cells[seam, part].get(what, NOT_APPLICABLE)
        order = (NOT_APPLICABLE, PASSED, FAILED)
        self.cells[seam, part][what] = max(before, now, key=order.index)
        if now == NOT_APPLICABLE:
            self.reasons[seam, part, what] = why

    def lines(self, refused: dict[str, str]) -> list[str]:
        """The table, a block a seam: numbered properties, a row a part, what does not apply."""
        text = [f"{PASSED} kept, {FAILED} failed, {NOT_APPLICABLE} not applicable"]
        for seam in dict.fromkeys(seam for seam, _ in self.cells):
            rows = {part: cells for (s, part), cells in self.cells.items() if s == seam}
            columns = list(dict.fromkeys(what for cells in rows.values() for what in cells))
            width = min(WIDEST, max(map(len, rows)))
            text += ["", f"{seam:<{width}} " + " ".join(
                f"{number:>2}" for number in range(1, len(columns) + 1))]
            text += [f"{part:<{width}} " + " ".join(f"{cells.get(what, ' '):>2}"
                                                    for what in columns)
                     for part, cells in rows.items()]
            text += [f"  {number:>2} {what}" for number, what in enumerate(columns, start=1)]
            text += [f"  not applicable: {part}, {what}: {why}"
                     for (s, part, what), why in self.reasons.items()
                     if s == seam and self.cells[s, part][what] == NOT_APPLICABLE]
        text += ["", *(f"never together: {what}: {why}" for what, why in refused.items())]
        return text
