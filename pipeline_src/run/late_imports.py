"""Modules that are imported when they are first used: a large library brings more than we need."""

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader


class _Late:
    """Finds the named modules; their code runs when something of them is first asked for."""

    def __init__(self, names: set[str]):
        self.names = names

    def find_spec(self, name: str, path: Sequence[str] | None = None,
                  target: object = None) -> ModuleSpec | None:
        if name not in self.names:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = LazyLoader(spec.loader)
        return spec


def import_late(*names: str) -> None:
    """From now on ``import`` of these modules costs nothing until they are used.

    Who uses them sees no difference. Modules that are imported already stay as they are.
    """
    sys.meta_path.insert(0, _Late(set(names)))
