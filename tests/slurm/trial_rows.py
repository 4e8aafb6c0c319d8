"""What strikes in a trial on the cluster, what came of it, and the file that keeps it."""

import json
import random
from dataclasses import asdict, dataclass, field
from pathlib import Path

from faults import KINDS, Fault

EQUAL = "equal"


@dataclass(frozen=True)
class Trial:
    """What strikes, and the seed that chooses whom."""

    number: int
    seed: str
    faults: tuple[Fault, ...] = ()


@dataclass
class Row:
    """What came of a trial.

    Attributes:
        struck: kinds of the faults that did strike; one may come too late.
        codes: how Snakemake ended, each time it was started.
        states: number of SLURM jobs by their final state.
        result: ``EQUAL``, or what differs, is left behind or hangs.
    """

    number: int
    seed: str
    planned: list[str]
    struck: list[str]
    events: list[str]
    codes: list[int]
    states: dict[str, int]
    seconds: float
    result: str = EQUAL

    def text(self) -> str:
        """For people."""
        states = ", ".join(f"{number} {state}" for state, number in sorted(self.states.items()))
        return (f"{self.number:3}  {self.seconds:4.0f} s  {self.result}; "
                f"{'; '.join(self.events) or 'undisturbed'}; {states}; "
                f"Snakemake ended with {', '.join(map(str, self.codes)) or 'nothing'}")


@dataclass
class Folder:
    """Where the trials are kept."""

    path: Path
    rows: dict[int, Row] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self._file.exists():
            for line in self._file.read_text(encoding="utf-8").splitlines():
                row = Row(**json.loads(line))
                self.rows[row.number] = row

    @property
    def _file(self) -> Path:
        return self.path / "trials.jsonl"

    def add(self, row: Row) -> None:
        """Keep a row; a later one of the same trial takes the place of the earlier."""
        self.path.mkdir(parents=True, exist_ok=True)
        with open(self._file, "a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(row)) + "\n")
        self.rows[row.number] = row


def planned(number: int, seed: int) -> Trial:
    """A trial: all kinds of faults in turn, with up to two more at random."""
    if number == 0:
        return Trial(0, f"{seed}-0")
    order = random.Random(seed).sample(KINDS, len(KINDS))
    own = f"{seed}-{number}"
    chance = random.Random(own)
    kinds = [order[(number - 1) % len(order)], *chance.choices(KINDS, k=chance.randrange(3))]
    return Trial(number, own, tuple(
        Fault(kind, share=chance.uniform(0, 0.9), delay_s=chance.uniform(0, 5),
              hold_s=chance.uniform(5, 20)) for kind in kinds))


def summary(rows: list[Row]) -> str:
    """A table of all trials by the kinds that struck them."""
    lines = [f"{'fault':20}  {'struck':>6}  {'trials':>6}  {'equal':>5}"]
    for kind in KINDS:
        of_kind = [row for row in rows if kind in row.struck]
        lines.append(f"{kind:20}  {sum(row.struck.count(kind) for row in rows):6}  "
                     f"{len(of_kind):6}  {sum(row.result == EQUAL for row in of_kind):5}")
    disturbed = [row for row in rows if row.struck]
    lines.append(f"{sum(row.result == EQUAL for row in disturbed)} of {len(disturbed)} disturbed "
                 "trials ended with the bytes of the undisturbed run without SLURM, after "
                 f"{min((row.seconds for row in disturbed), default=0):.0f} to "
                 f"{max((row.seconds for row in disturbed), default=0):.0f} s")
    lines += [row.text() for row in rows if row.result != EQUAL]
    return "\n".join(lines)
