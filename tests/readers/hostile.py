"""Hostile pickles, made by hand: name -> bytes, and words of the reason they are refused with.

``{flag}`` in a pickle is a file that must not be there afterwards. A reader of another format adds
its own to ``PICKLES`` or has a table like it.
"""

import pickle
import struct
from pathlib import Path

GIGABYTES_10 = struct.pack("<Q", 10_000_000_000)
MOL = b"crdkit.Chem.rdchem\nMol\n"
DTYPE = b"cnumpy\ndtype\n"
RECONSTRUCT = b"cnumpy.core.multiarray\n_reconstruct\n"
SCALAR = b"cnumpy.core.multiarray\nscalar\n"
TOUCH = b"(S'touch {flag}'\ntR."


def _text(words: str) -> bytes:
    return b"\x8c" + bytes([len(words)]) + words.encode()


def _named(module: str, name: str, rest: bytes = TOUCH) -> bytes:
    """A global by protocol 4's opcode, which takes dotted names."""
    return b"\x80\x04" + _text(module) + _text(name) + b"\x93" + rest


def _entry(conformers: bytes) -> bytes:
    """A dict as GEOM's with these bytes as its conformers."""
    return b"\x80\x04}(" + _text("conformers") + conformers + b"u."


def _mol(argument: bytes) -> bytes:
    """An entry of one conformer whose Mol is made of ``argument``."""
    return _entry(b"](}" + _text("rd_mol") + MOL + argument + b"\x85Rse")


def _binary(content: bytes) -> bytes:
    return b"B" + struct.pack("<I", len(content)) + content


_MOL_HEAD = struct.pack("<IIIII", 0xDEADBEEF, 0, 16, 2, 0)

