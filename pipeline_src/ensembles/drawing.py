"""Which conformers of a molecule stand for all of them where not all are looked at."""

import hashlib

import numpy as np


def drawn_conformers(molecule: str, count: int, most: int | None, seed: int | None) -> np.ndarray:
    """Sorted indices of at most ``most`` of ``count`` conformers; none: all  # (<= most,)

    Failed conformers are drawn like others, so that what is drawn stands for all. Keyed by the seed
    and the molecule's id: neither other molecules nor their order matter.
    """
    if most is None or count <= most:
        return np.arange(count)
    digest = hashlib.sha256(f"{seed}:{molecule}".encode()).digest()
    generator = np.random.default_rng(int.from_bytes(digest[:8], "big"))
    return np.sort(generator.permutation(count)[:most])
