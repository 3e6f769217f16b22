"""Small applications for the explorer, made from one function each."""

from collections.abc import Callable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import pytest

from bxml import MEDIA_TYPE
from bxml.documents import Document
from callcontrol.events import Event, parse_event

Voice = Callable[[Event, str], Document | bytes | int]
"""What an application answers to an event at a path: a document, other bytes, or a status."""


@pytest.fixture
def serving() -> Callable[[Voice], WSGIApplication]:
    """Return what makes a WSGI application from a function."""

    def make(voice: Voice) -> WSGIApplication:
        def app(environ: WSGIEnvironment, start: StartResponse) -> list[bytes]:
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            query = environ.get("QUERY_STRING")
            path = environ["PATH_INFO"] + (f"?{query}" if query else "")
            answer = voice(parse_event(body), path) if body else 404
            if isinstance(answer, int):
                start(f"{answer} Whatever", [])
                return []
            start("200 OK", [("Content-Type", MEDIA_TYPE)])
            return [answer if isinstance(answer, bytes) else answer.to_bytes()]

        return app

    return make
