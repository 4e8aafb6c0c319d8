"""Which commits and settings are behind a value, from the sidecars of the files it is made of."""

from collections.abc import Iterable
from pathlib import Path

from pipeline_src.run.numbered import unfold
from pipeline_src.run.settings import settings_hash
from pipeline_src.run.settings.jobs import ScoredSource
from pipeline_src.run.settings.paper_table import PaperRow, PaperTableSettings
from pipeline_src.run.sidecar import has_sidecar, read_sidecar

# Arguments of steps that name samples or what was made of samples. Those of ``ensembles`` are
# samples where they are shards; else it is a folder of references.
SAMPLES = ("samples", "generated", "coarser", "ensembles")
SHARD = ".parquet"


def provenance(settings: PaperTableSettings, row: PaperRow,
               sources: Iterable[ScoredSource]) -> dict[str, str]:
    """``commit`` and ``settings_hash`` of the files of a row, from the sidecars beside them.

    Commits are those of the scores and of the samples and weights behind them, joined by blanks.
    The hash is over the settings of the scores and the names of the samples, which have the hash of
    all that shaped them in it.

    Raises:
        InputError: a score file without its sidecar.
    """
    scored = made_by(path for source in sources for path in source.paths)
    weights = made_by(path for stage in row.stages
                      for path in settings.stages[stage].files("weights")
                      if has_sidecar(path))
    commits = {*scored["commit"].split(), *weights["commit"].split()}
    return {**scored, "commit": " ".join(sorted(commits))}


def made_by(paths: Iterable[str]) -> dict[str, str]:
    """``commit`` and ``settings_hash`` of first outputs of steps, several commits with blanks.

    Commits of the samples they are of are among them, see ``samples_behind``.

    Raises:
        InputError: one without its sidecar.
    """
    sidecars = [read_sidecar(path) for path in dict.fromkeys(paths)]
    told = {settings_hash(_science(sidecar["arguments"])) for sidecar in sidecars}
    commits = {sidecar["git_commit"] for sidecar in (*sidecars, *samples_behind(sidecars))}
    return {"commit": " ".join(sorted(commits)), "settings_hash": settings_hash(sorted(told))}


def samples_behind(sidecars: Iterable[dict]) -> list[dict]:
    """The sidecars of the samples that jobs worked on, and of those that guided them, each once.

    A sample without a sidecar is left out, as are the samples behind it.
    """
    found: dict[str, dict] = {}
    looked_at = list(sidecars)
    while looked_at:
        for path in _samples(looked_at.pop()["arguments"]):
            if path not in found and has_sidecar(path):
                found[path] = read_sidecar(path)
                looked_at.append(found[path])
    return list(found.values())


def _samples(arguments: dict) -> list[str]:
    """The paths a job was given as samples."""
    given = ((name, arguments.get(name) or []) for name in SAMPLES)
    return unfold(path for name, paths in given
                  for path in ([paths] if isinstance(paths, str) else paths)
                  if name != "ensembles" or path.endswith(SHARD))


def _science(arguments: dict) -> list:
    """What shaped a file of scores: its settings, and the names of the samples' folders."""
    samples = arguments.get("samples") or arguments.get("generated") or ""
    first = samples[0] if isinstance(samples, list) and samples else samples
    return [arguments.get("settings"), *Path(str(first)).parts[-4:-1]]
