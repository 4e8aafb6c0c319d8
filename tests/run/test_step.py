"""The step command: typed arguments, exit codes, sidecar; and atomic files."""

import json
from pathlib import Path

import pytest

from pipeline_src.run.errors import InputError
from pipeline_src.run.files import replacing, write_rows
from pipeline_src.run.settings.sampling import SampleCount
from pipeline_src.run.step import OutPath, run_step


def copy_text(settings: SampleCount, sources: list[Path], times: int, out: OutPath) -> None:
    """Toy step."""
    if times < 0:
        raise InputError("--times", times, "zero or more")
    with replacing(out) as temporary:
        temporary.write_text("".join(p.read_text() for p in sources) * times
                             + str(settings.count))


def run(out, *extra, settings='{"count": 7}'):
    run_step(copy_text, ["--settings", settings, "--out", str(out), *extra])


def test_arguments_are_typed_and_the_sidecar_is_written(tmp_path):
    (tmp_path / "a").write_text("x")
    out = tmp_path / "new" / "out.txt"
    run(out, "--sources", str(tmp_path / "a"), str(tmp_path / "a"), "--times", "2")
    assert out.read_text() == "xxxx7"
    side = json.loads((tmp_path / "new" / "out.txt.provenance.json").read_text())
    assert side["step"] == "copy_text" and side["arguments"]["times"] == 2
    assert side["versions"]["python"]


def test_numbered_files_are_read_from_one_word(tmp_path):
    for k in range(3):
        (tmp_path / f"shard{k}").write_text(str(k))
    run(tmp_path / "out", "--sources", str(tmp_path / "shard{0..2}"), "--times", "1")
    assert (tmp_path / "out").read_text() == "0127"


def test_an_input_error_is_a_sentence_and_code_2(tmp_path, capsys):
    with pytest.raises(SystemExit) as caught:
        run(tmp_path / "o", "--sources", "--times", "-1")
    assert caught.value.code == 2
    text = capsys.readouterr().err
    assert "--times" in text and "Traceback" not in text
    assert not (tmp_path / "o").exists()


def test_wrong_settings_name_the_key(tmp_path, capsys):
    with pytest.raises(SystemExit):
        run(tmp_path / "o", "--sources", "--times", "1", settings='{"cuont": 7}')
    assert "cuont" in capsys.readouterr().err


def test_replacing_leaves_the_old_file_on_an_error(tmp_path):
    path = tmp_path / "f"
    path.write_text("old")
    with pytest.raises(RuntimeError), replacing(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["f"]


def test_replacing_replaces_a_folder(tmp_path):
    path = tmp_path / "d"
    path.mkdir()
    (path / "stale").touch()
    with replacing(path) as temporary:
        temporary.mkdir()
        (temporary / "fresh").touch()
    assert [p.name for p in path.iterdir()] == ["fresh"]


def test_rows_must_fit_their_columns(tmp_path):
    with pytest.raises(ValueError, match="b"):
        write_rows(tmp_path / "t.csv", ["a"], [{"a": 1, "b": 2}])
    assert write_rows(tmp_path / "t.csv", ["a"], [{"a": 0.1 + 0.2}, {"a": None}]) == 2
    assert (tmp_path / "t.csv").read_text() == 'a\n0.3\n""\n'
