"""The table of parts and properties after the tests, from their reports.

A plugin and no part of ``contract/conftest.py``: where several processes share the tests, their
reports come together in one that has no conftest of a folder.
"""

import sys
from pathlib import Path

import pytest
from contract_table import ContractTable

TABLE = pytest.StashKey[ContractTable]()
_HERE = None  # the session's stash; reports do not say whose they are


def pytest_configure(config):
    global _HERE
    _HERE = config.stash
    config.stash[TABLE] = ContractTable()


def pytest_runtest_logreport(report):
    """Note a test of the contract; its conftest told which cell it fills."""
    noted = dict(report.user_properties)
    if "contract" in noted and (report.when == "call" or report.failed):
        _HERE[TABLE].add(*noted["contract"], not report.failed, noted.get("why", ""))


def pytest_terminal_summary(terminalreporter, config):
    table = config.stash[TABLE]
    if not table.cells:
        return
    sys.path[:0] = [str(Path(__file__).parent / room) for room in ("contract", "graphs")]
    from small_parts import EXCEPTIONS, combinations

    for (seam, part), tests in EXCEPTIONS.items():
        for name, why in tests.items():
            if (seam, part) in table.cells:
                table.add(seam, part, name.replace("_", " "), True, why)
    terminalreporter.section("contract of the parts")
    for line in table.lines(combinations()[1]):
        terminalreporter.write_line(line)
