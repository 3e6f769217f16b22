"""What can go wrong with a recording, as a person or a test gets to know it."""

from callcontrol.errors import CallControlError

__all__ = ["RecordingError", "ReplayError"]


class RecordingError(CallControlError, ValueError):
    """A recording cannot be written or read, or a setting of it makes no sense."""


class ReplayError(CallControlError):
    """The application cannot be reached, so that nothing can be compared."""
