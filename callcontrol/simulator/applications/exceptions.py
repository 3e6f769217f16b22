"""Exceptions of an application: where they were raised, in words and as a traceback."""

import sysconfig
import traceback
from collections.abc import Sequence
from pathlib import Path

import bxml
from bxml.errors import BxmlError
from callcontrol.errors import CallControlError
from callcontrol.simulator.applications.base import ApplicationError
from callcontrol.simulator.applications.error_advice import advice_about

LIBRARIES = "site-packages"
"""Part of the paths of code that is not the application's own."""
MAX_SHOWN = 400
"""Characters of a foreign exception that are shown in one line; our own are shown whole."""
_HERE = (str(Path(__file__).parents[2]), str(Path(bxml.__file__).parent))
"""The folders of these packages."""
_STANDARD = sysconfig.get_path("stdlib")


def raised_at(error: BaseException) -> str:
    """Return ``voice.py:12``, the last line of the application's own, else of the library."""
    frames = traceback.extract_tb(error.__traceback__)
    return _own_place(frames) or (_place_of(frames[-1]) if frames else "")


def _own_place(frames: Sequence[traceback.FrameSummary]) -> str:
    own = [frame for frame in frames if _is_own(frame.filename)]
    return _place_of(own[-1]) if own else ""


def _place_of(frame: traceback.FrameSummary) -> str:
    return f"{Path(frame.filename).name}:{frame.lineno}"


def described(error: BaseException, handler: str = "") -> str:
    """Return ``KeyError: '9' at voice.py:12``, in one line.

    An exception that no line of the application has raised is said to be in ``handler``.
    """
    kind = "" if isinstance(error, ApplicationError) else f"{type(error).__name__}: "
    text = " ".join(f"{kind}{error}".split()).removesuffix(":")
    line = _own_place(traceback.extract_tb(error.__traceback__))
    place = f" at {line}" if line else f" in {handler}" if handler and handler not in text else ""
    finding, hint = text, ""
    if isinstance(error, BxmlError | CallControlError):
        finding, _, hint = text.partition("; ")
    elif len(text) > MAX_SHOWN:
        finding = f"{text[:MAX_SHOWN]}..."
    return "; ".join(filter(None, (f"{finding}{place}", hint, advice_about(error, text))))


def traceback_of(error: BaseException) -> str:
    """Return the traceback, without the frames of the simulator and the framework before it."""
    whole = traceback.TracebackException.from_exception(error)
    stack = whole.stack
    own = next((at for at, frame in enumerate(stack) if _is_own(frame.filename)), len(stack))
    del whole.stack[:own]
    return "".join(whole.format()).rstrip("\n")


def _is_own(file: str) -> bool:
    return LIBRARIES not in file and not file.startswith((*_HERE, _STANDARD, "<"))
