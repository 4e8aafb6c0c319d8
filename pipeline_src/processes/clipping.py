"""Bounds on the lengths of vectors."""

from torch import Tensor


def clip_lengths(vectors: Tensor, bound: float | None) -> Tensor:
    """The vectors, those longer than ``bound`` shortened to it  # (N, 3)"""
    if bound is None:
        return vectors
    length = vectors.norm(dim=-1, keepdim=True)
    return vectors * (bound / length.clamp(min=bound))
