"""The digest of folders of many files."""

import os

from pipeline_src.run.folders import folder_digest


def digest(*paths) -> str:
    folder_digest.cache_clear()
    return folder_digest(tuple(map(str, paths)))


def test_files_that_come_and_go_change_it_at_any_depth(tmp_path):
    below = tmp_path / "a/b"
    below.mkdir(parents=True)
    (below / "x").write_text("1")
    os.utime(below, (1, 1))
    before = digest(tmp_path)
    assert digest(tmp_path) == before != "" and digest() == ""
    (below / "y").write_text("2")
    os.utime(tmp_path / "a", (1, 1))
    assert digest(tmp_path) != before
    (below / "y").unlink()
    os.utime(below, (1, 1))
    os.utime(tmp_path / "a", (1, 1))
    after = digest(tmp_path)
    assert after == digest(tmp_path)
    (below / "x").write_text("rewritten in its place")
    assert digest(tmp_path) == after