PICKLES: dict[str, tuple[bytes, str]] = {
    "os-system": (b"cos\nsystem\n" + TOUCH, "os.system"),
    "posix-system": (b"cposix\nsystem\n" + TOUCH, "posix.system"),
    "reduced-as-python-does": (b"\x80\x04" + _text("posix") + _text("system") + b"\x93"
                               + _text("touch {flag}") + b"\x85R.", "posix.system"),
    "eval": (b"c__builtin__\neval\n(S'open(\"{flag}\", \"w\")'\ntR.", "__builtin__.eval"),
    "exec": (b"cbuiltins\nexec\n(S'open(\"{flag}\", \"w\")'\ntR.", "builtins.exec"),
    "getattr": (b"cbuiltins\ngetattr\n" + TOUCH, "builtins.getattr"),
    "import": (b"cbuiltins\n__import__\n(S'antigravity'\ntR.", "builtins.__import__"),
    "subprocess": (b"csubprocess\nPopen\n((S'touch'\nS'{flag}'\nltR.", "subprocess.Popen"),
    "code-object": (b"ctypes\nCodeType\n(tR.", "types.CodeType"),
    "partial": (b"cfunctools\npartial\n" + TOUCH, "functools.partial"),
    "attrgetter": (b"coperator\nattrgetter\n(S'__class__'\ntR.", "operator.attrgetter"),
    "reconstructor": (b"ccopyreg\n_reconstructor\n" + TOUCH, "copyreg._reconstructor"),
    "ours": (b"cpipeline_src.chem.readers.unpickling\nload_pickle\n" + TOUCH,
             "pipeline_src.chem.readers.unpickling.load_pickle"),
    "numpy-loads": (b"cnumpy\nload\n" + TOUCH, "numpy.load"),
    "rdkit-other": (b"crdkit.Chem.rdmolfiles\nMolToMolFile\n" + TOUCH, "MolToMolFile"),
    "nested-global": (_named("rdkit.Chem.rdchem", "Mol.__init__.__globals__"),
                      "rdkit.Chem.rdchem.Mol.__init__.__globals__"),
    "nested-in-a-conformer": (_entry(b"](}" + _text("rd_mol") + b"cos\nsystem\n(S'touch {flag}'\n"
                                     b"tRse"), "os.system"),
    "inst-opcode": (b"(S'touch {flag}'\nios\nsystem\n.", "os.system"),
    "obj-opcode": (b"(cos\nsystem\nS'touch {flag}'\no.", "os.system"),
    "long-class-name": (b"c" + b"m" * 100_000 + b"\nx\n.", "mmmm"),
    "class-name-with-control-characters": (b"ca\x1b[2Jb\nsystem\n.", "x1b[2Jb.system"),
    "torch-storage-id": (b"\x80\x02(X\x07\x00\x00\x00storagecos\nsystem\nX\x01\x00\x00\x000tQ.",
                         "os.system"),
    "persistent-id": (b"\x80\x02K\x01Q.", "persistent id"),
    "persistent-id-of-text": (b"Pevil\n.", "persistent id"),
    "torch-tensor": (b"ctorch._utils\n_rebuild_tensor_v2\n(tR.", "torch._utils._rebuild_tensor_v2"),
    "torch-bytes": (b"ctorch.storage\n_load_from_bytes\n(C\x01xtR.",
                    "torch.storage._load_from_bytes"),
    "extension-code": (b"\x80\x02\x82\x01.", "extension"),
    "protocol-9": (b"\x80\x09N.", "unsupported pickle protocol"),
    "empty": (b"", "EOFError"),
    "text": (b"no pickle at all", "not a readable pickle"),
    "zip-archive": (b"PK\x03\x04" + b"\0" * 60, "not a readable pickle"),
    "gzip": (b"\x1f\x8b\x08\0\0\0\0\0", "not a readable pickle"),
    "no-stop": (b"\x80\x04N", "not a readable pickle"),
    "empty-stack": (b"0.", "not a readable pickle"),
    "out-of-band-buffer": (b"\x80\x05\x97.", "not a readable pickle"),
    "bytes-of-10-gb": (b"\x80\x04\x8e" + GIGABYTES_10 + b"x.", "memory"),
    "text-of-10-gb": (b"\x80\x04\x8d" + GIGABYTES_10 + b"x.", "memory"),
    "bytearray-of-10-gb": (b"\x80\x05\x96" + GIGABYTES_10 + b"x.", "memory"),
    "frame-of-10-gb": (b"\x80\x04\x95" + GIGABYTES_10 + b"x.", "memory"),
    "number-of-2-gb": (b"\x80\x02\x8b\xff\xff\xff\x7f.", "memory"),
    "memo-of-64-gb": (b"\x80\x02Nr\xff\xff\xff\x7f.", "memory"),
    "number-of-a-million-digits": (b"L" + b"9" * 1_000_000 + b"L\n.", "not a readable pickle"),
    "list-a-million-deep": (b"]" * 1_000_000 + b"a" * 999_999 + b".", "list"),
    # its hash overflows the stack: the worker dies of it, unless it is short of memory before
    "key-a-million-deep": (b"}" + b"N" + b"\x85" * 1_000_000 + b"Ns.", ""),
    "list-of-itself": (_entry(b"]\x94h\x00a"), "a list, not a dict"),
    "laughs": (b"]\x94" + b"".join(b"](" + b"h%c" % k * 10 + b"e\x94" for k in range(30)) + b".",
               "list"),
    "build-on-a-function": (SCALAR + b"}S'__defaults__'\n)sb.", "to be changed"),
    "build-on-a-class": (MOL + b"(N}S'args'\nNstb.", "not a readable pickle"),
    "new-of-a-function": (SCALAR + b")\x81.", "not a readable pickle"),
    "call-of-a-molecule": (MOL + b")R)R.", "not a readable pickle"),
    "append-to-a-molecule": (MOL + b")RNa.", "not a readable pickle"),
    "array-of-objects": (SCALAR + b"(" + DTYPE + b"(S'O8'\ntRC\x08AAAAAAAAtR.", "dtype"),
    "scalar-of-records": (SCALAR + b"(" + DTYPE + b"(S'i4,i4'\ntRC\x08AAAAAAAAtR.", "dtype"),
    "scalar-of-a-huge-type": (SCALAR + b"(" + DTYPE + b"(S'S2000000000'\ntRC\x01AtR.", "damaged"),
    "array-that-claims-10-gb": (RECONSTRUCT + b")R(K\x01(\x8a\x05\x00\xe4\x0bT\x02t" + DTYPE
                                + b"(S'i1'\ntR\x89C\x01xtb.", "a Array"),
    "molecule-of-text": (_mol(b"S'CCO'\n"), "not an RDKit Mol"),
    "molecule-of-a-molecule": (_mol(MOL + b")R"), "not an RDKit Mol"),
    "molecule-of-nothing": (_mol(_binary(b"")), "cannot decode"),
    "molecule-of-junk": (_mol(_binary(b"\xff" * 1000)), "cannot decode"),
    "molecule-of-a-billion-atoms": (_mol(_binary(
        _MOL_HEAD + struct.pack("<II", 2**30, 2**30) + b"\x80" * 100)), "cannot decode"),
    "conformers-are-no-list": (_entry(_text("x")), "str"),
    "conformer-is-no-dict": (_entry(b"](K\x01e"), "not a dict"),
    "entry-is-a-number": (pickle.dumps(3), "int"),
    "entry-without-conformers": (b"\x80\x04}.", "missing key"),
}


def write(folder: Path, flag: Path) -> dict[str, Path]:
    """Name -> the file of each; running one of them would make ``flag``."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {}
    for name, (content, _) in PICKLES.items():
        files[name] = folder / f"{name}.pickle"
        files[name].write_bytes(content.replace(b"{flag}", str(flag).encode()))
    return files
