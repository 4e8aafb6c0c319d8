"""The items of one long pickled list, one at a time: the list itself is never in memory.

A pickle refers back to what it already held by number, its memo; of a list of 200,000 items that
is all of it. Here the memo is dropped item by item except for names; where an item shares anything
else with an earlier one, that one is read again.
"""

import pickle
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from pipeline_src.chem.base import Refused
from pipeline_src.chem.readers.unpickling import DAMAGE, Allowed, Constructor, allowed_class

_BUFFER_BYTES = 1 << 17
_NO_OWNER = "an item refers to what no item holds"
_NAMES = (str, type, Constructor)  # kept of the memo: texts and the classes a file names


@contextmanager
def _damage_refused() -> Iterator[None]:
    try:
        yield
    except MemoryError:
        raise Refused("the pickle asks for more memory than a worker may have") from None
    except DAMAGE as error:
        raise Refused("not a readable pickle: it is truncated or damaged "
                      f"({type(error).__name__}: {error})") from None


class _Memo(dict):
    """Number -> what a pickle held, of one item or batch; what is older comes from ``older``."""

    def __init__(self, older: "PickledList", next_number: int) -> None:
        super().__init__()
        self._older, self._first = older, next_number

    def __missing__(self, number: int) -> object:
        return self._older.remembered(number)

    def next_number(self) -> int:
        """What is remembered next has this number; picklers count upwards."""
        return next(reversed(self), self._first - 1) + 1


class _Steps(pickle._Unpickler):
    """Python's own unpickler, opcode by opcode, halting where items join the outermost list.

    Attributes:
        batch: the items of a batch that has just ended, or None.
        starts: place and memo number of each item's beginning, and of the batch's end.
    """

    dispatch = dict(pickle._Unpickler.dispatch)

    def __init__(self, file: BinaryIO, allowed: Allowed, memo: _Memo) -> None:
        super().__init__(file)
        self._file, self._allowed = file, allowed
        self.memo = memo
        self.read, self.readline, self.readinto = file.read, file.readline, file.readinto
        self.stack: list = []
        self.metastack: list = []
        self.append = self.stack.append
        self.outer: list | None = None
        self.starts: list[tuple[int, int]] = []
        # for no mark and one: height of the stack -> where it was last left upwards; what is still
        # there when a batch ends began there
        self._heights: tuple[dict, dict] = {}, {}
        self.batch: list | None = None

    def find_class(self, module: str, name: str) -> object:
        return allowed_class(self._allowed, module, name)

    def next_batch(self) -> list | None:
        """The items of the next batch, or None at the end; ``starts`` tells where they stood."""
        dispatch, heights, read, tell = self.dispatch, self._heights, self.read, self._file.tell
        self.batch = None
        try:
            while self.batch is None:
                if (marks := len(self.metastack)) < 2:
                    heights[marks][len(self.stack)] = tell(), self.memo.next_number()
                dispatch[read(1)[0]](self)
        except pickle._Stop as stop:
            if stop.value is not self.outer or self.stack or self.metastack:
                raise Refused("the pickle does not hold a list") from None
        return self.batch

    def run_to_end(self) -> object:
        """The one object that all opcodes of the file make."""
        dispatch, read = self.dispatch, self.read
        while code := read(1):
            dispatch[code[0]](self)
        (item,) = self.stack
        return item

    def _skip_frame(self) -> None:
        self.read(8)

    dispatch[pickle.FRAME[0]] = _skip_frame

    def _memoize(self) -> None:
        self.memo[self.memo.next_number()] = self.stack[-1]

    dispatch[pickle.MEMOIZE[0]] = _memoize

    def _open_list(self) -> None:
        self.load_empty_list()
        if self.outer is None and not self.metastack and len(self.stack) == 1:
            self.outer = self.stack[0]

    dispatch[pickle.EMPTY_LIST[0]] = _open_list

    def _append(self) -> None:
        if self.stack[-2] is not self.outer:
            self.load_append()
        else:
            self.batch = [self.stack.pop()]
            self.starts = [self._heights[0][1], self._heights[0][2]]

    dispatch[pickle.APPEND[0]] = _append

    def _appends(self) -> None:
        items = self.pop_mark()
        if self.stack[-1] is not self.outer:
            self.stack[-1].extend(items)
        else:
            self.batch = items
            self.starts = [self._heights[1][height] for height in range(len(items) + 1)]

    dispatch[pickle.APPENDS[0]] = _appends


class PickledList:
    """The items of a file's list.

    Args:
        path: the file.
        allowed: the only classes and functions it may name.

    Raises:
        Refused: the file cannot be opened.
    """

    def __init__(self, path: Path, allowed: Allowed) -> None:
        try:
            self._file = open(path, "rb", buffering=_BUFFER_BYTES)  # noqa: SIM115
        except OSError as error:
            raise Refused(f"{path.name}: {type(error).__name__}: {error.strerror}") from None
        self._allowed = allowed
        self._starts, self._ends, self._numbers = array("q"), array("q"), array("q")
        self._names: dict[int, object] = {}
        self._again: tuple[int, _Memo] | None = None

    def __len__(self) -> int:
        """The items that ``scan`` has come by."""
        return len(self._starts)

    def scan(self) -> Iterator[object]:
        """Yield the items in order and learn where each stands.

        Raises:
            Refused: a class that is not allowed, not a list, or the file is damaged.
        """
        self._file.seek(0)
        steps = _Steps(self._file, self._allowed, _Memo(self, 0))
        while True:
            with _damage_refused():
                items = steps.next_batch()
            if items is None:
                return
            self._learn(steps)
            yield from items

    def _learn(self, steps: _Steps) -> None:
        places, numbers = zip(*steps.starts, strict=True)
        self._starts.extend(places[:-1])
        self._ends.extend(places[1:])
        self._numbers.extend(numbers[:-1])
        self._names.update((number, value) for number, value in steps.memo.items()
                           if isinstance(value, _NAMES))
        steps.memo = _Memo(self, steps.memo.next_number())

    def item(self, index: int) -> object:
        """Item ``index``, which ``scan`` has come by, read once more; raises as ``scan``."""
        with _damage_refused():
            return self._read(index)[0]

    def _read(self, index: int) -> tuple[object, _Memo]:
        memo = _Memo(self, self._numbers[index])
        self._file.seek(self._starts[index])
        opcodes = BytesIO(self._file.read(self._ends[index] - self._starts[index]))
        return _Steps(opcodes, self._allowed, memo).run_to_end(), memo

    def remembered(self, number: int) -> object:
        """What the memo had under ``number``; items that held more than names are read again."""
        if number in self._names:
            return self._names[number]
        owner = bisect_right(self._numbers, number) - 1
        if owner < 0:
            raise Refused(_NO_OWNER)
        if self._again is None or self._again[0] != owner:
            place = self._file.tell()  # a scan may be under way
            self._again = owner, self._read(owner)[1]
            self._file.seek(place)
        memo = self._again[1]
        if number not in memo:
            raise Refused(_NO_OWNER)
        return memo[number]
