"""The contract of every part of the table: one world, one seed; ``contract_report`` shows it.

A test of a property has a parameter ``part``; its module says of which seam in ``SEAM``.
"""

import sys
from pathlib import Path

import pytest
import torch

sys.path.insert(0, str(Path(__file__).parents[1] / "graphs"))

from small_parts import EXCEPTIONS  # noqa: E402
from small_world import World  # noqa: E402


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    return World(tmp_path_factory.mktemp("contract"))


@pytest.fixture
def not_applicable(request):
    """Says why the property does not apply to the part; the test then returns."""
    return lambda why: request.node.user_properties.append(("why", why))


def cell(item) -> tuple[str, str, str] | None:
    """Seam, part and property of a test."""
    part = getattr(item, "callspec", None) and item.callspec.params.get("part")
    seam = getattr(item, "module", None) and getattr(item.module, "SEAM", None)
    if part is None or seam is None:
        return None
    place = getattr(part, "place", None)  # of a combination: its column
    what = place or item.originalname.removeprefix("test_").replace("_", " ")
    return seam, getattr(part, "parts", part), what


def pytest_collection_modifyitems(config, items):
    """Take out what a part need not keep; note where the others belong."""
    left_out = []
    for item in items:
        if not (found := cell(item)):
            continue
        seam, part, what = found
        item.user_properties.append(("contract", found))
        if EXCEPTIONS.get((seam, part), {}).get(what.replace(" ", "_")):
            left_out.append(item)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
