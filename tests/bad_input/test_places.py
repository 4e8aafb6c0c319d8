"""A full disk and a folder that takes nothing: an error that names the path, and nothing else."""

import errno
import itertools
import os
import subprocess

import pytest
from places import can_mount, run_on_full_disk, run_read_only
from small_stages import train_settings
from step_commands import RESOURCES, ROOT, check_sentence, command, contents, process, refusal

from pipeline_src.ensembles.split_table import read_split
from pipeline_src.run.errors import InputError, ResourceError
from pipeline_src.run.files import replacing, replacing_all, write_text
from pipeline_src.split_dataset import split_dataset

# A mount of one's own where that is allowed ("plain" again where not); always also what the kernel
# does without one. Torch takes seconds to load, so training is tried one way each.
WAYS = ["plain", "mounted"]
DRUGS = {"reader": {"kind": "sdf", "paths": [str(RESOURCES / "geom_drugs/test.sdf.gz")],
                    "id_property": "mol_id"}}
SPLIT = {"split": {"kind": "random", "train": 0.2, "val": 0.2}}
STEPS = ["import_ensembles", "extract_hierarchy", "embed_rdkit", "export_sdf"]


@pytest.fixture
def folder(tmp_path):
    """Where outputs go; with earlier ones."""
    (tmp_path / "out").mkdir()
    for name in ("first", "second"):
        (tmp_path / "out" / name).write_text("earlier")
    return tmp_path / "out"


def command_of(step, data, out) -> list[str]:
    first, second = out / "first", out / "second"
    arguments = {
        "import_ensembles": {"settings": DRUGS, "out": first, "rejected": second},
        "split_dataset": {"settings": SPLIT, "ensembles": data.ensembles, "out": first},
        "extract_hierarchy": {"ensembles": data.ensembles, "out": first, "levels": second},
        "embed_rdkit": {
            "settings": {"source": "rdkit", "samples": {"count": 40}, "seed": 1}, "out": first,
            "hierarchies": data.hierarchies, "split": data.split, "shard": 0},
        "export_sdf": {"samples": [data.samples], "out": first, "rejected": second},
        "train_stage": {
            "settings": train_settings(iterations=2), "code": "c", "ensembles": data.ensembles,
            "hierarchies": data.hierarchies, "split": data.split, "run_dir": out / "run",
            "threads": 1, "weights": first, "settings_out": second, "curve": out / "third"}}
    return process(step, **arguments[step])


@pytest.mark.parametrize("step, way", [
    *itertools.product(STEPS, WAYS), ("train_stage", "mounted")])
def test_a_full_disk(data, folder, step, way):
    before, mounted = contents(folder), way == "mounted" and can_mount()
    done = run_on_full_disk(folder, 4, command_of(step, data, folder), mounted)
    assert done.returncode == 3, done.stderr
    check_sentence(done.stderr, step, "ResourceError")
    why = os.strerror(errno.ENOSPC if mounted else errno.EFBIG)
    assert f"no space to write ({why})" in done.stderr
    assert "Free space or write elsewhere, then run again." in done.stderr
    assert str(folder) in done.stderr
    after = contents(folder)
    assert not [name for name in after if "/." in f"/{name}"]  # no temporary
    # the folder of the rolling checkpoint is for the next try, not a result
    assert {n: c for n, c in after.items() if n.partition("/")[0] != "run"} == before


@pytest.mark.parametrize("step, way", [
    *itertools.product([*STEPS, "split_dataset"], WAYS), ("train_stage", "plain")])
def test_a_read_only_folder(data, folder, step, way):
    before, mounted = contents(folder), way == "mounted" and can_mount()
    done = run_read_only(folder, command_of(step, data, folder), mounted)
    assert done.returncode == 2, done.stderr
    check_sentence(done.stderr, step, "InputError")
    why = os.strerror(errno.EROFS if mounted else errno.EACCES)
    assert f"{why}'" in done.stderr or f'{why}"' in done.stderr
    assert "expected a place that can be written to" in done.stderr
    assert str(folder) in done.stderr
    assert contents(folder) == before


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_the_disk_fills_within_a_write(folder, code):
    before = contents(folder)
    with pytest.raises(ResourceError, match=f"first: no space to write .{os.strerror(code)}"), \
            replacing(folder / "first") as temporary:
        temporary.write_text("half")
        raise OSError(code, os.strerror(code))
    assert contents(folder) == before


def test_outputs_appear_together_or_not_at_all(folder):
    before = contents(folder)
    with pytest.raises(ResourceError, match=f"{folder}/second: no space"), \
            replacing_all(folder / "first", folder / "second") as (first, second):
        write_text(first, "whole")
        with replacing(second):
            raise OSError(errno.ENOSPC, "no")
    assert contents(folder) == before
    with replacing_all(folder / "first", folder / "second") as (first, second):
        write_text(first, "a")
        write_text(second, "b")
    assert contents(folder) == {"first": b"a", "second": b"b"}


def test_errors_of_reading_keep_their_name(folder):
    """Only what concerns the output is an error about the output."""
    with pytest.raises(FileNotFoundError), replacing(folder / "first"):
        (folder / "absent").read_text()
    with pytest.raises(PermissionError), replacing(folder / "first"):
        raise PermissionError(errno.EACCES, "no", "/elsewhere/input")


@pytest.mark.parametrize("where", ["first/within", "folder"])
def test_an_output_that_cannot_be_there(data, folder, capsys, where):
    """Below a file, or in the place of a folder, which is not removed for it."""
    (folder / "folder").mkdir()
    (folder / "folder/mine").write_text("precious")
    said = refusal(folder, capsys, "InputError", split_dataset, settings=SPLIT,
                   ensembles=data.ensembles, out=folder / where)
    assert f"{where}: got" in said and "expected a place that can be written to" in said


def test_without_its_sidecar_there_is_no_output(data, folder, capsys):
    (folder / "new.csv.provenance.json").mkdir()
    (folder / "new.csv.provenance.json/mine").touch()
    said = refusal(folder, capsys, "InputError", split_dataset, settings=SPLIT,
                   ensembles=data.ensembles, out=folder / "new.csv")
    assert "new.csv.provenance.json: got" in said


def test_a_log_on_a_full_disk_changes_no_exit_code(data, folder):
    absent = process("split_dataset", settings=SPLIT, ensembles=folder / "absent",
                     out=folder / "x")
    training = process("train_stage", settings=train_settings(iterations=2), code="c",
                    ensembles=data.ensembles, hierarchies=data.hierarchies, split=data.split,
                    run_dir=folder / "run", threads=1, weights=folder / "w",
                    settings_out=folder / "s", curve=folder / "c")
    with open("/dev/full", "w", encoding="utf-8") as full:
        for words, error in ((absent, InputError), (training, ResourceError)):
            done = subprocess.run(words, stdout=full, stderr=full, cwd=ROOT, check=False)
            assert done.returncode == error.exit_code
    assert not {"x", "w", "s", "c"} & contents(folder).keys()


def test_an_earlier_output_is_replaced_where_there_is_room(data, folder):
    command(split_dataset, settings=SPLIT, ensembles=data.ensembles, out=folder / "first")
    assert len(read_split(folder / "first")) == 7
    assert set(contents(folder)) == {"first", "first.provenance.json", "second"}
