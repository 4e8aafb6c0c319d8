"""The files of a run as data frames, their columns checked once."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline_src.run.errors import OTHER_VERSION, InputError
from pipeline_src.run.job_use import read_use
from pipeline_src.run.settings.jobs import ScoredSource
from pipeline_src.run.settings.levels import LEVEL_ORDER
from pipeline_src.run.settings.report import Benchmark, ReportDataset, ReportStage

RUN_COLUMNS = ("chain", "dataset", "seed", "sampler")
METRICS = ("cov_r", "mat_r", "cov_p", "mat_p")
_OF_METRICS = tuple(f"{m}_{s}" for m in METRICS for s in ("mean", "median", "low", "high"))
GEOMETRY = ((*RUN_COLUMNS, "symmetrize", "failure_policy"),
            ("delta", *_OF_METRICS, "n_molecules", "n_conformers", "n_failed"))
COVERAGE = ((*RUN_COLUMNS, "symmetrize"),
            ("delta", "cov_r_mean", "cov_p_mean", "n_molecules"))
PLACE = ("dataset", "sampler", "symmetrize", "failure_policy")
COMPARISON = (("chain", *PLACE), ("delta", *(f"{m}_{s}" for m in METRICS for s in (
    "mean", "low", "high", "seed_sd", "n_molecules")), "n_seeds"))
PAIRED = (("chain", "baseline", *PLACE, "metric"),
          ("delta", "difference", "low", "high", "seed_sd", "n_better", "n_equal", "n_worse",
           "n_molecules", "n_unpaired", "n_seeds", "p_value", "p_holm", "n_family"))
PROPERTIES = (("chain", "dataset", "method", "quantity"),
              ("mae_ev_mean", "mae_ev_median", "n_molecules", "n_conformers", "n_failed"))
FAILURES = ((*RUN_COLUMNS, "kind", "molecule", "reason"), ())
GEOMETRY_SCORES = (("molecule", "symmetrize", "status", "reason"),
                   ("delta", *METRICS, "n_references", "n_samples", "n_failed"))
PROPERTY_SCORES = (("molecule", "quantity", "status", "reason"),
                   ("absolute_error_ev", "n_reference", "n_generated", "n_failed"))
CURVE = ((), ("step", "train_loss", "validation_loss", "learning_rate"))
LEVELS = (("molecule", "level", "reason"), ("n_beads", "collapsed"))
REJECTED = (("molecule", "conformer", "reason"), ())
LEFT_OUT = (("molecule", "smiles", "with_molecule", "with_subset"), ())
OVERLAY_KEYS = ("chain", "dataset", "molecule", "smiles", "rmsd_angstrom", "reference_molblock",
                "generated_molblock")
_TRUE, _FALSE = {"true", "1"}, {"false", "0"}

Columns = tuple[tuple[str, ...], tuple[str, ...]]


def read_table(path: Path, columns: Columns) -> pd.DataFrame:
    """A CSV with at least ``columns`` (text ones, number ones); empty number cells are NaN.

    Raises:
        InputError: the file cannot be read, a column is missing, or a cell of a number column is
            no number.
    """
    text, numbers = columns
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:  # pandas' own errors are ValueErrors
        raise InputError(str(path), f"{type(error).__name__}: {error}", "a readable table",
                         "Delete it and run again.") from None
    missing = [name for name in (*text, *numbers) if name not in frame]
    if missing:
        raise InputError(str(path), list(frame.columns), f"also the columns {missing}",
                         OTHER_VERSION)
    for name in numbers:
        try:
            frame[name] = pd.to_numeric(frame[name].replace(["", "nan", "NaN"], None)).astype(float)
        except (ValueError, TypeError):
            raise InputError(f"{path}: {name}", list(frame[name].unique()[:5]),
                             "numbers or empty cells") from None
    if "symmetrize" in frame:
        frame["symmetrize"] = [_boolean(cell, path) for cell in frame["symmetrize"]]
    return frame


def _boolean(cell: str, path: Path) -> bool:
    if cell.lower() not in _TRUE | _FALSE:
        raise InputError(f"{path}: symmetrize", cell, "true, false, 1 or 0")
    return cell.lower() in _TRUE


def read_sources(sources: Sequence[ScoredSource], columns: Columns,
                 deltas: Mapping[str, Sequence[float]] | None = None) -> pd.DataFrame:
    """All score files of ``sources`` under one another, with chain, dataset, seed and sampler.

    Molecules that a source leaves out are not among them.

    Args:
        sources: the files; one is in memory at a time, beside what is kept of those before it.
        columns: as of ``read_table``.
        deltas: dataset -> thresholds; rows of others are not kept. None: all are.

    Raises:
        InputError: as ``read_table``, or a source leaves out all it has.
    """
    frames = [pd.DataFrame(columns=[*RUN_COLUMNS, *columns[0], *columns[1]])]
    for source in sources:
        for scores in read_shards(source, columns):
            frames.append(scores if deltas is None
                          else scores[near(scores["delta"], deltas.get(source.dataset, ()))])
    return stack(frames)


def read_shards(source: ScoredSource, columns: Columns) -> Iterator[pd.DataFrame]:
    """Each score file of a source, as ``read_sources`` has them; raises as that."""
    left_out = set(read_left_out(source)["molecule"])
    run = {name: getattr(source, name) for name in RUN_COLUMNS}
    n_scored = n_kept = 0
    for path in source.paths:
        scores = read_table(Path(path), columns)
        if "status" in scores and (odd := set(scores["status"]) - {"ok", "failed"}):
            raise InputError(f"{path}: status", sorted(odd), "ok or failed",
                             "The file is damaged: delete it and run again.")
        for name in columns[1]:
            if np.isinf(scores[name]).any():
                raise InputError(f"{path}: {name}", "infinity", "finite numbers or empty cells")
        kept = scores[~scores["molecule"].isin(left_out)]
        n_scored, n_kept = n_scored + len(scores), n_kept + len(kept)
        yield kept.assign(**run)
    if n_scored and not n_kept:
        raise InputError(source.left_out, "every molecule that was scored",
                         f"a test molecule of {source.dataset} that is not trained on")


def near(values: pd.Series, deltas: Sequence[float]) -> np.ndarray:
    """Which values are one of the thresholds, as written in any way, bool  # (rows,)"""
    return np.isclose(values.to_numpy(dtype=float)[:, None], np.asarray(deltas, dtype=float),
                      rtol=0, atol=1e-9).any(axis=1)


