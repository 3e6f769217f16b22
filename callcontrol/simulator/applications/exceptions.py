"""Exceptions of an application: where they were raised, in words and as a traceback."""

import sysconfig
import traceback
from pathlib import Path

LIBRARIES = "site-packages"
"""Part of the paths of code that is not the application's own."""
MAX_SHOWN = 120
"""Characters of an exception that are shown in one line."""
_HERE = str(Path(__file__).parents[2])
_STANDARD = sysconfig.get_path("stdlib")


def raised_at(error: BaseException) -> str:
    """Return ``voice.py:12``, the last line of the application's own; empty if there is none."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if LIBRARIES not in frame.filename] or frames
    return f"{Path(own[-1].filename).name}:{own[-1].lineno}" if own else ""


def described(error: BaseException) -> str:
    """Return ``KeyError: '9' at voice.py:12``, in one line."""
    text = " ".join(f"{type(error).__name__}: {error}".split()).removesuffix(":")
    shown = text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}..."
    place = raised_at(error)
    return f"{shown} at {place}" if place else shown


def traceback_of(error: BaseException) -> str:
    """Return the traceback, without the frames of the simulator and the framework before it."""
    whole = traceback.TracebackException.from_exception(error)
    own = next((at for at, frame in enumerate(whole.stack) if _is_own(frame.filename)), 0)
    del whole.stack[:own]
    return "".join(whole.format()).rstrip("\n")


def _is_own(file: str) -> bool:
    return LIBRARIES not in file and not file.startswith((_HERE, _STANDARD, "<"))
