"""Advice about exceptions of applications, by their type, text and origin."""

import os
import re
import sys
import traceback
from collections.abc import Iterator
from importlib import import_module
from types import TracebackType

import bxml
from bxml._node import ELEMENTS
from bxml._wording import did_you_mean, join_with_or
from callcontrol.events import EVENT_TYPES

_ENVIRON = frozenset((os.__file__, "<frozen os>"))
"""Files of the module whose ``environ`` raises the ``KeyError`` of a missing variable."""
_VERB = f"'(?:{'|'.join(sorted(ELEMENTS))})' object"
_OTHER_RESPONSE = (
    "this Response is that of the framework, which an import has put in place of bxml.Response: "
    "import bxml, and write bxml.Response()"
)
_JSON_RESPONSE = (
    "this Response is that of the framework and makes JSON: import bxml, write bxml.Response(...), "
    "and send its to_bxml() as application/xml"
)
_VENDOR_RESPONSE = (
    "this Response is that of the vendor's SDK, which takes a list of verbs: import bxml, and "
    "write bxml.Response(...)"
)
_TWILIO = (
    "VoiceResponse is Twilio's: build the document with bxml.Response; see Move over from TwiML "
    "in the documentation"
)
NO_FORM = (
    "webhooks are JSON, not a form: take the event with webhook(...) of callcontrol.integrations"
)
_ADVICE = (
    (
        re.compile(r"\bVoiceResponse\b"),
        _TWILIO,
    ),
    (re.compile(r"python-multipart"), NO_FORM),
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
        re.compile(rf"{_VERB} (?:has no attribute '(?:encode|strip)'|is not iterable)"),
        _OTHER_RESPONSE,
    ),
    (
        re.compile(rf"Object of type (?:Bxml|Response|{'|'.join(sorted(ELEMENTS))}) is not JSON"),
        _JSON_RESPONSE,
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
_NOT_IMPORTED = re.compile(r"cannot import name '(\w+)' from '((?:bxml|callcontrol)\b[\w.]*)'")
_HOMES = ("callcontrol", "bxml", "callcontrol.simulator", "callcontrol.errors", "bxml.errors")
"""Modules that are searched for a name that another one does not have."""
_ROUTES = {"WebhookRoute": "callcontrol.integrations.fastapi"}
"""Where names are whose modules need a framework."""
_WRONG_ARGUMENTS = re.compile(r"Response\.__init__\(\) ")
_OURS = ("bxml", "callcontrol")


def advice_about(error: BaseException, text: str) -> str:
    """Return what to change about an exception whose text is ``text``; empty if unknown."""
    variable = missing_variable(error)
    if variable is not None:
        return f"the environment variable {variable} is not set"
    if isinstance(error, AttributeError):
        found = _attribute_advice(error)
    elif isinstance(error, ImportError):
        found = _import_advice(str(error))
    elif isinstance(error, KeyError):
        found = NO_FORM if _is_about_form(error) else ""
    elif isinstance(error, TypeError) and _WRONG_ARGUMENTS.match(str(error)):
        found = _VENDOR_RESPONSE if _is_vendors_response(error) else _OTHER_RESPONSE
    else:
        found = ""
    return found or next((advice for pattern, advice in _ADVICE if pattern.search(text)), "")


def missing_variable(error: BaseException) -> str | None:
    """Return the name of the environment variable that a program looked for in vain."""
    frames = traceback.extract_tb(error.__traceback__)
    is_about_one = isinstance(error, KeyError) and bool(frames)
    if is_about_one and frames[-1].filename in _ENVIRON and frames[-1].name == "__getitem__":
        return str(error.args[0])
    return None


def _attribute_advice(error: AttributeError) -> str:
    """Return the advice for an attribute that an object does not have."""
    if not error.name:
        return ""
    kind = type(error.obj)
    if kind.__name__ == "Response" and hasattr(bxml.Response, error.name):
        return _OTHER_RESPONSE  # a verb was added to the Response of a framework
    is_ours = kind.__module__.partition(".")[0] in _OURS
    if not is_ours or "; " in str(error):  # it has a hint of its own
        return ""
    near = did_you_mean(error.name, tuple(_public(dir(kind))))
    owners = [cls.__name__ for cls in EVENT_TYPES.values() if hasattr(cls, error.name)]
    if near is None and kind in EVENT_TYPES.values() and owners:
        return f"{join_with_or(owners[:3])} has {error.name}: ask isinstance(event, {owners[0]})"
    return near or ""


def _public(names: list[str]) -> Iterator[str]:
    return (name for name in names if not name.startswith("_"))


def _import_advice(text: str) -> str:
    """Return where a name is that one of our modules does not have."""
    found = _NOT_IMPORTED.match(text)
    if found is None:
        return ""
    name, module = found.groups()
    home = _ROUTES.get(name) or next((home for home in _HOMES if _defines(home, name)), "")
    if home:
        return f"{name} is in {home}"
    return did_you_mean(name, tuple(getattr(sys.modules.get(module), "__all__", ()))) or ""


def _defines(module: str, name: str) -> bool:
    return name in getattr(import_module(module), "__all__", ())


def _is_about_form(error: KeyError) -> bool:
    """Return whether a form lacks a field: ``request.form()`` of Starlette, POST of Django."""
    last = _last(error)
    owner = None if last is None else last.tb_frame.f_locals.get("self")
    return type(owner).__name__ == "FormData" or (
        type(owner).__name__ == "QueryDict"
        and any(
            ".POST" in (frame.line or "") for frame in traceback.extract_tb(error.__traceback__)
        )
    )


def _is_vendors_response(error: TypeError) -> bool:
    last = _last(error)
    response: object = None if last is None else last.tb_frame.f_globals.get("Response")
    return str(getattr(response, "__module__", "")).startswith("bandwidth.")


def _last(error: BaseException) -> TracebackType | None:
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    return last
