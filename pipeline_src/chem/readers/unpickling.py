"""Foreign pickles through an allow-list: builtins and stand-ins come out, nothing foreign is run.

Each reader names the few classes its files hold in a table of its own, made of the tables below
(``NUMPY | RDKIT``) and of ``stand_in``s. What a table lacks is refused with its name. What the
tables give is inert: it keeps what the file says of an object until our own code asks for it.

Python's own (C) unpickler runs the opcodes. A hostile file can still make it claim memory or loop,
so foreign files are opened in a worker with limits (``decoding``).
"""

import pickle
import stat
import struct
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from pipeline_src.chem.base import Refused

Allowed = Mapping[tuple[str, str], Callable]  # (module, name) -> a Constructor or a StandIn type
# What Python's unpicklers raise of damaged bytes.
DAMAGE = (pickle.UnpicklingError, EOFError, AttributeError, TypeError, ValueError, LookupError,
          ArithmeticError, ImportError, RecursionError, struct.error)
_KINDS = "biufSU"  # kinds of NumPy numbers and strings; 'O' (objects) and 'V' (records) never


class StandIn:
    """An instance of a foreign class as its file describes it; subclasses name the class.

    Attributes:
        args: what it was to be made from.
        state: what it was to be filled with, or None.
    """

    __slots__ = ("args", "state")

    def __new__(cls, *args: object) -> "StandIn":
        self = super().__new__(cls)
        self.args, self.state = args, None
        return self

    def __setstate__(self, state: object) -> None:
        self.state = state


def stand_in(name: str) -> type[StandIn]:
    """A stand-in for the foreign class ``name``, to be put in an ``Allowed`` table."""
    return type(name, (StandIn,), {"__slots__": ()})


class Constructor:
    """A foreign function, replaced by ``build``: our own code that makes something inert."""

    __slots__ = ("_build",)

    def __init__(self, build: Callable) -> None:
        self._build = build

    def __call__(self, *args: object) -> object:
        return self._build(*args)

    def __setstate__(self, state: object) -> None:
        raise Refused("a function that is to be changed")


