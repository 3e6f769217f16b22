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

    _Check = Callable[..., list[Problem]]

_RELATIVE = "relative-url-without-base"
_XML_DECLARATION = re.compile(rb"(?:\xef\xbb\xbf)?<\?xml\s([^>]*+)>")
_ENCODING = re.compile(rb"\sencoding\s*+=\s*+[\"']([^\"'<>]*+)")
_DECLARATION = re.compile(r"\A\ufeff?(?:<\?xml\s[^>]*\?>)?")


def encoded(document: object) -> bytes:
    """Return the bytes to send for a document, or for XML as text or bytes.

    :raises bxml.ValidationError: for BXML that the platform would refuse.
    :raises RequestError: for a value of another type.
    """
    document_class, check, find_relative = _imported()
    if isinstance(document, document_class):
        # Composing the document has already checked everything else.
        if any(find_relative(document, "call-update", str)):
            _warn(check(document, context="call-update"))
        return document.to_bytes()
    if not isinstance(document, str | bytes):
        raise RequestError([_no_document(document)])
    found = check(document, context="call-update")
    problems = [item for item in found if item.severity == "error"]
    if problems:
        raise ValidationError(problems)
    _warn(found)
    return document if isinstance(document, bytes) and _is_utf8(document) else _utf8(document)


@cache
def _imported() -> "tuple[type[Document], _Check, Callable[..., Iterable[object]]]":
    """Return the class of documents, ``check``, and the rule about relative URLs."""
    with FIRST_IMPORT:
        from bxml.checking import check
        from bxml.documents import Document
        from bxml.rules import RULES

    find = RULES[_RELATIVE].document
    assert find is not None  # noqa: S101 - it is a rule about documents
    return Document, check, find


def _warn(problems: Iterable[Problem]) -> None:
    for problem in problems:
        if problem.rule == _RELATIVE:
            warnings.warn(str(problem), CallControlWarning, stacklevel=levels_inside())


def _is_utf8(document: bytes) -> bool:
    """Return whether every XML parser reads the bytes as UTF-8."""
    declaration = _XML_DECLARATION.match(document)
    found = _ENCODING.search(declaration[1]) if declaration is not None else None
    if found is not None and found[1].lower() not in (b"utf-8", b"us-ascii"):
        return False
    try:
        document.decode()
    except UnicodeDecodeError:
        return False
    return True


def _utf8(document: str | bytes) -> bytes:
    """Return a document in UTF-8, without its declaration, which may name another encoding."""
    with FIRST_IMPORT:
        from bxml._reading.decode import decode

    return _DECLARATION.sub("", decode(document).characters, count=1).encode()


def _no_document(value: object) -> Problem:
    with FIRST_IMPORT:
        from bxml import Verb

    hint = "put verbs into a document: Bxml(...)" if isinstance(value, Verb) else None
    text = f"expected a document, or BXML as str or bytes, got {quoted(value)}"
    return Problem.at("update_call_bxml.document", "bad-document", text, hint=hint)
