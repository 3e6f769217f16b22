"""Exceptions of an application: where they were raised, in words and as a traceback."""

import os
import re
import sysconfig
import traceback
from collections.abc import Sequence
from pathlib import Path

import bxml

LIBRARIES = "site-packages"
"""Part of the paths of code that is not the application's own."""
MAX_SHOWN = 120
"""Characters of an exception that are shown in one line."""
_HERE = (str(Path(__file__).parents[2]), str(Path(bxml.__file__).parent))
"""The folders of these packages."""
_ENVIRON = frozenset((os.__file__, "<frozen os>"))
"""Files of the module whose ``environ`` raises the ``KeyError`` of a missing variable."""
_ADVICE = (
    (
        re.compile(r"coroutine"),
        "write await before the call of the async function",
    ),
    (
        re.compile(r"did not return a valid resp"),
        'return Response(doc.to_bxml(), mimetype="application/xml") in every branch of the view',
    ),
)
"""Advice by the text of an exception that a framework raises."""
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


def described(error: BaseException) -> str:
    """Return ``KeyError: '9' at voice.py:12``, in one line."""
    text = " ".join(f"{type(error).__name__}: {error}".split()).removesuffix(":")
    shown = text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}..."
    place = _own_place(traceback.extract_tb(error.__traceback__))
    advice = _advice_about(error, text)
    return f"{shown}{f' at {place}' if place else ''}{f'; {advice}' if advice else ''}"


def _advice_about(error: BaseException, text: str) -> str:
    variable = missing_variable(error)
    if variable is not None:
        return f"the environment variable {variable} is not set"
    return next((advice for pattern, advice in _ADVICE if pattern.search(text)), "")


def missing_variable(error: BaseException) -> str | None:
    """Return the name of the environment variable that a program looked for in vain."""
    frames = traceback.extract_tb(error.__traceback__)
    is_about_one = isinstance(error, KeyError) and bool(frames)
    if is_about_one and frames[-1].filename in _ENVIRON and frames[-1].name == "__getitem__":
        return str(error.args[0])
    return None


def traceback_of(error: BaseException) -> str:
    """Return the traceback, without the frames of the simulator and the framework before it."""
    whole = traceback.TracebackException.from_exception(error)
    stack = whole.stack
    own = next((at for at, frame in enumerate(stack) if _is_own(frame.filename)), len(stack))
    del whole.stack[:own]
    return "".join(whole.format()).rstrip("\n")


def _is_own(file: str) -> bool:
    return LIBRARIES not in file and not file.startswith((*_HERE, _STANDARD, "<"))