def load_pickle(path: Path, allowed: Allowed,
                persistent: Callable[[object], object] | None = None) -> object:
    """What a pickle file holds: builtins, and what ``allowed`` gives.

    Args:
        path: the file.
        allowed: the only classes and functions it may name.
        persistent: what a persistent id (as torch's storages have) stands for; raises ``Refused``
            for ids it does not know. None: all ids are refused.

    Raises:
        Refused: another class, or the file is unreadable; names the file and the class.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a named pipe would be waited for
            raise Refused("it is not a file")
        with open(path, "rb") as file:
            return load_stream(file, allowed, persistent)
    except OSError as error:
        raise Refused(f"{path.name}: {type(error).__name__}: {error.strerror}") from None
    except Refused as error:
        raise Refused(f"{path.name}: {error}") from None


def load_stream(stream: object, allowed: Allowed,
                persistent: Callable[[object], object] | None = None) -> object:
    """As ``load_pickle``, from a binary stream; its messages name no file."""
    try:
        return _Unpickler(stream, allowed, persistent).load()
    except MemoryError:
        raise Refused("the pickle asks for more memory than a worker may have") from None
    except DAMAGE as error:
        raise Refused("not a readable pickle: it is truncated or damaged "
                      f"({type(error).__name__}: {error})") from None


def allowed_class(allowed: Allowed, module: str, name: str) -> Callable:
    """What stands for a class in place of the foreign one; raises ``Refused`` without such."""
    try:
        return allowed[module, name]
    except KeyError:
        raise Refused(f"the pickle holds {module}.{name}, which is none of the classes this format "
                      "consists of; nothing of it was run") from None


class _Unpickler(pickle.Unpickler):
    def __init__(self, stream: object, allowed: Allowed, persistent: Callable | None) -> None:
        super().__init__(stream)
        self._allowed, self._persistent = allowed, persistent

    def find_class(self, module: str, name: str) -> Callable:
        return allowed_class(self._allowed, module, name)

    def persistent_load(self, pid: object) -> object:
        if self._persistent is None:
            raise Refused("the pickle holds a persistent id, which this format has none of")
        return self._persistent(pid)


class Dtype:
    """Stand-in of a NumPy dtype: plain numbers and strings only."""

    __slots__ = ("_code", "_order")

    def __init__(self, code: str, align: object = None, copy: object = None) -> None:
        self._code, self._order = code, "="

    def __setstate__(self, state: tuple) -> None:
        if not isinstance(state, tuple) or any(part is not None for part in state[2:5]):
            raise Refused("the pickle holds an array of records")
        self._order = state[1]

    def dtype(self) -> np.dtype:
        """The dtype; raises ``Refused`` if it is not one of plain numbers or strings."""
        try:
            dtype = np.dtype(self._code).newbyteorder(self._order)
        except (TypeError, ValueError):
            raise Refused(f"the pickle holds an array of dtype {self._code!r:.40}") from None
        if not isinstance(self._code, str) or dtype.kind not in _KINDS:
            raise Refused(f"the pickle holds an array of dtype {dtype!s:.40}, not of numbers")
        return dtype


class Array:
    """Stand-in of a NumPy array."""

    __slots__ = ("_parts",)

    def __init__(self, *args: object) -> None:
        self._parts = None

    def __setstate__(self, state: tuple) -> None:
        _, self_shape, dtype, fortran, data = state
        self._parts = (data, dtype, self_shape, "F" if fortran else "C")

    def array(self) -> np.ndarray:
        """The array, read-only.

        Raises:
            Refused: it is not one of plain numbers, or its bytes do not fit its shape.
        """
        if self._parts is None:
            raise Refused("the pickle holds an array without content")
        data, dtype, shape, order = self._parts
        if not isinstance(dtype, Dtype) or not isinstance(data, bytes | bytearray):
            raise Refused("the pickle holds an array of objects")
        try:
            return np.frombuffer(data, dtype.dtype()).reshape(shape, order=order)
        except (TypeError, ValueError) as error:
            raise Refused(f"the pickle holds an array that is damaged ({error})") from None


def _from_buffer(data: object, dtype: object, shape: object, order: object) -> Array:
    array = Array()
    array.__setstate__((1, shape, dtype, order == "F", data))
    return array


def _scalar(dtype: object, data: object) -> object:
    array = Array()
    array.__setstate__((1, (), dtype, False, data))
    return array.array().item()


def _encoded(text: str, encoding: str) -> bytes:
    """Bytes as protocols below 3 hold them."""
    if not isinstance(text, str) or encoding not in ("latin1", "latin-1"):
        raise Refused("the pickle encodes text as no writer of bytes does")
    return text.encode("latin-1")


def _no_bytes(*args: object) -> bytes:
    if args:
        raise Refused("the pickle makes bytes as no writer does")
    return b""


Mol = stand_in("Mol")  # its only argument: RDKit's binary
Ndarray = stand_in("ndarray")  # the class itself, named as an argument
PLAIN: Allowed = {("_codecs", "encode"): Constructor(_encoded),
                  ("builtins", "bytes"): Constructor(_no_bytes),
                  ("__builtin__", "bytes"): Constructor(_no_bytes)}
NUMPY: Allowed = PLAIN | {("numpy", "dtype"): Dtype, ("numpy", "ndarray"): Ndarray} | {
    (f"numpy.{core}.{module}", name): build for core in ("core", "_core")
    for module, name, build in (("multiarray", "scalar", Constructor(_scalar)),
                                ("multiarray", "_reconstruct", Array),
                                ("numeric", "_frombuffer", Constructor(_from_buffer)))}
RDKIT: Allowed = PLAIN | {("rdkit.Chem.rdchem", "Mol"): Mol}
