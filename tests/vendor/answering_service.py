"""Stands in for the service that answers the calls of the vendor's live tests.

A test asks it for an id, which the call carries as its tag, and later what has become of the call.
"""

import json
from collections.abc import Callable, Mapping
from itertools import count
from wsgiref.types import StartResponse, WSGIEnvironment

from bxml import Document, Response
from callcontrol import CallEvent, EventError, parse_event

TEXT = "This call is recorded."
PAUSE = Response().pause(duration=60)


def _recording(seconds: int) -> Document:
    started = Response().start_recording(recording_available_url="/recordings")
    return started.speak_sentence(TEXT).pause(duration=seconds).stop_recording()


DOCUMENTS: Mapping[str, Callable[[str], Document]] = {
    "/bxml/joinConferencePause": lambda test: Response().conference(test),
    "/bxml/startRecording": lambda _: _recording(2),
    "/bxml/startLongRecording": lambda _: _recording(60),
}
"""What a call plays by the path of its answer URL, from the id of its test; otherwise a pause."""
FLAGS = {"recordingAvailable": "callRecorded", "transcriptionAvailable": "callTranscribed"}
"""What the tests ask for, by the event that reports it."""


class AnsweringService:
    """A WSGI application."""

    def __init__(self) -> None:
        self._ids = count(1)
        self._states: dict[str, dict[str, object]] = {}
        self._tests: dict[str, str] = {}
        """The id of the test by that of its call."""

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> list[bytes]:
        """Answer a test or a webhook."""
        body: bytes = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        path = f"/{environ['PATH_INFO'].strip('/')}"  # the tests join some URLs with two slashes
        reply, content_type = self._reply(environ["REQUEST_METHOD"], path, body)
        start("200 OK", [("Content-Type", content_type)])
        return [reply]

    def _reply(self, method: str, path: str, body: bytes) -> tuple[bytes, str]:
        if (method, path) == ("POST", "/tests"):
            return self._made().encode(), "text/plain"
        if method == "GET" and path.startswith("/tests/"):
            return json.dumps(self._states[path.removeprefix("/tests/")]).encode(), "text/plain"
        return self._webhook(path, body).to_bytes(), "application/xml"

    def _made(self) -> str:
        test = f"test-{next(self._ids)}"
        self._states[test] = {"status": "DEAD", "callRecorded": False, "callTranscribed": False}
        return test

    def _webhook(self, path: str, body: bytes) -> Document:
        try:
            event = parse_event(body)
        except EventError:
            return PAUSE
        if not isinstance(event, CallEvent):
            return PAUSE
        test = self._tests.setdefault(event.call_id, getattr(event, "tag", None) or "")
        state = self._states.setdefault(test, {})
        state["status"] = "DEAD" if event.event_type == "disconnect" else "ALIVE"
        if event.event_type in FLAGS:
            state[FLAGS[event.event_type]] = True
        return DOCUMENTS[path](test) if path in DOCUMENTS else PAUSE
