"""What a random draw is for: the last word of its counter. Never renumber: samples would change.

Uses have numbers below 16. What is drawn again adds to them: ``RETRY`` in the second try of a
conformer that diverged, ``REDRAW`` times n in the n-th draw more for the sake of its stereo.
"""

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
    REDRAW = 32  # added n times in the n-th draw after the first of one whose stereo was wrong
