"""Finds the line of the user's code that a warning is about."""

from inspect import currentframe

_PACKAGE = "callcontrol"


def levels_inside() -> int:
    """Return the number of frames of the caller up to the first one outside of this package.

    It is the ``stacklevel`` of a warning.
    """
    levels, frame = 0, currentframe()
    while frame is not None and str(frame.f_globals.get("__name__")).startswith(f"{_PACKAGE}."):
        levels, frame = levels + 1, frame.f_back
    return levels
