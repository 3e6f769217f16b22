"""Recognizes what applications send by mistake instead of a document: JSON, a repr, a web page."""

import json
import re
from typing import NamedTuple

from bxml._wording import quoted

_MOST = 1_048_576
"""Bytes of JSON that are read."""
_REPR = re.compile(
    rb"""b?(['"])\s*<|<(?:[\w.]+ )?[\w.]+ (?:object )?at 0x[0-9a-fA-F]+>|[A-Z]\w*\("""
)
_PAGE = re.compile(rb"\A\s*+(?:<!doctype\s++html|<html\b)", re.IGNORECASE)
_TITLE = re.compile(rb"<title[^<>]*>\s*+([^<]{1,80})", re.IGNORECASE)
_MOST_PAGE = 65_536
"""Bytes of a web page in which its title is looked for."""
_DOCUMENT = re.compile(rb'"(?:verbs|extra_attributes)"')
"""Names of the fields of a document, which FastAPI writes when a handler returns one."""
_FIELDS = "the fields of a document"
HOW_TO_RETURN = (
    'return Response(content=doc.to_bxml(), media_type="application/xml") in FastAPI, '
    'Response(doc.to_bxml(), mimetype="application/xml") in Flask, '
    'HttpResponse(doc.to_bxml(), content_type="application/xml") in Django'
)
"""How an application returns a document, so that the framework sends it as it is."""


ROUTE_CLASS = (
    "in FastAPI set app.router.route_class = WebhookRoute before the first route "
    "(callcontrol.integrations.fastapi), or "
)
"""The setting that is missing where FastAPI writes the fields of a document."""


class Foreign(NamedTuple):
    """A text that is no document, with the finding and the hint."""

    finding: str
    hint: str


def recognized(body: bytes) -> Foreign | None:
    """Return what a text that is not well-formed XML is; None if nothing is certain."""
    if (page := web_page(body)) is not None:
        return page
    text = body.lstrip()
    if (text[:1] in (b'"', b"{", b"[") or text.rstrip() == b"null") and (
        found := _json(text)
    ) is not None:
        hint = f"{ROUTE_CLASS}{HOW_TO_RETURN}" if found == _FIELDS else HOW_TO_RETURN
        return Foreign(f"expected a BXML document, got JSON text: {found}", hint)
    if _REPR.match(text):
        got = "expected a BXML document, got the repr of a Python object"
        return Foreign(got, f"call to_bxml() and send its text; {HOW_TO_RETURN}")
    return None


def web_page(body: bytes) -> Foreign | None:
    """Return the finding about a page of HTML; None for anything else."""
    if _PAGE.match(body) is None:
        return None
    title = _TITLE.search(body, 0, _MOST_PAGE)
    words = title[1].decode(errors="replace").split() if title is not None else []
    named = f" with the title {quoted(' '.join(words))}" if words else ""
    return Foreign(
        f"expected a BXML document, got a web page{named}",
        "the URL may be that of a page for people, or a tunnel, proxy or login replies instead of "
        "the application: open the URL in a browser",
    )


def _json(text: bytes) -> str | None:
    """Return what kind of JSON a text is; None if it is not JSON."""
    try:
        value: object = json.loads(text[:_MOST])
    except (ValueError, RecursionError):
        return None
    if isinstance(value, str):
        is_document = value.lstrip("\ufeff \t\r\n").startswith("<")
        return "a document in quotes" if is_document else "a text in quotes"
    if value is None:
        return "null, as of a handler that ends without a return statement"
    if isinstance(value, dict):
        is_document = _DOCUMENT.search(text, 0, _MOST) is not None
        return _FIELDS if is_document else "an object"
    return "a list"
