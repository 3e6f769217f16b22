"""From the table of elements to the methods of a call script."""

import ast
import subprocess
import sys
import typing
from collections.abc import Iterator
from importlib import import_module

import bxml
from bxml import Verb
from callcontrol.scripts.links import hidden
from callcontrol.scripts.verbs import QUEUED, REPORTING, method_name
from tests.constructors.spelling import Bare, children, fields

PATH = "callcontrol/scripts/_methods.py"

_HEAD = '''"""The verbs of a call script, with the attributes of their elements.

Written by ``make constructors`` from the table of elements: without URLs, methods, fallbacks and
credentials, which the runtime sets.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypeVar, overload

from bxml import Custom, PhoneNumber, PlayAudio, SipUri, SpeakSentence, ssml
from bxml import CustomParam, StreamParam
from bxml.ssml import SpeechPiece
from bxml._kinds import Number
from bxml._types import *
from callcontrol.events import *
from callcontrol.scripts.asks import Whisper
from callcontrol.scripts.awaitables import Queued
from callcontrol.scripts.talk import Talk

T = TypeVar("T")


class CallMethods:
    """The verbs of a call."""

    __slots__ = ()

    if TYPE_CHECKING:
'''


def _parameters(cls: type[Verb], *first: str) -> Iterator[str]:
    """Yield the parameters of the method for a verb."""
    declared = fields(cls)
    content = cls.element.content
    yield "self"
    if content.form in ("children", "speech"):
        yield f"*{content.name}: {children(cls, declared[content.name], in_ssml=False)}"
    elif content.form == "text":
        yield f"{content.name}: {_annotation(declared[content.name])}"
    shown = [each for each in cls.element.attributes if each.name not in hidden(cls)]
    positional = content.form not in ("children", "speech")
    for attribute in shown if positional else ():
        if attribute.required:
            yield f"{attribute.name}: {_annotation(declared[attribute.name])}"
    if positional:
        yield "*"
    yield from first
    for attribute in shown:
        if not attribute.required or not positional:
            default = "" if attribute.required else " = None"
            yield f"{attribute.name}: {_annotation(declared[attribute.name])}{default}"
    yield "extra_attributes: Mapping[str, str] | None = None"


def _annotation(field: ast.AnnAssign) -> str:
    return ast.unparse(Bare().visit(field.annotation))


def _method(cls: type[Verb], result: str, *first: str, decorator: str = "") -> str:
    parameters = list(_parameters(cls, *first))
    summary = (cls.__doc__ or "").partition("\n")[0]
    body = f'"""{summary}"""\n            ...' if not decorator else "..."
    lines = ", ".join(parameters)
    return f"{decorator}        def {method_name(cls)}({lines}) -> {result}:\n            {body}\n"


def _coroutine(of: str) -> str:
    return f"Coroutine[Any, Any, {of}]"


def _methods() -> Iterator[str]:
    overload = "        @overload\n"
    for cls in QUEUED:
        yield _method(cls, "Queued")
    secret = ("secret: Literal[True]", "then: Callable[[str], T]")
    yield _method(bxml.Gather, _coroutine("GatherEvent"), decorator=overload)
    yield _method(bxml.Gather, _coroutine("T"), *secret, decorator=overload)
    yield _IMPLEMENTATION.format("gather")
    for cls, event in REPORTING.items():
        if cls is not bxml.Gather:
            yield _method(cls, _coroutine(event.__name__))
    yield _method(bxml.Transfer, _coroutine("Talk[None]"), decorator=overload)
    answered = ("answered: Whisper[T]",)
    yield _method(bxml.Transfer, _coroutine("Talk[T]"), *answered, decorator=overload)
    yield _IMPLEMENTATION.format("transfer")
    yield _method(bxml.Conference, _coroutine("None"))
    yield _method(bxml.Forward, _coroutine("NoReturn"))


_IMPLEMENTATION = """\
        def {}(self, *children: Any, **values: Any) -> Any:
            \"\"\"See the element.\"\"\"
            ...
"""


def source() -> str:
    """Return the module, formatted, with the imports that it needs."""
    text = _HEAD + "\n".join(_methods())
    text = text.replace("from bxml._types import *", _imports(text, "bxml._types"))
    text = text.replace("from callcontrol.events import *", _imports(text, "callcontrol.events"))
    for arguments in (("check", "--select", "I,F401", "--fix-only", "-q"), ("format",)):
        command = [sys.executable, "-m", "ruff", *arguments, "--stdin-filename", PATH, "-"]
        done = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
        text = done.stdout
    return text


def _imports(text: str, module: str) -> str:
    names = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
    known = frozenset(dir(import_module(module)))
    wanted = sorted(name for name in names & known if name[0].isupper() and name not in _OTHERS)
    return f"from {module} import {', '.join(wanted)}"


_OTHERS = frozenset(dir(typing)) | {"Mapping", "Number"}
