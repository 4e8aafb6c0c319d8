"""Digest of the package files a step imports: edited science reruns exactly what it touches."""

import ast
import hashlib
from functools import cache
from pathlib import Path

PACKAGE = "pipeline_src"
_ROOT = Path(__file__).resolve().parents[1]
# Configuration and plumbing: what they do to a result shows in a job's settings already.
_PLUMBING = tuple(f"{PACKAGE}.run.{name}" for name in (
    "settings", "parts", "registry", "plan", "digest", "step", "claim", "errors", "future_times",
    "interrupt", "allocation", "fingerprint", "spent"))


@cache
def code_digest(step: str, parts: tuple[str, ...] = ()) -> str:
    """First 12 hex digits over every package file that ``step`` and ``parts`` import.

    Files are read once a process: thousands of jobs ask for the same few digests.

    Args:
        step: module name of the step, without the package.
        parts: dotted modules of the interchangeable parts its settings name (``run.parts``).
    """
    files: set[Path] = set()
    for module in (f"{PACKAGE}.{step}", *parts):
        files |= imported_files(module)
    total = hashlib.sha256()
    for file in sorted(files):
        total.update(str(file.relative_to(_ROOT)).encode())
        total.update(_content(file))
    return total.hexdigest()[:12]


@cache
def imported_files(module: str) -> frozenset[Path]:
    """Files of ``module`` and of all package modules it imports, plumbing left out.

    A module whose text names a file in the ``assets/`` or ``templates/`` beside it covers that
    whole folder: templates include each other.
    """
    found: dict[str, frozenset[Path]] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name in found or name.startswith(_PLUMBING):
            continue
        found[name], imports = _read(name)
        waiting += imports
    return frozenset().union(*found.values())


def forget() -> None:
    """Read the files again when they are next asked for."""
    for cached in (code_digest, imported_files, _read, _content):
        cached.cache_clear()


@cache
def _content(file: Path) -> bytes:
    return hashlib.sha256(file.read_bytes()).digest()


@cache
def _read(module: str) -> tuple[frozenset[Path], tuple[str, ...]]:
    """The module's own files, and the names of the package that it imports."""
    file = _file_of(module)
    if file is None:
        return frozenset(), ()
    text = file.read_text(encoding="utf-8")
    files = {file}
    for folder in (file.parent / "assets", file.parent / "templates"):
        beside = {asset for asset in folder.rglob("*") if asset.is_file()}
        if any(asset.name in text for asset in beside):
            files |= beside
    return frozenset(files), tuple(_imports(text))


def _imports(text: str) -> list[str]:
    names = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return [name for name in names if name.split(".")[0] == PACKAGE]


def _file_of(module: str) -> Path | None:
    """The file of a package module, or None for an attribute of one."""
    base = _ROOT.joinpath(*module.split(".")[1:])
    if (base / "__init__.py").is_file():
        return base / "__init__.py"
    file = base.with_suffix(".py")
    return file if file.is_file() else None
