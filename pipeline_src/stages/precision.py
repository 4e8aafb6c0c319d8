"""In how many bits a network computes when sampling."""

from collections.abc import Callable

import torch

from pipeline_src.backbones.base import PairScores
from pipeline_src.run.errors import InputError

TYPES = {"16-mixed": torch.float16, "bf16-mixed": torch.bfloat16}


class Precision:
    """All in 32 bits, or the network's matrix products in 16 by ``torch.autocast``.

    Positions, noise and the step itself have 32 bits in either case, for autocast is on within the
    call of the network alone; scores come back in the positions' type.

    Args:
        name: '32-true', '16-mixed' or 'bf16-mixed', as in training.
        device: where the network is.

    Raises:
        InputError: the device has no products of that precision.
    """

    def __init__(self, name: str, device: torch.device):
        self.type, self.device = TYPES.get(name), device.type
        if self.type and not self._works(device):
            raise InputError("sampler.precision", name, f"a precision of this {device.type} device",
                             "32-true works everywhere.")

    def of(self, network: Callable[..., PairScores]) -> Callable[..., PairScores]:
        """The network, called in this precision."""
        if self.type is None:
            return network

        def called(*arguments, **options) -> PairScores:
            with torch.autocast(self.device, self.type):
                return network(*arguments, **options)

        return called

    def _works(self, device: torch.device) -> bool:
        """Whether a product is of the type asked for: autocast may refuse, or only warn."""
        one = torch.ones(1, 1, device=device)
        try:
            with torch.autocast(self.device, self.type):
                return (one @ one).dtype == self.type
        except RuntimeError:
            return False
