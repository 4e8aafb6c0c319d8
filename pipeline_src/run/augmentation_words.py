"""The noise on a guide in training, in words."""

from collections.abc import Callable

from pipeline_src.run.settings.guides import Guide, PaperAugmentation


def augmentation_words(guide: Guide) -> str:
    """What the guide gets in training, as for a note: 'noise of levels 1 to 10 of 5000'."""
    return WORDS[guide.augmentation.kind](guide.augmentation)


def _paper(noise: PaperAugmentation) -> str:
    levels = f"levels 1 to {noise.max_step}" if noise.max_step > 1 else "level 1 alone, the lowest"
    return f"noise of {levels} of {noise.steps}"


# Kind of augmentation -> what it does, of its settings.
WORDS: dict[str, Callable] = {
    "none": lambda noise: "no noise",
    "paper": _paper,
    "released": lambda noise: f"noise of any of {noise.steps} levels",
    "sigma_max": lambda noise: f"noise to {noise.sigma_max_angstrom:g} Å"}
