"""Absolute errors of ensemble properties, a row per molecule and quantity."""

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline_src.run.quantities import QUANTITIES

COLUMNS = ("molecule", "quantity", "reference_ev", "generated_ev", "absolute_error_ev",
           "n_reference", "n_generated", "n_failed", "status", "reason")


@dataclass(frozen=True)
class EnsembleSummary:
    """One molecule's ensemble: its properties, and what they rest on.

    Attributes:
        properties_ev: quantity -> eV; None when no conformer has properties.
        n_ok: conformers the properties rest on.
        n_failed: conformers without properties.
        reason: why there are no properties, else ''.
    """

    properties_ev: Mapping[str, float] | None
    n_ok: int
    n_failed: int
    reason: str = ""


_ABSENT = EnsembleSummary(None, 0, 0, "molecule not in the table")


def property_errors(
    reference: Mapping[str, EnsembleSummary], generated: Mapping[str, EnsembleSummary]
) -> list[dict]:
    """Rows of |reference - generated| in eV for every molecule of either side (models.md 5.3).

    ``n_reference`` and ``n_generated`` count the conformers behind a value, ``n_failed`` the
    generated ones that failed. A molecule without properties on either side is five failed rows;
    failed reference conformers of an otherwise good row are named in its reason.
    """
    names = dict.fromkeys([*reference, *generated])
    return [row for name in names
            for row in _rows(name, reference.get(name, _ABSENT), generated.get(name, _ABSENT))]


def _rows(name: str, reference: EnsembleSummary, generated: EnsembleSummary) -> list[dict]:
    sides = {"reference": reference, "generated": generated}
    missing = [f"{side}: {summary.reason}" for side, summary in sides.items()
               if summary.properties_ev is None]
    note = f"failed reference conformers: {reference.n_failed}" if reference.n_failed else ""
    common = {
        "molecule": name, "n_reference": reference.n_ok, "n_generated": generated.n_ok,
        "n_failed": generated.n_failed, "status": "failed" if missing else "ok",
        "reason": "; ".join(missing) or note,
    }
    return [{**common, "quantity": quantity, **_values(quantity, reference, generated)}
            for quantity in QUANTITIES]


def _values(quantity: str, reference: EnsembleSummary, generated: EnsembleSummary) -> dict:
    ours, theirs = (None if side.properties_ev is None else side.properties_ev[quantity]
                    for side in (generated, reference))
    error = None if ours is None or theirs is None else abs(theirs - ours)
    return {"reference_ev": theirs, "generated_ev": ours, "absolute_error_ev": error}
