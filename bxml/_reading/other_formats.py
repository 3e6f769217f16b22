"""Recognizes what applications send by mistake instead of a document: JSON, or a repr."""

import json
import re
from typing import NamedTuple

_MOST = 1_048_576
"""Bytes of JSON that are read."""
_REPR = re.compile(
    rb"""b?(['"])\s*<|<(?:[\w.]+ )?[\w.]+ (?:object )?at 0x[0-9a-fA-F]+>|[A-Z]\w*\("""
)
_DOCUMENT = re.compile(rb'"(?:verbs|extra_attributes)"')
"""Names of the fields of a document, which FastAPI writes when a handler returns one."""
HOW_TO_RETURN = (
    'return Response(content=doc.to_bxml(), media_type="application/xml") in FastAPI, '
    'Response(doc.to_bxml(), mimetype="application/xml") in Flask, '
    'HttpResponse(doc.to_bxml(), content_type="application/xml") in Django'
)
"""How an application returns a document, so that the framework sends it as it is."""


class Foreign(NamedTuple):
    """A text that is no document, with the finding and the hint."""

    finding: str
    hint: str


def recognized(body: bytes) -> Foreign | None:
    """Return what a text that is not well-formed XML is; None if nothing is certain."""
    text = body.lstrip()
    if text[:1] in (b'"', b"{", b"[") and (found := _json(text)) is not None:
        return Foreign(f"expected a BXML document, got JSON text: {found}", HOW_TO_RETURN)
    if _REPR.match(text):
        got = "expected a BXML document, got the repr of a Python object"
        return Foreign(got, f"call to_bxml() and send its text; {HOW_TO_RETURN}")
    return None


def _json(text: bytes) -> str | None:
    """Return what kind of JSON a text is; None if it is not JSON."""
    try:
        value: object = json.loads(text[:_MOST])
    except (ValueError, RecursionError):
        return None
    if isinstance(value, str):
        is_document = value.lstrip("\ufeff \t\r\n").startswith("<")
        return "a document in quotes" if is_document else "a text in quotes"
    if isinstance(value, dict):
        is_document = _DOCUMENT.search(text, 0, _MOST) is not None
        return "the fields of a document" if is_document else "an object"
    return "a list"