def read_left_out(source: ScoredSource) -> pd.DataFrame:
    """The molecules of ``source`` that do not count, with what they are the same as."""
    if not source.left_out:
        return pd.DataFrame(columns=[*LEFT_OUT[0]])
    return read_table(Path(source.left_out), LEFT_OUT)


def read_curves(stages: Iterable[ReportStage]) -> pd.DataFrame:
    """Learning curves of all stages and seeds: stage, seed, step, losses, learning rate."""
    frames = [pd.DataFrame(columns=["stage", "seed", *CURVE[1]])]
    for stage in stages:
        for seed, path in stage.curves.items():
            frames.append(read_table(Path(path), CURVE).assign(stage=stage.name, seed=seed))
    return stack(frames)


def read_per_dataset(datasets: Iterable[ReportDataset], field: str,
                     columns: Columns) -> pd.DataFrame:
    """The file named by ``field`` ('levels' or 'rejected') of every dataset that has one."""
    frames = [pd.DataFrame(columns=["dataset", *columns[0], *columns[1]])]
    for dataset in datasets:
        if getattr(dataset, field):
            table = read_table(Path(getattr(dataset, field)), columns)
            frames.append(table.assign(dataset=dataset.name))
    return stack(frames)


def read_levels(datasets: Iterable[ReportDataset]) -> pd.DataFrame:
    """The levels of every dataset's molecules; those that stages name under the names shown."""
    datasets = list(datasets)
    frames = [read_per_dataset(datasets, "levels", LEVELS)]
    for dataset in datasets:
        for beads in dataset.beads:
            table = read_table(Path(beads.path), LEVELS)
            table = table[table["level"].isin(beads.names)]
            frames.append(table.assign(level=table["level"].map(beads.names),
                                       dataset=dataset.name))
    return stack(frames)


def level_order(names: Iterable[str]) -> list[str]:
    """Names of levels, coarse to fine; those of one level, told different things, by name."""
    return sorted(set(names), key=lambda name: (LEVEL_ORDER.index(name.split(" of ")[0]), name))


def read_split_hash(path: Path) -> str:
    """The SHA-256 that the first line of a ``split.csv`` carries.

    Raises:
        InputError: the file cannot be read or carries none.
    """
    try:
        with open(path, encoding="utf-8") as file:
            line = file.readline().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(str(path), f"{type(error).__name__}: {error}",
                         "a readable split table") from None
    found = re.search(r"\b[0-9a-f]{64}$", line)
    if not found:
        raise InputError(str(path), line, "a first line with the hash of the split", OTHER_VERSION)
    return found.group()


def read_benchmarks(benchmarks: Iterable[Benchmark]) -> pd.DataFrame:
    """One row per job that left a benchmark: rule, seconds, max_rss_mb (NaN where unknown)."""
    rows = []
    for benchmark in benchmarks:
        places = [Path(place) for place in benchmark.folders]
        found = {path for place in places
                 for path in ([place] if place.is_file() else place.rglob("*.tsv"))}
        for path in sorted(found):
            use = read_use([str(path)])
            rows.append((benchmark.rule, use.seconds, use.max_rss_mb))
    return pd.DataFrame(rows, columns=["rule", "seconds", "max_rss_mb"])


def read_overlays(path: Path) -> list[dict]:
    """The overlays, in the order of the file.

    Raises:
        InputError: the file cannot be read, or an entry lacks a key.
    """
    try:
        overlays = json.loads(Path(path).read_text(encoding="utf-8"))
        missing = [key for entry in overlays for key in OVERLAY_KEYS if key not in entry]
    except (OSError, ValueError, TypeError) as error:
        raise InputError(str(path), f"{type(error).__name__}: {error}", "a JSON list of overlays",
                         "Delete it and run again.") from None
    if missing:
        raise InputError(str(path), "an overlay without them", f"also the keys {missing}",
                         OTHER_VERSION)
    return overlays


def stack(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """The frames under one another; the first, for its columns, where none has a row."""
    filled = [frame for frame in frames if len(frame)]
    return pd.concat(filled, ignore_index=True) if filled else frames[0]
