"""Everything that changes while a stage is trained, as one state that can be saved and restored."""

import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import ReduceLROnPlateau
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from pipeline_src.run.settings.training import Training


class Optimisation:
    """GeoDiff's recipe: one Adam and one plateau schedule for each group of parameters.

    Args:
        backbone: the network; ``parameter_groups()`` names the groups, and the process's losses
            carry the same names.
        settings: rates, patience and EMA decay.
        scaler: scales the loss where gradients are 16 bits; None: no scaling.
    """

    def __init__(self, backbone: nn.Module, settings: Training,
                 scaler: torch.amp.GradScaler | None = None):
        self.backbone, self.settings = backbone, settings
        self.scaler = scaler or torch.amp.GradScaler(enabled=False)
        self.optimizers = {
            name: torch.optim.Adam(parameters, lr=settings.learning_rate,
                                   betas=(settings.adam_beta1, settings.adam_beta2),
                                   amsgrad=settings.amsgrad)
            for name, parameters in backbone.parameter_groups().items()}
        self.schedules = {
            name: ReduceLROnPlateau(optimizer, factor=settings.plateau_factor,
                                    patience=settings.plateau_patience)
            for name, optimizer in self.optimizers.items()}
        self.average = AveragedModel(
            backbone, multi_avg_fn=get_ema_multi_avg_fn(settings.ema_decay))

    def step(self) -> Tensor:
        """Clip the joint gradient, update weights and average; returns the gradient norm."""
        for optimizer in self.optimizers.values():
            self.scaler.unscale_(optimizer)
        norm = nn.utils.clip_grad_norm_(self.backbone.parameters(), self.settings.clip_norm)
        for optimizer in self.optimizers.values():
            self.scaler.step(optimizer)
            optimizer.zero_grad(set_to_none=True)
        self.scaler.update()
        self.average.update_parameters(self.backbone)
        return norm

    def validated(self, losses: dict[str, float]) -> None:
        """Let each schedule see its own validation loss."""
        for name, loss in losses.items():
            self.schedules[name].step(loss)

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
                "scaler": self.scaler.state_dict(),
                "optimizers": {n: o.state_dict() for n, o in self.optimizers.items()},
                "schedules": {n: s.state_dict() for n, s in self.schedules.items()}}

    def restore(self, state: dict) -> None:
        """Take up a state made by ``state``."""
        self.backbone.load_state_dict(state["backbone"])
        self.average.load_state_dict(state["average"])
        self.scaler.load_state_dict(state["scaler"])
        for name, optimizer in self.optimizers.items():
            optimizer.load_state_dict(state["optimizers"][name])
            self.schedules[name].load_state_dict(state["schedules"][name])
