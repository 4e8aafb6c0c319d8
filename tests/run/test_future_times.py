"""Files newer than this machine's clock: waited for, or refused with what to do."""

import os
import time

import pytest

from pipeline_src.run.errors import InputError
from pipeline_src.run.future_times import await_times


def ahead(path, seconds):
    path.touch()
    os.utime(path, (time.time() + seconds,) * 2)
    return path


def test_what_is_of_the_past_or_missing_is_not_waited_for(tmp_path, capsys):
    started = time.monotonic()
    await_times([ahead(tmp_path / "old", -5), tmp_path / "missing"])
    await_times([])
    assert time.monotonic() - started < 0.5 and not capsys.readouterr().err


def test_a_small_difference_of_clocks_is_waited_for(tmp_path, capsys):
    paths = [ahead(tmp_path / "a", 0.3), ahead(tmp_path / "b", 0.6)]
    await_times(paths)
    assert time.time() >= max(path.stat().st_mtime for path in paths)
    assert "b is newer than this machine's clock" in capsys.readouterr().err


def test_the_time_of_a_folder_is_that_which_snakemake_keeps_in_it(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    ahead(folder, 500)
    (folder / ".snakemake_timestamp").touch()
    os.utime(folder, (time.time() + 500,) * 2)
    started = time.monotonic()
    await_times([folder])
    assert time.monotonic() - started < 0.5


def test_a_large_one_is_refused_with_what_to_do(tmp_path):
    with pytest.raises(InputError, match=r"new: got 'a file of \d+ s in the future', .*"
                                         r"Correct the clock, or .* touch '.*new'"):
        await_times([ahead(tmp_path / "old", -5), ahead(tmp_path / "new", 500)])
