"""Which row of a table has the samples that another one is compared with."""

from collections.abc import Sequence

from pipeline_src.run.settings.paper_table import PaperRow

_FIELDS = ("scores", "properties", "samples")  # and the same of the baseline


def with_baseline_rows(rows: Sequence[PaperRow]) -> tuple[PaperRow, ...]:
    """The rows, each with the label of the one that has its baseline's files; else its chain.

    Two walks of one chain, or one chain of two experiments, are two rows: their files tell them
    apart, the name of the chain does not. Where a table reads no files of baselines, it is the row
    of the baseline's chain in the same experiment, dataset and walk.
    """
    return tuple(row.model_copy(update={"against": _label(row, rows)}) if row.baseline else row
                 for row in rows)


def _label(row: PaperRow, rows: Sequence[PaperRow]) -> str:
    return next((other.label for other in rows if other is not row and _is_baseline(other, row)),
                row.baseline)


def _is_baseline(other: PaperRow, row: PaperRow) -> bool:
    for field in _FIELDS:
        wanted = [source.pattern for source in getattr(row, f"baseline_{field}")]
        if wanted:
            return wanted == [source.pattern for source in getattr(other, field)]
    return (other.experiment, other.dataset, other.sampler, other.chain, other.element) == (
        row.experiment, row.dataset, row.sampler, row.baseline, "")
