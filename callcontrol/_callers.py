"""Finds the line of the user's code that a warning is about."""

import sys
from types import FrameType

_PACKAGE = "callcontrol"


def levels_inside() -> int:
    """Return the number of frames of the caller up to the first one outside of this package.

    It is the ``stacklevel`` of a warning.
    """
    frame: FrameType | None = sys._getframe()  # noqa: SLF001 - inspect takes long to import
    levels = 0
    while frame is not None and str(frame.f_globals.get("__name__")).startswith(f"{_PACKAGE}."):
        levels, frame = levels + 1, frame.f_back
    return levels
