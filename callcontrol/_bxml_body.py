"""Checks BXML and encodes it in UTF-8 before it is sent to the platform."""

import re
import warnings
from collections.abc import Callable, Iterable
from functools import cache
from typing import TYPE_CHECKING

from bxml._once import FIRST_IMPORT
from bxml._wording import quoted
from bxml.errors import Problem, ValidationError
from callcontrol._callers import levels_inside
from callcontrol.errors import CallControlWarning, RequestError

if TYPE_CHECKING:
    from bxml.documents import Document

    _Problems = Callable[[Document], list[Problem]]

_RELATIVE = "relative-url-without-base"
_CALL = "call-update"
_OTHER_NAME = (
    rb"""(?i:(?:\xef\xbb\xbf)?<\?xml\s[^>]*?\sencoding\s*+=\s*+["'](?!(?:utf-8|us-ascii)["']))"""
)
"""A declaration with another name for UTF-8 or ASCII, which some XML parsers do not know."""
_DECLARATION = r"\A\ufeff?(?:<\?xml\s[^>]*\?>)?"


class CheckedBody(bytes):
    """A document in UTF-8 that was checked, and is sent without another check."""

    __slots__ = ()


def encoded(
    document: object, context: str = _CALL, where: str = "update_call_bxml.document"
) -> bytes:
    """Return the bytes to send for a document, or for XML as text or bytes.

    ``context`` is one of ``bxml.rules.CONTEXTS``; ``where`` begins errors about the argument.

    :raises bxml.ValidationError: for BXML that the platform would refuse.
    :raises RequestError: for a value of another type.
    """
    if isinstance(document, CheckedBody):
        return document
    document_class, find_relative, problems_of = _imported()
    if isinstance(document, document_class):
        # Composing the document has already checked everything else.
        if context != _CALL:
            return _sendable(document, context)
        if any(find_relative(document, _CALL, str)):
            _warn(problems_of(document))
        return document.to_bytes()
    if not isinstance(document, str | bytes):
        raise RequestError([_no_document(document, where)])
    return _sendable(document, context)


def _sendable(document: "Document | str | bytes", context: str) -> CheckedBody:
    body, found = checked(document, context)
    if body is None:
        raise ValidationError([item for item in found if item.severity == "error"])
    _warn(found)
    return body


def checked(
    document: "Document | str | bytes", context: str = _CALL
) -> tuple[CheckedBody | None, list[Problem]]:
    """Return the bytes to send, None for a document with errors, and every problem."""
    with FIRST_IMPORT:
        from bxml._diagnostics import rule_problems, written
        from bxml.checking import check
        from bxml.documents import Document
        from bxml.rules import OFF

    body = b""
    if isinstance(document, Document):
        body, unfit = written(document)
        found = [*unfit, *rule_problems(document, context, OFF)]
    else:
        found = check(document, context=context)
    if any(problem.severity == "error" for problem in found):
        return None, found
    return CheckedBody(body if isinstance(document, Document) else _utf8(document)), found


@cache
def _imported() -> "tuple[type[Document], Callable[..., Iterable[object]], _Problems]":
    """Return the class of documents, the finder of relative URLs, and all rules for a document."""
    with FIRST_IMPORT:
        from bxml._diagnostics import rule_problems
        from bxml.documents import Document
        from bxml.rules import OFF, RULES

    find = RULES[_RELATIVE].document
    assert find is not None  # noqa: S101 - it is a rule about documents
    return Document, find, lambda document: rule_problems(document, _CALL, OFF)


def _warn(problems: Iterable[Problem]) -> None:
    for problem in problems:
        if problem.rule == _RELATIVE:
            warnings.warn(str(problem), CallControlWarning, stacklevel=levels_inside())


def _utf8(document: str | bytes) -> bytes:
    """Return a document in UTF-8; without its declaration if that may name another encoding."""
    with FIRST_IMPORT:
        from bxml._reading.decode import decode

    decoded = decode(document)
    if (
        isinstance(document, bytes)
        and decoded.encoding is None
        and not re.match(_OTHER_NAME, document)
    ):
        return document
    return re.sub(_DECLARATION, "", decoded.characters, count=1).encode()


def _no_document(value: object, where: str) -> Problem:
    with FIRST_IMPORT:
        from bxml import Verb
        from bxml._porting_sdk import is_document

    hint = "put verbs into a document: Bxml(...)" if isinstance(value, Verb) else None
    if is_document(value):
        hint = "it comes from the vendor's SDK; give the text of its to_bxml()"
    text = f"expected a document, or BXML as str or bytes, got {quoted(value)}"
    return Problem.at(where, "bad-document", text, hint=hint)
