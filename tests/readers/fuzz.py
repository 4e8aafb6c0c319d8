"""Mutated files through every reader: ``python tests/readers/fuzz.py --files 10000 --seed 0``.

Each file is a shipped one with some bytes changed, cut out, doubled or put in. A reader may give
ensembles, rejections or an ``InputError``; anything else ends the run. A reader of another format
adds a line to ``TARGETS``. Printed: outcomes, worker deaths, peak memory.
"""

import argparse
import gzip
import json
import math
import pickle
import random
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from foreign_files import etflow_data, frames, geodiff_items, pickled, saved
from rdkit import Chem

from pipeline_src.chem.base import Rejection
from pipeline_src.chem.molecules import canonical_smiles, to_rdkit
from pipeline_src.chem.readers import (
    etflow_folder,
    geodiff_pickle,
    geom_rdkit_folder,
    parquet,
    torsional_pickle,
)
from pipeline_src.chem.readers.decoding import Decoder
from pipeline_src.chem.readers.sdf import read_sdf
from pipeline_src.ensembles import Ensemble
from pipeline_src.ensembles.store import write_ensembles
from pipeline_src.run.errors import InputError
from pipeline_src.run.parts import load_part
from pipeline_src.run.settings.dataset import ImportSettings
from pipeline_src.run.settings.readers import SdfReader

ROOT = Path(__file__).resolve().parents[2]
DATA, RESOURCES = ROOT / "tests/data", ROOT / "resources"
WITH_WORKERS = (etflow_folder, geodiff_pickle, geom_rdkit_folder, parquet, torsional_pickle)
BATCH = 25


class LastingDecoder(Decoder):
    """One worker for the whole run; its deaths are counted."""

    deaths = 0

    def __exit__(self, *error: object) -> None:
        pass

    def end(self) -> None:
        """End the worker."""
        super().__exit__(None, None, None)

    def _death(self) -> Exception:
        self.deaths += 1
        return super()._death()


@dataclass(frozen=True)
class Target:
    """How a reader is given mutated files.

    Attributes:
        seeds: contents of sound files.
        settings: the reader's, for a folder in which ``names`` were written.
    """

    suffix: str
    seeds: Callable[[], list[bytes]]
    settings: Callable[[Path, list[str]], dict]


def _files(*paths: Path) -> Callable[[], list[bytes]]:
    return lambda: [path.read_bytes() for path in paths]


def _pickles() -> list[bytes]:
    small = [file for folder in ("geom_real/rdkit_folder_rewrapped/drugs",
                                 "nff_rd_pickles/rd_pickles")
             for file in sorted((DATA / folder).glob("*.pickle")) if file.stat().st_size < 30_000]
    return _files(*small)()


def _geom_settings(folder: Path, names: list[str]) -> dict:
    summary = {f"unreadable-{k}": {"pickle_path": name, "uniqueconfs": 2}  # so not compared
               for k, name in enumerate(names)}
    (folder / "summary.json").write_text(json.dumps(summary))
    return {"kind": "geom_rdkit_folder", "paths": [str(folder)], "summary": "summary.json"}


def _summaries() -> list[bytes]:
    return [(DATA / "nff_rd_pickles/summary.json").read_bytes()]


def _summary_settings(folder: Path, names: list[str]) -> dict:
    return {"kind": "geom_rdkit_folder", "paths": [str(folder)], "summary": names[0]}


