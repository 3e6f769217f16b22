"""Checks BXML and encodes it in UTF-8 before it is sent to the platform."""

import re
import warnings
from collections.abc import Iterable
from typing import TYPE_CHECKING

from bxml._once import FIRST_IMPORT
from bxml._wording import quoted
from bxml.errors import Problem, ValidationError
from callcontrol.errors import CallControlWarning, RequestError

if TYPE_CHECKING:
    from bxml.documents import Document

_RELATIVE = "relative-url-without-base"
_FRAMES = 4
_XML_DECLARATION = re.compile(rb"(?:\xef\xbb\xbf)?<\?xml\s([^>]*+)>")
_ENCODING = re.compile(rb"\sencoding\s*+=\s*+[\"']([^\"'<>]*+)")
_DECLARATION = re.compile(r"\A\ufeff?(?:<\?xml\s[^>]*\?>)?")


def encoded(document: object) -> bytes:
    """Return the bytes to send for a document, or for XML as text or bytes.

    :raises bxml.ValidationError: for BXML that the platform would refuse.
    :raises RequestError: for a value of another type.
    """
    with FIRST_IMPORT:
        from bxml.checking import check
        from bxml.documents import Document

    if isinstance(document, Document):
        _warn(_relative_urls(document))
        return document.to_bytes()
    if not isinstance(document, str | bytes):
        raise RequestError([_no_document(document)])
    found = check(document, context="call-update")
    problems = [item for item in found if item.severity == "error"]
    if problems:
        raise ValidationError(problems)
    _warn(found)
    return document if isinstance(document, bytes) and _is_utf8(document) else _utf8(document)


def _relative_urls(document: "Document") -> list[Problem]:
    """Return the relative URLs; composing the document has already checked everything else."""
    with FIRST_IMPORT:
        from bxml.checking import check
        from bxml.rules import RULES

    find = RULES[_RELATIVE].document
    found = find is not None and any(find(document, "call-update", str))
    return check(document, context="call-update") if found else []


def _warn(problems: Iterable[Problem]) -> None:
    for problem in problems:
        if problem.rule == _RELATIVE:
            # The frame that called update_call_bxml.
            warnings.warn(str(problem), CallControlWarning, stacklevel=_FRAMES)


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
        from bxml._porting_sdk import is_document

    hint = "put verbs into a document: Bxml(...)" if isinstance(value, Verb) else None
    if is_document(value):
        hint = "it comes from the vendor's SDK; give the text of its to_bxml()"
    text = f"expected a document, or BXML as str or bytes, got {quoted(value)}"
    return Problem.at("update_call_bxml.document", "bad-document", text, hint=hint)
