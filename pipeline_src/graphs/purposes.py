"""What a random draw is for: the last word of its counter. Never renumber: samples would change."""

from enum import IntEnum


class Purpose(IntEnum):
    """One number for each use of noise."""

    PRIOR = 0
    STEP = 1
    DIRECTION = 2  # upsampling
    TIME = 3
    AUGMENTATION_LEVEL = 4
    AUGMENTATION = 5
    FORWARD = 6  # the noise of training
    RETRY = 16  # added to the others when a diverged conformer is drawn again
