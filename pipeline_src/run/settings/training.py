"""How a stage is optimised. Defaults: MSGEN paper, Table 7 and Appendix C.5; models.md 3.1."""

from typing import Any, Literal

from pydantic import (
    Field,
    PositiveFloat,
    PositiveInt,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from pipeline_src.run.settings.base import Settings


class Training(Settings):
    """Optimisation of one stage; budgets are steps, never clock time."""

    max_conformers: PositiveInt | None = Field(5, description=(
        "conformers a molecule for training and validation, highest weight first; none: all"))
    iterations: PositiveInt = Field(3_000_000, description="optimiser steps")
    batch_size: PositiveInt = Field(32, description="conformers a step (Drugs 32, QM9 64)")
    atom_budget: PositiveInt | None = Field(None, description=(
        "atoms a step at most, which bounds memory: a step takes fewer than batch_size conformers "
        "where these are large; none: no bound, as in the papers"))
    learning_rate: PositiveFloat = Field(1e-3, description="Adam's, at the start")
    adam_beta1: float = Field(0.95, ge=0, lt=1, description="decay of the mean gradient")
    adam_beta2: float = Field(0.999, ge=0, lt=1, description="decay of the mean squared gradient")
    amsgrad: bool = Field(False, description="Adam's steps never lengthen again (EBD)")
    clip: Literal["fixed", "recent_norms"] = Field("fixed", description=(
        "the bound on the joint gradient norm; fixed: clip_norm; recent_norms: follows those of "
        "the last 50 steps, up to clip_norm (EBD, ET-Flow)"))
    clip_norm: PositiveFloat = Field(30_000.0, description="joint gradient norm (QM9 10,000)")
    weight_decay: float = Field(0.0, ge=0, description="AdamW's, times the rate at each step")
    schedule: Literal["plateau", "cosine", "constant"] = Field("plateau", description=(
        "of the rate; plateau: by the validation loss; cosine: by the steps (ET-Flow); constant: "
        "none (EBD)"))
    plateau_factor: float = Field(0.6, gt=0, lt=1, description="the rate falls by, at a plateau")
    plateau_patience: PositiveInt = Field(10, description="validations without progress")
    cosine_cycle: PositiveInt | None = Field(None, description=(
        "steps from the highest rate to the lowest, and again; none: all iterations, once"))
    cosine_restart: float = Field(1.0, gt=0, le=1, description="a cycle's start, of the last one's")
    cosine_minimum: float = Field(1e-8, ge=0, description="the lowest rate")
    validate_every: PositiveInt = Field(5_000, description="steps")
    validation_batches: PositiveInt = Field(50, description="at most; the same noise every time")
    ema_decay: float = Field(0.999, ge=0, lt=1, description="0: sample with the raw weights")
    checkpoint_every: PositiveInt = Field(1_000, description=(
        "steps between rolling checkpoints; after 45 s there is one in any case"))
    precision: Literal["auto", "32-true", "16-mixed", "bf16-mixed"] = Field(
        "auto", description="auto: 32 bits, on a GPU with TF32 products; 32-true: without"
    )
    devices: PositiveInt = Field(1, description="GPUs; without one the CPU is used")

    @model_validator(mode="after")
    def _one_a_device(self) -> "Training":
        if self.batch_size < self.devices:
            raise ValueError(f"batch_size {self.batch_size} must be at least devices "
                             f"{self.devices}: each device takes its share of a batch")
        return self

    @model_serializer(mode="wrap")
    def _plain(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Without a fixed bound's name: so do stages say that were trained before it had one."""
        data = handler(self)
        if data["clip"] == "fixed":
            del data["clip"]
        return data
