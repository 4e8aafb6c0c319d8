"""A synthetic GEOM-Drugs folder, imported by Snakemake in parts; measured, killed and resumed.

``python tests/workflow/large_import.py --molecules 20000 --parts 8 --folder large``. The folder is
made of the ten real molecules of ``tests/data/geom_real``: every entry has a SMILES of its own (by
an atom-map number) and a pickle of its own name, a hard link to the real one.
Some entries lack what GEOM's lack. The import runs once undisturbed, then once more with SIGKILL
for Snakemake and all its jobs in the middle, ``--unlock`` and the same command again. Exit code 1
when a byte differs.
"""

import argparse
import contextlib
import hashlib
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

import psutil
from rdkit import Chem
from snakemake_project import ROOT, Project

SHIPPED = ROOT / "tests/data/geom_real/rdkit_folder_rewrapped"
TARGET = "results/datasets/synthetic/ensembles"
GEOM_MOLECULES, GEOM_CONFORMERS = 304_466, 31_236_000  # GEOM-Drugs, Sci. Data 9, 185 (2022)
DATASET = """
synthetic:
  geometry: CREST / GFN2-xTB
  reader: {{kind: geom_rdkit_folder, paths: ['{folder}']}}
  split: {{kind: random}}
  parts: {parts}
  max_conformers: 30
"""


def make_folder(folder: Path, count: int) -> int:
    """Write the folder; returns how many conformers its lists have."""
    entries = list(json.loads((SHIPPED / "summary_drugs.json").read_text()).items())
    (folder / "drugs").mkdir(parents=True)
    summary, conformers = {}, 0
    for k in range(count):
        smiles, entry = entries[k % len(entries)]
        key = _numbered(smiles, k + 1)
        path = f"drugs/molecule-{k:06d}.pickle"
        os.link(_own_copy(folder, SHIPPED / entry["pickle_path"]), folder / path)
        summary[key] = {**entry, "pickle_path": path}
        conformers += entry["uniqueconfs"]
        _spoil(summary[key], k)
    (folder / "summary_drugs.json").write_text(json.dumps(summary, indent=1))
    return conformers


def _numbered(smiles: str, number: int) -> str:
    """The same molecule, its first atom with a map number."""
    mol = Chem.MolFromSmiles(smiles)
    mol.GetAtomWithIdx(0).SetAtomMapNum(number)
    return Chem.MolToSmiles(mol)


def _own_copy(folder: Path, pickle: Path) -> Path:
    """A copy of a shipped pickle on the folder's file system, to link to."""
    copy = folder / "sources" / pickle.name
    if not copy.exists():
        copy.parent.mkdir(exist_ok=True)
        shutil.copyfile(pickle, copy)
    return copy


def _spoil(entry: dict, k: int) -> None:
    """What some of GEOM's entries lack."""
    if k % 500 == 1:
        del entry["pickle_path"]
    elif k % 500 == 2:
        del entry["uniqueconfs"]
    elif k % 500 == 3:
        entry["uniqueconfs"] += 1
    elif k % 500 == 4:
        entry["pickle_path"] = "drugs/absent.pickle"


def new_project(folder: Path, raw: Path, parts: int) -> Project:
    """A copy of the project that knows the dataset."""
    project = Project.copy(folder)
    project.append("config/datasets.yaml", DATASET.format(folder=raw.resolve(), parts=parts))
    return project


def digests(project: Project) -> dict[str, str]:
    """Path -> SHA-256 of the parts and the tables of rejections."""
    results = project.folder / "results/datasets/synthetic"
    return {str(file.relative_to(results)): hashlib.sha256(file.read_bytes()).hexdigest()
            for pattern in ("**/*.parquet", "**/*.csv") for file in results.glob(pattern)}


def watched(project: Project, cores: int, stop_after_s: float | None = None) -> tuple:
    """Seconds, exit code, and the peak memory of each job (with its worker), in bytes.

    Args:
        project: where it runs.
        cores: Snakemake's.
        stop_after_s: kill Snakemake and all its jobs then.
    """
    command = project.command("--cores", str(cores), TARGET)
    started, peaks = time.monotonic(), {}
    with open(project.folder / "log.txt", "a") as log:
        run = subprocess.Popen(**command | {"stdout": log}, start_new_session=True)
    while run.poll() is None:
        time.sleep(0.1)
        _note_memory(psutil.Process(run.pid), peaks)
        if stop_after_s is not None and time.monotonic() - started > stop_after_s:
            _kill(psutil.Process(run.pid))
    return time.monotonic() - started, run.wait(), peaks


def _note_memory(snakemake: psutil.Process, peaks: dict[str, int]) -> None:
    try:
        for process in snakemake.children(recursive=True):
            line = process.cmdline()
            if line[1:3] == ["-m", "pipeline_src.import_part"]:
                job = line[line.index("--part") + 1]
            elif line[1:3] == ["-m", "pipeline_src.import_ensembles"]:
                job = "all"
            else:
                continue
            family = [process, *process.children()]
            peaks[job] = max(peaks.get(job, 0), sum(p.memory_info().rss for p in family))
    except psutil.NoSuchProcess:
        pass


def _kill(snakemake: psutil.Process) -> None:
    family = [snakemake, *snakemake.children(recursive=True)]
    for process in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


def main() -> int:
    """Exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--molecules", type=int, default=20_000)
    parser.add_argument("--parts", type=int, default=8)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--folder", type=Path, required=True)
    options = parser.parse_args()
    raw = options.folder / "rdkit_folder"
    conformers = make_folder(raw, options.molecules)
    whole = new_project(options.folder / "undisturbed", raw, options.parts)
    seconds, code, peaks = watched(whole, options.cores)
    assert code == 0, whole.folder / "log.txt"
    _report(options, conformers, seconds, peaks)
    other = new_project(options.folder / "killed", raw, options.parts)
    watched(other, options.cores, stop_after_s=seconds * 0.4)
    made = len(list(other.folder.glob("results/datasets/synthetic/parts/*.parquet")))
    other.attempt("--unlock")
    _, code, _ = watched(other, options.cores)
    same = code == 0 and digests(other) == digests(whole)
    print(f"killed when {made} of {options.parts} parts were done; resumed: exit code {code}, "
          f"{len(digests(whole))} files {'equal' if same else 'DIFFER'}", flush=True)
    return 0 if same else 1


def _report(options: argparse.Namespace, conformers: int, seconds: float, peaks: dict) -> None:
    rate = options.molecules / seconds
    print(f"{options.molecules} molecules, {conformers} conformers, {options.parts} parts, "
          f"{options.cores} cores: {seconds:.0f} s, {rate:.1f} molecules/s, "
          f"{conformers / seconds:.0f} conformers/s; {_cpu_seconds():.0f} s of processor time")
    print(f"peak memory of a job with its worker: {max(peaks.values()) / 1e6:.0f} MB "
          f"({', '.join(f'{job}: {peak / 1e6:.0f}' for job, peak in sorted(peaks.items()))})")
    print(f"GEOM-Drugs at this rate: {GEOM_MOLECULES / rate / 3600:.1f} h by molecules, "
          f"{GEOM_CONFORMERS * seconds / conformers / 3600:.1f} h by conformers", flush=True)


def _cpu_seconds() -> float:
    """Of all child processes that have ended, and theirs."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    sys.exit(main())
