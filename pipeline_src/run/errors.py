"""Errors by who has to act; types are set where the failure happens, never guessed from text."""


OTHER_VERSION = "It may stem from another version: delete it and run again."  # a hint


class PipelineError(Exception):
    """Base of all errors a user is meant to read as one sentence, not as a traceback."""

    exit_code = 1


class InputError(PipelineError):
    """The input or the configuration has to be changed; trying again is useless.

    Args:
        field: name of the field, file or setting at fault.
        received: what came.
        expected: what was expected.
        hint: what to do next.
    """

    exit_code = 2

    def __init__(self, field: str, received: object, expected: str, hint: str = ""):
        message = f"{field}: got {received!r}, expected {expected}."
        super().__init__(f"{message} {hint}" if hint else message)
        self.field, self.received, self.expected, self.hint = field, received, expected, hint


class ResourceError(PipelineError):
    """Memory, disk or another machine resource ran out; the same job may pass elsewhere."""

    exit_code = 3


class ConvergenceError(PipelineError):
    """One conformer or molecule failed numerically; it becomes a row with this reason."""

    exit_code = 4


class Interrupted(PipelineError):
    """The job was asked to stop; what it had is saved and the same command goes on from there."""

    exit_code = 143
