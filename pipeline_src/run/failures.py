"""Failed jobs in plain words: which it was, what it said, where its log is, what to try next."""

import csv
import os
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pipeline_src.run.last_words import Words, last_lines, last_words
from pipeline_src.run.main_log import FAILED, LoggedJob, RunLog

LISTED = 10  # jobs in the terminal
_SKEW_S = 60.0  # clocks of two machines
_STATUS = re.compile(r"SLURM status is: '(\w+)")
_OF_STATUS = {"OUT_OF_MEMORY": "memory", "TIMEOUT": "time", "DEADLINE": "time", "NODE_FAIL": "lost",
              "BOOT_FAIL": "lost", "CANCELLED": "lost", "PREEMPTED": "lost", "REVOKED": "lost"}
_OF_LOG = (("DUE TO TIME LIMIT", "time"), ("oom", "memory"), ("out of memory", "memory"),
           ("out-of-memory", "memory"), ("NODE FAILURE", "lost"), ("PREEMPTION", "lost"),
           ("CANCELLED AT", "lost"))
_MEMORY = ("MemoryError", "OutOfMemoryError", "ArrowMemoryError")
_SAID = {"time": "SLURM ended it at its time limit.", "memory": "SLURM ended it: out of memory.",
         "lost": "SLURM cancelled it, or its node was lost.",
         "silent": "It ended without a word: killed, as a rule for want of memory."}


@dataclass(frozen=True)
class Failure:
    """One failed job.

    Attributes:
        what: its wildcards, which name the dataset, the stage or chain element, the shard.
        said: why, in its own words where it had any.
        advice: what to try next.
    """

    rule: str
    what: str
    log: str
    said: str
    advice: str


def failures_of(run: RunLog, folder: Path) -> list[Failure]:
    """The jobs that failed and were not done in a later attempt, in the order they were started.

    Of jobs that failed together as a group only those that said why are named, if any did.
    """
    failed = [(job, _kind(job, folder)) for job in run.jobs.values() if job.state == FAILED]
    speak = {job.group for job, (kind, _) in failed if job.group and _own_words(job, folder).kind}
    return [Failure(job.rule, job.wildcards, _log(job, folder), text,
                    _advice(job, kind, text, run.cluster))
            for job, (kind, text) in failed
            if not (job.group in speak and not _own_words(job, folder).kind)]


def _kind(job: LoggedJob, folder: Path) -> tuple[str, str]:
    """What went wrong, and in which words."""
    words = _own_words(job, folder)
    slurm = _of_slurm(job, folder)
    if words.kind == "bug" and words.text.split(":")[0].split(".")[-1] in _MEMORY:
        return "memory", words.text
    if words.kind == "Interrupted" and slurm:
        return slurm, f"{_SAID[slurm]} {words.text}"
    if words.kind:
        return words.kind, words.text
    if slurm:
        return slurm, _SAID[slurm]
    return ("unknown", words.text) if words.text and "%|" not in words.text else (
        "silent", _SAID["silent"])


def _own_words(job: LoggedJob, folder: Path) -> Words:
    """The end of the job's log, unless that is of an earlier run."""
    for log in job.logs[:1]:
        try:
            if (folder / log).stat().st_mtime >= job.started - _SKEW_S:
                return last_words(folder / log)
        except OSError:
            pass
    return Words("", "")


def _of_slurm(job: LoggedJob, folder: Path) -> str:
    status = _STATUS.search(job.message)
    if status and status.group(1) in _OF_STATUS:
        return _OF_STATUS[status.group(1)]
    text = "\n".join(last_lines(folder / job.slurm_log)) if job.slurm_log else ""
    return next((kind for words, kind in _OF_LOG if words in text), "")


def _log(job: LoggedJob, folder: Path) -> str:
    """Where to read on: the job's own log if it wrote any, else SLURM's."""
    own = job.logs[0] if job.logs else ""
    if job.slurm_log and not (own and _own_words(job, folder).text):
        return os.path.relpath(folder / job.slurm_log, folder)
    return own


def _advice(job: LoggedJob, kind: str, text: str, cluster: bool) -> str:
    match kind:
        case "InputError":
            place = text.removeprefix("InputError: ").split(": got ")[0]
            return f"change {place!r} as it says, then run the same command; what is done stays."
        case "ConvergenceError":
            return "change the setting it names (config/stages.yaml), then run the same command."
        case "Interrupted" | "lost":
            return "run the same command; it goes on from what was saved."
        case "time":
            return f"run the same command, with more time: {_more(job, 'runtime', 2)} (minutes)."
        case "ResourceError" if "no space" in text:
            return "free space where it says, then run the same command."
        case "ResourceError" | "memory" | "silent":
            less = f"; of the GPU: {_more(job, 'atom_budget', 0.5)}" \
                if "atom_budget" in job.resources else ""
            if not cluster:
                return f"run the same command, with fewer jobs at once (--cores 1){less}."
            return f"run the same command, with more memory: {_more(job, 'mem_mb', 2)}{less}."
    return ("it looks like a fault of the pipeline: read the log; if it is none of the machine, "
            "report it with that log and the command.")


def _more(job: LoggedJob, resource: str, factor: float) -> str:
    asked = job.resources.get(resource, "")
    if not asked.isdigit():
        return f"--set-resources {job.rule}:{resource}=..."
    return f"--set-resources {job.rule}:{resource}={int(int(asked) * factor)} (it had {asked})"


def failure_text(failures: list[Failure], page: str) -> str:
    """For the terminal: four lines a job; '' without any."""
    if not failures:
        return ""
    lines = [f"{len(failures)} job{'s' if len(failures) > 1 else ''} failed:"]
    for failure in failures[:LISTED]:
        where = f" ({failure.what})" if failure.what else ""
        lines += [f"  {failure.rule}{where}", f"    {failure.said}", f"    Next: {failure.advice}",
                  *([f"    Log: {failure.log}"] if failure.log else [])]
    more = Counter(failure.rule for failure in failures[LISTED:])
    if more:
        rules = ", ".join(f"{count} of {rule}" for rule, count in more.items())
        lines.append(f"  and {sum(more.values())} more ({rules}): {page}")
    return "\n".join(lines)


@dataclass(frozen=True)
class LeftOut:
    """Molecules or conformers that failed for one reason."""

    table: str
    where: str
    reason: str
    count: int
    first: str


def left_out(folder: Path, tables: Iterable[str]) -> list[LeftOut]:
    """What failed or was refused, counted by table, chain or dataset, and reason; most first."""
    counts: Counter = Counter()
    first: dict[tuple, str] = {}
    for table in tables:
        try:
            with open(folder / table, newline="", encoding="utf-8") as file:
                for row in csv.DictReader(file):
                    where = " ".join(filter(None, (row.get("kind"), row.get("chain"),
                                                   row.get("dataset"))))
                    key = (table, where, row.get("reason") or "")
                    counts[key] += 1
                    first.setdefault(key, row.get("molecule") or "")
        except (OSError, UnicodeDecodeError, csv.Error):
            continue  # being replaced
    return [LeftOut(*key, count, first[key]) for key, count in counts.most_common()]
