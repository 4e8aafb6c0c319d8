"""Everything that changes while a stage is trained, as one state that can be saved and restored."""

from typing import Protocol

import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import LambdaLR, ReduceLROnPlateau
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from pipeline_src.run.parts import load_part
from pipeline_src.run.settings.training import Training


class RateSchedule(Protocol):
    """The rate of one optimiser; what it remembers is the state of ``inner``, torch's own."""

    inner: LambdaLR | ReduceLROnPlateau

    def stepped(self) -> None:
        """Another step was taken."""

    def validated(self, loss: float) -> None:
        """The optimiser's validation loss is this."""


class GradientBound(Protocol):
    """The bound on the joint norm of the gradients of a step."""

    def now(self) -> float:
        """That of the next step."""

    def saw(self, norm: Tensor) -> None:
        """The norm of that step, before it was clipped, was this  # ()"""

    def state(self) -> list[float]:
        """What it remembers."""

    def restore(self, state: list[float]) -> None:
        """Take up what ``state`` gave."""


class Optimisation:
    """One Adam, or AdamW, and one schedule of its rate for each group of parameters.

    Args:
        backbone: the network; ``parameter_groups()`` names the groups, and the process's losses
            carry the same names.
        settings: rates, their schedule, the bound on gradients, weight and EMA decay.
        scaler: scales the loss where gradients are 16 bits; None: no scaling.
    """

    def __init__(self, backbone: nn.Module, settings: Training,
                 scaler: torch.amp.GradScaler | None = None):
        self.backbone, self.settings = backbone, settings
        self.scaler = scaler or torch.amp.GradScaler(enabled=False)
        self.optimizers = {
            name: torch.optim.AdamW(parameters, lr=settings.learning_rate,
                                    betas=(settings.adam_beta1, settings.adam_beta2),
                                    weight_decay=settings.weight_decay, amsgrad=settings.amsgrad)
            for name, parameters in backbone.parameter_groups().items()}
        schedule = load_part("schedule", settings.schedule)
        self.schedules: dict[str, RateSchedule] = {
            name: schedule(optimizer, settings) for name, optimizer in self.optimizers.items()}
        self.bound: GradientBound = load_part("clip", settings.clip)(settings)
        self.average = AveragedModel(
            backbone, multi_avg_fn=get_ema_multi_avg_fn(settings.ema_decay))

    def step(self) -> Tensor:
        """Clip the joint gradient, update weights and average; returns the gradient norm."""
        for optimizer in self.optimizers.values():
            self.scaler.unscale_(optimizer)
        norm = nn.utils.clip_grad_norm_(self.backbone.parameters(), self.bound.now())
        self.bound.saw(norm)
        for optimizer in self.optimizers.values():
            self.scaler.step(optimizer)
            optimizer.zero_grad(set_to_none=True)
        self.scaler.update()
        for schedule in self.schedules.values():
            schedule.stepped()
        self.average.update_parameters(self.backbone)
        return norm

    def validated(self, losses: dict[str, float]) -> None:
        """Let each schedule see its own validation loss."""
        for name, loss in losses.items():
            self.schedules[name].validated(loss)

    @property
    def learning_rate(self) -> float:
        """The largest current rate."""
        return max(o.param_groups[0]["lr"] for o in self.optimizers.values())

    def averaged_weights(self) -> dict[str, Tensor]:
        """The EMA of the weights, on the CPU."""
        return {name: value.detach().cpu().clone()
                for name, value in self.average.module.state_dict().items()}

    def state(self) -> dict:
        """All of it, for the rolling checkpoint."""
        return {"backbone": self.backbone.state_dict(), "average": self.average.state_dict(),
                "scaler": self.scaler.state_dict(), "bound": self.bound.state(),
                "optimizers": {n: o.state_dict() for n, o in self.optimizers.items()},
                "schedules": {n: s.inner.state_dict() for n, s in self.schedules.items()}}

    def restore(self, state: dict) -> None:
        """Take up a state made by ``state``."""
        self.backbone.load_state_dict(state["backbone"])
        self.average.load_state_dict(state["average"])
        self.scaler.load_state_dict(state["scaler"])
        self.bound.restore(state["bound"])
        for name, optimizer in self.optimizers.items():
            optimizer.load_state_dict(state["optimizers"][name])
            self.schedules[name].inner.load_state_dict(state["schedules"][name])
