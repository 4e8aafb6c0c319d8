"""How several stages do as chemistry, against one: soundness, strain, scores after relaxation."""

from collections.abc import Callable
from dataclasses import replace

from pipeline_src.paper.answer import counted, one_training
from pipeline_src.paper.claims import BETTER, WORSE, Claim, states
from pipeline_src.paper.comparison import Comparison
from pipeline_src.paper.names import is_strain
from pipeline_src.paper.sound_values import CHECKS
from pipeline_src.paper.words import quoted
from pipeline_src.reports.inputs import METRICS


def chemistry(found: list[Comparison], sound: list[Comparison]) -> str:
    """The comparisons of the paper's chains, where it was looked at; '' where not.

    Args:
        found: the comparisons in geometry.
        sound: of the item ``SOUND``.
    """
    chains = {c.claims[0].chain for c in found}
    sound = [c for c in sound if c.claims[0].chain in chains]
    checked, relaxed = (_of(sound, which) for which in (_is_check, _is_relaxed))
    if not checked:
        return ""
    parts = [f"{word} in {len(lines)}: {'; '.join(lines)}" for word, state in (
        ("better", BETTER), ("worse", WORSE)) if (lines := _decided(checked, state))]
    rest = f" {'. '.join(part[0].upper() + part[1:] for part in parts)}." if parts else \
        " None is decided."
    return (f"As chemistry (Validity: soundness, stereo, clashes, strain), of "
            f"{counted(len(checked))} of several stages with one{one_training(checked)}:{rest}"
            f"{_relaxed(relaxed)}")


def _of(found: list[Comparison], which: Callable[[Claim], bool]) -> list[Comparison]:
    """The comparisons with those of their claims alone."""
    kept = [replace(c, claims=tuple(filter(which, c.claims))) for c in found]
    return [c for c in kept if c.claims]


def _is_check(claim: Claim) -> bool:
    return claim.metric in CHECKS or is_strain(claim.metric)


def _is_relaxed(claim: Claim) -> bool:
    return not _is_check(claim) and claim.metric not in METRICS


def _decided(found: list[Comparison], state: str) -> list[str]:
    """Those with a score of that state, and in how many of its scores."""
    counts = [(c, states(c.claims)[state]) for c in found]
    return [f"{quoted(c.claims[0].row)} ({count} of {len(c.claims)})"
            for c, count in counts if count]


def _relaxed(found: list[Comparison]) -> str:
    """What is left of the differences after a relaxation."""
    claims = [claim for c in found for claim in c.claims]
    if not claims:
        return ""
    counts = states(claims)
    if not counts[BETTER] + counts[WORSE]:
        return " After a short relaxation no difference in coverage or matching is decided."
    return (f" After a short relaxation, {counts[BETTER]} better and {counts[WORSE]} worse of "
            f"{len(claims)} difference{'s' * (len(claims) > 1)} in coverage and matching.")
