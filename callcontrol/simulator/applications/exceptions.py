"""Exceptions of an application: where they were raised, in words and as a traceback."""

import os
import re
import sysconfig
import traceback
from collections.abc import Sequence
from pathlib import Path

import bxml
from bxml.errors import BxmlError
from callcontrol.errors import CallControlError
from callcontrol.simulator.applications.base import ApplicationError

LIBRARIES = "site-packages"
"""Part of the paths of code that is not the application's own."""
MAX_SHOWN = 400
"""Characters of a foreign exception that are shown in one line; our own are shown whole."""
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
        re.compile(r"but it was a (?:method|function)\b"),
        "call what is returned: it lacks parentheses, as in doc.to_bxml()",
    ),
    (
        re.compile(r"\b(?:Bxml|Response|Verb)\b' object has no attribute 'encode'"),
        "give the Response of the framework text: doc.to_bxml()",
    ),
    (
        re.compile(r"missing \d+ required positional arguments?: 'event'"),
        "write @webhook(...) between the route and the function: it passes the event",
    ),
    (
        re.compile(r"did not return a valid resp"),
        'return Response(doc.to_bxml(), mimetype="application/xml") in every branch of the view',
    ),
)
"""Advice by the text of an exception that a framework raises."""
_OTHER_RESPONSE = (
    "this Response is that of the framework, which an import has put in place of bxml.Response: "
    "import bxml, and write bxml.Response()"
)
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


def advice_about(error: BaseException, text: str) -> str:
    """Return what to change about an exception whose text is ``text``; empty if unknown."""
    variable = missing_variable(error)
    if variable is not None:
        return f"the environment variable {variable} is not set"
    if _is_about_other_response(error):
        return _OTHER_RESPONSE
    return next((advice for pattern, advice in _ADVICE if pattern.search(text)), "")


def _is_about_other_response(error: BaseException) -> bool:
    """Return whether a verb was added to the Response of a framework."""
    if not isinstance(error, AttributeError) or not error.name:
        return False
    return type(error.obj).__name__ == "Response" and hasattr(bxml.Response, error.name)


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
