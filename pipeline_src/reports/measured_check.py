"""Keep the tables of ``check_quantum``, which is no experiment, with what made them."""

import platform
import shutil
from pathlib import Path
from typing import Any

from pipeline_src.run.errors import InputError
from pipeline_src.run.files import write_json
from pipeline_src.run.settings import settings_hash
from pipeline_src.run.sidecar import read_sidecar

CHECK = "check_quantum"
_MADE = Path("results", CHECK, "psi4_pyscf.csv")


def keep_check(folder: Path, this_machine: str, machine: str = "") -> Path:
    """``folder``, made anew: the tables of the check run here, and ``run.json``.

    Args:
        folder: where they are kept.
        this_machine: this machine in words.
        machine: the one the check ran on, in words; needed where that was another.

    Raises:
        InputError: not run, or run elsewhere and ``machine`` is empty.
    """
    record = check_record(
        read_sidecar(_MADE, f"Run it first: snakemake --cores 1 {CHECK}"), this_machine, machine)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for table in sorted(_MADE.parent.glob("*.csv")):
        shutil.copyfile(table, folder / table.name)
    write_json(folder / "run.json", record)
    return folder


def check_record(sidecar: dict[str, Any], this_machine: str, machine: str) -> dict[str, Any]:
    """What ``run.json`` says: settings, commit, versions of both programs, machine."""
    if not machine and sidecar["host"] != platform.node():
        raise InputError("machine", "", "the machine in words, as the check ran on another",
                         "Say it with --machine.")
    settings = sidecar["arguments"]["settings"]
    return {
        "check": CHECK, "settings": settings, "settings_sha256_8": settings_hash(settings),
        "commits": [sidecar["git_commit"]], "versions": sidecar["versions"],
        "machine": machine or this_machine}
