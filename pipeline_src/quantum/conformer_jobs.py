"""Which conformers get a single point, and which chunk computes them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from pipeline_src.ensembles import Ensemble, Molecule
from pipeline_src.run.errors import InputError
from pipeline_src.run.settings.experiment import Properties

CHOICE_SEED = 2021  # the paper's own choice: RandomState(2021).shuffle (models.md 5.3)


@dataclass(frozen=True, eq=False)
class ConformerJob:
    """One future row: a conformer to compute, or one that failed before (``reason`` not empty).

    Attributes:
        name: molecule id.
        conformer: index in its ensemble, None for a failure of the whole molecule.
        molecule: None for a failure of the whole molecule.
        positions: Å, float32; None for a failure, and before ``placed``  # (N, 3)
        reason: '' or why there is nothing to compute.
    """

    name: str
    conformer: int | None = None
    molecule: Molecule | None = None
    positions: np.ndarray | None = None
    reason: str = ""

    @property
    def cost(self) -> int:
        """Relative cost, for sorting: the number of atoms, 0 if there is nothing to compute."""
        return 0 if self.reason else self.molecule.n_atoms


def choose_conformers(ok: np.ndarray, count: int) -> np.ndarray:
    """At most ``count`` indices of usable conformers, sorted  # (<= count,)

    The first ``count`` of ``RandomState(2021).permutation`` over the usable ones. The generator is
    made afresh for each molecule, so a choice depends on no other molecule.

    Args:
        ok: which conformers are usable, bool  # (C,)
        count: how many to take.
    """
    usable = np.flatnonzero(ok)
    order = np.random.RandomState(CHOICE_SEED).permutation(len(usable))
    return np.sort(usable[order[:count]])


def conformer_jobs(ensembles: Iterable[Ensemble], properties: Properties) -> list[ConformerJob]:
    """Jobs of all wanted molecules in the order of ``ensembles``; absent molecules at the end.

    They are without positions (``placed``): those of all shards together may not fit in memory.

    Raises:
        InputError: an ensemble is not of all atoms, or a molecule comes twice.
    """
    wanted, seen, jobs = properties.molecules, set(), []
    for ensemble in ensembles:
        name = ensemble.molecule.id
        if wanted is not None and name not in wanted:
            continue
        if ensemble.level != "all":
            raise InputError(f"ensemble {name}: level", ensemble.level, "all atoms ('all')")
        if name in seen:
            raise InputError(f"ensemble {name}", "the molecule twice", "each molecule once")
        seen.add(name)
        jobs += _jobs_of(ensemble, properties.conformers)
    absent = dict.fromkeys(name for name in wanted or () if name not in seen)
    return jobs + [ConformerJob(name, reason="molecule not in the ensembles") for name in absent]


def _jobs_of(ensemble: Ensemble, count: int) -> list[ConformerJob]:
    name = ensemble.molecule.id
    if not ensemble.n_conformers:
        return [ConformerJob(name, reason="no conformer")]
    chosen = set(choose_conformers(ensemble.ok, count).tolist())
    jobs = []
    for c, reason in enumerate(ensemble.reasons):
        if reason:
            jobs.append(ConformerJob(name, c, reason=f"not sampled: {reason}"))
        elif c in chosen:
            jobs.append(ConformerJob(name, c, ensemble.molecule))
    return jobs


def placed(jobs: list[ConformerJob], ensembles: Iterable[Ensemble]) -> Iterator[ConformerJob]:
    """Yield the jobs, now with positions, one ensemble in memory at a time.

    Args:
        jobs: of ``conformer_jobs``, all or some, in their order.
        ensembles: those of the jobs' molecules, in the same order.
    """
    waiting: dict[str, list[ConformerJob]] = {}
    for job in jobs:
        waiting.setdefault(job.name, []).append(job)
    for ensemble in ensembles:
        for job in waiting.pop(ensemble.molecule.id, ()):
            yield job if job.reason else replace(job, positions=ensemble.positions[job.conformer])
    for absent in waiting.values():
        yield from absent


def deal(jobs: list[ConformerJob], chunks: int, chunk: int) -> list[ConformerJob]:
    """The jobs of one chunk, in their old order.

    All jobs are sorted from dear to cheap and dealt out in turn, so chunks cost about the same.

    Raises:
        InputError: there is no such chunk.
    """
    if not 0 <= chunk < chunks:
        raise InputError("chunk", chunk, f"0 to {chunks - 1}")
    by_cost = sorted(range(len(jobs)), key=lambda i: -jobs[i].cost)  # stable
    return [jobs[i] for i in sorted(by_cost[chunk::chunks])]
