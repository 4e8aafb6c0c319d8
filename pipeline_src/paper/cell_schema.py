"""What every line of a table of the paper holds to, whatever its kind."""

import math
from collections.abc import Iterable
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipeline_src.reports.inputs import METRICS
from pipeline_src.run.errors import PipelineError

COVERAGE = tuple(name for name in METRICS if name.startswith("cov"))
PROBABILITIES = ("p", "p_sign", "p_holm")
PLANNED = ("items", "noise_levels", "iterations")  # read from the plan and not from a file
COMMIT = r"\S+"  # as git describes it
Flag = Literal["", "true", "false"]
Text = Annotated[str, Field(strict=True)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0)]


class CellError(PipelineError):
    """A line of a table that does not hold to the schema: a mistake of the program."""


class Cell(BaseModel):
    """A line of a table; fields are the columns, in their order."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    item: Text = Field(min_length=1)
    size: Text = Field(min_length=1)
    row: Text = Field(min_length=1)
    part: Text | None
    chain: Text | None
    baseline: Text | None
    against: Text | None
    dataset: Text | None
    train_dataset: Text | None
    delta_angstrom: Annotated[float, Field(gt=0)] | None
    metric: Text = Field(min_length=1)
    statistic: Text
    unit: Text
    symmetrize: Flag
    paper: Annotated[str, Field(strict=True, min_length=1)] | None
    measured: Number | Text | None
    ci_low: Number | None
    ci_high: Number | None
    molecules: Count | None
    failed: Count | None
    seeds: Annotated[str, Field(pattern=r"^(\d+( \d+)*)?$")] | None
    comparable: Literal["", "yes", "no"]
    note: Text
    commit: Annotated[str, Field(pattern=rf"^({COMMIT}( {COMMIT})*)?$")] | None
    settings_hash: Annotated[str, Field(pattern=r"^([0-9a-f]{8})?$")] | None

    @model_validator(mode="after")
    def _provenance(self) -> Self:
        """A measured value says what made it."""
        if self.measured is not None and self.metric not in PLANNED \
                and not (self.commit and self.settings_hash):
            raise ValueError("a measured value without commit and settings_hash")
        return self

    @model_validator(mode="after")
    def _sides(self) -> Self:
        """Paper and measured: two values that are side by side say whether they compare."""
        if self.paper is not None and not self.comparable:
            raise ValueError("a value of the paper without a word in `comparable`")
        if self.paper is not None and self.comparable == "no" and not self.note:
            raise ValueError("a value of the paper that does not compare, without a reason")
        return self

    @model_validator(mode="after")
    def _interval(self) -> Self:
        if (self.ci_low is None) != (self.ci_high is None):
            raise ValueError("one end of an interval")
        if self.ci_low is not None and not (
                isinstance(self.measured, float) and self.ci_low <= self.ci_high):
            raise ValueError("an interval without a value, or with its ends exchanged")
        return self

    @model_validator(mode="after")
    def _range(self) -> Self:
        if not isinstance(self.measured, float):
            return self
        if self.statistic in ("mean", "median") and self.metric in METRICS:
            limit = 100 if self.metric in COVERAGE else math.inf
            if not 0 <= self.measured <= limit:
                raise ValueError(f"{self.metric} outside 0 to {limit}")
        if self.statistic in PROBABILITIES and not 0 <= self.measured <= 1:
            raise ValueError("a probability outside 0 to 1")
        return self


def checked(cells: Iterable[dict]) -> list[dict]:
    """The cells, as they are.

    Raises:
        CellError: one does not hold to ``Cell``; says which and why.
    """
    found = list(cells)
    for cell in found:
        try:
            Cell.model_validate(cell)
        except ValidationError as error:
            why = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'line'}: {e['msg']}"
                            for e in error.errors())
            place = ", ".join(str(cell.get(name)) for name in ("item", "row", "metric",
                                                               "statistic"))
            raise CellError(f"{place}: {why}. Please report this.") from None
    return found
