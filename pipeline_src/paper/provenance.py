"""Which commits and settings are behind a value, from the sidecars of the files it is made of."""

from collections.abc import Iterable
from pathlib import Path

from pipeline_src.run.settings import settings_hash
from pipeline_src.run.settings.jobs import ScoredSource
from pipeline_src.run.settings.paper_table import PaperRow, PaperTableSettings
from pipeline_src.run.sidecar import has_sidecar, read_sidecar


def provenance(settings: PaperTableSettings, row: PaperRow,
               sources: Iterable[ScoredSource]) -> dict[str, str]:
    """``commit`` and ``settings_hash`` of the files of a row, from the sidecars beside them.

    Commits are those of the scores and of the weights behind them, joined by blanks. The hash is
    over the settings of the scores and the names of the samples, which have the hash of all that
    shaped them in it.

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

    Raises:
        InputError: one without its sidecar.
    """
    sidecars = [read_sidecar(path) for path in dict.fromkeys(paths)]
    told = {settings_hash(_science(sidecar["arguments"])) for sidecar in sidecars}
    return {"commit": " ".join(sorted({sidecar["git_commit"] for sidecar in sidecars})),
            "settings_hash": settings_hash(sorted(told))}


def _science(arguments: dict) -> list:
    """What shaped a file of scores: its settings, and the names of the samples' folders."""
    samples = arguments.get("samples") or arguments.get("generated") or ""
    first = samples[0] if isinstance(samples, list) and samples else samples
    return [arguments.get("settings"), *Path(str(first)).parts[-4:-1]]
