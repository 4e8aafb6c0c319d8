"""The made-up run as a ready report, built once."""

import pytest
from made_up_run import build_report


@pytest.fixture(scope="session")
def report(tmp_path_factory) -> str:
    """HTML of a run with four chains, two datasets, failures and properties."""
    return build_report(tmp_path_factory.mktemp("run"))
