"""Helper processes of a scoring job that was killed end as well."""

import subprocess
import sys

import psutil

POOL = """
import time
from pipeline_src.score_geometry import _mapper
with _mapper(2, 4) as mapped:
    list(mapped(time.sleep, [0.2] * 4))
    print("idle", flush=True)
    time.sleep(60)
"""


def test_the_pool_ends_with_its_parent():
    with subprocess.Popen([sys.executable, "-c", POOL], stdout=subprocess.PIPE,
                          text=True) as parent:
        assert parent.stdout.readline() == "idle\n"
        helpers = psutil.Process(parent.pid).children()
        assert len(helpers) >= 2
        parent.kill()
        _, living = psutil.wait_procs(helpers, timeout=10)
    for process in living:
        process.kill()
    assert not living
