"""How the tests are shared among processes (``pytest -n 2 --dist loadgroup``)."""

import pytest

pytest_plugins = ["contract_report"]
LONGEST = ("workflow", "bad_input", "quantum", "contract", "stages")  # rooms, begun first


@pytest.hookimpl(tryfirst=True)  # before xdist reads the marks
def pytest_collection_modifyitems(config, items):
    """A file's tests stay together, and all that look at the one smoke run; the longest first."""
    for item in items if config.pluginmanager.hasplugin("xdist") else ():
        group = "smoke" if "smoke" in item.fixturenames else str(item.path)
        item.add_marker(pytest.mark.xdist_group(group))
    rooms = {item.path.parent.name for item in items}
    order = {room: LONGEST.index(room) if room in LONGEST else len(LONGEST) for room in rooms}
    items.sort(key=lambda item: order[item.path.parent.name])