def _parquet() -> list[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "e.parquet"
        write_ensembles(path, _smoke())
        return [path.read_bytes()]


def _sdf() -> list[bytes]:
    with gzip.open(RESOURCES / "mini_qm9/smoke.sdf.gz") as file:
        text = file.read()
    return [b"$$$$\n".join(text.split(b"$$$$\n")[k:k + 3]) + b"$$$$\n" for k in range(0, 12, 3)]


def _mol_pickles() -> list[bytes]:
    mols = [[Chem.MolFromMolBlock(record.decode(), removeHs=False)
             for record in sdf.split(b"$$$$\n")[:3]] for sdf in _sdf()]
    named = {Chem.MolToSmiles(Chem.RemoveHs(group[0])): group for group in mols}
    return [pickle.dumps(content, protocol) for protocol in (2, 3, 4)
            for content in (named, mols[0], mols[1] + mols[2])]


def _smoke() -> list[Ensemble]:
    reader = SdfReader(paths=(str(RESOURCES / "mini_qm9/smoke.sdf.gz"),))
    return [e for e in read_sdf(reader) if not isinstance(e, Rejection)]


def _conformer_lists() -> list[bytes]:
    items = [item for ensemble in _smoke()[:3] for item in geodiff_items(ensemble)]
    return [pickled(items, protocol) for protocol in (2, 3, 4)]


def _torch_files() -> list[bytes]:
    return [saved(etflow_data(ensemble), zipped) for ensemble in _smoke()[:2]
            for zipped in (True, False)]


def _etflow_settings(folder: Path, names: list[str]) -> dict:
    return {"kind": "etflow_folder", "paths": [str(folder.parent)], "subsets": [folder.name]}


def _xyz() -> list[bytes]:
    return ["".join(frames(ensemble)).encode() for ensemble in _smoke()[:2]]


def _xyz_settings(folder: Path, names: list[str]) -> dict:
    smiles = [canonical_smiles(to_rdkit(ensemble.molecule)) for ensemble in _smoke()[:2]]
    (folder / "t.smi").write_text("\n".join(
        f"{smiles[k % 2]} {Path(name).stem}" for k, name in enumerate(names)))
    return {"kind": "xyz_folder", "paths": [str(folder)], "smiles": str(folder / "t.smi")}


def _paths(kind: str, **more: str) -> Callable[[Path, list[str]], dict]:
    return lambda folder, names: {
        "kind": kind, "paths": [str(folder / name) for name in names], **more}


TARGETS = {
    "geom_rdkit_folder": Target(".pickle", _pickles, _geom_settings),
    "geom_rdkit_folder, summary": Target(".json", _summaries, _summary_settings),
    "torsional_pickle": Target(".pkl", _mol_pickles, _paths("torsional_pickle")),
    "sdf": Target(".sdf", _sdf, _paths("sdf")),
    "smiles": Target(".smi", lambda: [b"CCO ethanol\n[NH3+]C[C@H](F)Cl a\nc1ccccc1O\tphenol\n"],
                     _paths("smiles")),
    "parquet": Target(".parquet", _parquet, _paths("parquet")),
    "geodiff_pickle": Target(".gpkl", _conformer_lists, _paths("geodiff_pickle")),
    "etflow_folder": Target(".pt", _torch_files, _etflow_settings),
    "xyz_folder": Target(".xyz", _xyz, _xyz_settings),
}
IN_FOLDERS = ("geom_rdkit_folder", "etflow_folder", "xyz_folder")
ONE_BY_ONE = tuple(name for name in TARGETS if name not in IN_FOLDERS)


def mutated(content: bytes, chance: random.Random) -> bytes:
    """``content`` with one to eight changes."""
    data = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 4, 8))):
        at, length = chance.randrange(len(data) + 1), chance.choice((1, 2, 4, 8, 64))
        piece = bytes(data[at:at + length])
        change = chance.randrange(7)
        if change == 0 and at < len(data):
            data[at] ^= 1 << chance.randrange(8)
        elif change == 1:
            data[at:at + length] = chance.randbytes(len(piece))
        elif change == 2:
            data[at:at + length] = b"\xff" * len(piece)
        elif change == 3:
            del data[at:at + length]
        elif change == 4:
            data[at:at] = piece * chance.choice((1, 50))
        elif change == 5:
            data[at:at] = chance.randbytes(length)
        elif chance.random() < 0.3:
            del data[at:]
    return bytes(data)


def run(files: int, seed: int, folder: Path,
        targets: dict[str, Target] = TARGETS) -> dict[str, Counter]:
    """Outcomes by reader: ensembles, rejections, refused files, files."""
    chance, outcomes = random.Random(seed), {name: Counter() for name in targets}
    seeds = {name: target.seeds() for name, target in targets.items()}
    for batch in range(math.ceil(files / BATCH / len(targets))):
        for name, target in targets.items():
            names = [f"m{k}{target.suffix}" for k in range(BATCH)]
            for file in names:
                (folder / file).write_bytes(mutated(chance.choice(seeds[name]), chance))
            groups = [[file] for file in names] if name in ONE_BY_ONE else [names]
            for group in groups:
                outcomes[name] += _outcome(target.settings(folder, group))
            outcomes[name]["files"] += len(names)
        if batch % 20 == 19:
            print(f"{batch + 1} batches", file=sys.stderr, flush=True)
    return outcomes


def _outcome(settings: dict) -> Counter:
    reader = ImportSettings.model_validate({"reader": settings}).reader
    counts = Counter()
    try:
        for item in load_part("reader", reader.kind)(reader):
            counts["rejections" if isinstance(item, Rejection) else "ensembles"] += 1
    except InputError:
        counts["files refused"] += 1
    return counts


def main() -> None:
    """Run and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    decoder, started = LastingDecoder(memory_mb=500, cpu_seconds=20), time.monotonic()
    for module in WITH_WORKERS:
        module.Decoder = lambda **limits: decoder
    with tempfile.TemporaryDirectory() as folder:
        outcomes = run(options.files, options.seed, Path(folder))
    decoder.end()
    for name, counts in outcomes.items():
        print(f"{name:28}", ", ".join(f"{n} {what}" for what, n in sorted(counts.items())))
    own, workers = (resource.getrusage(who).ru_maxrss / 1e3
                    for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    print(f"{sum(c['files'] for c in outcomes.values())} files, {decoder.deaths} worker deaths, "
          f"{time.monotonic() - started:.0f} s; peak memory {own:.0f} MB, worker {workers:.0f} MB")


if __name__ == "__main__":
    main()
