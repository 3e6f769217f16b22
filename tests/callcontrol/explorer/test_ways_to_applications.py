"""The same application as WSGI, as ASGI and behind a URL: the explorer finds the same."""

from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from bxml import Gather, Response, SpeakSentence
from bxml.documents import Document
from callcontrol.events import Event, GatherEvent, parse_event
from callcontrol.explorer import Report, explore
from callcontrol.simulator.applications import ApplicationTarget
from tests.servers import served
from tests.waiting import refused_port

Message = MutableMapping[str, Any]


Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


def voice(event: Event) -> Document:
    """Serve a menu with an error, a dead end and a way out."""
    match event:
        case GatherEvent(digits="1"):
            raise ValueError("no sales today")
        case GatherEvent(digits="2"):
            return Response()
        case GatherEvent():
            return Response().speak_sentence("Goodbye.").hangup()
        case _:
            return Response(Gather(SpeakSentence("Press 1."), gather_url="/", max_digits=1))


def wsgi(environ: WSGIEnvironment, start: StartResponse) -> list[bytes]:
    """Answer as WSGI."""
    event = parse_event(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
    try:
        body = voice(event).to_bytes()
    except ValueError:
        start("500 Internal Server Error", [])
        return []
    start("200 OK", [("Content-Type", "application/xml")])
    return [body]


async def asgi(scope: Message, receive: Receive, send: Send) -> None:
    """Answer as ASGI; what goes wrong is raised."""
    if scope["type"] != "http":
        raise NotImplementedError
    body = voice(parse_event((await receive())["body"])).to_bytes()
    kind = (b"content-type", b"application/xml")
    await send({"type": "http.response.start", "status": 200, "headers": [kind]})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture
def url() -> Iterator[str]:
    """Yield the address of the application on a port."""
    with served(wsgi) as origin:
        yield f"{origin}/"


def told(app: ApplicationTarget) -> tuple[Report, list[tuple[str, str | None]]]:
    """Explore an application; return the report, and kind and script of each fault."""
    report = explore(app)
    return report, [(fault.kind, fault.script) for fault in report.faults]


def test_every_way_finds_the_same(url: str) -> None:
    """Faults, scripts and the graph do not depend on how the application is reached."""
    reports = [told(each) for each in (wsgi, asgi, url)]
    expected = [
        ("server-error", "wait; press 1"),
        ("dead-end", "wait; press 2"),
    ]
    assert [found for _, found in reports] == [expected] * 3
    assert len({report.graph for report, _ in reports}) == 1


def test_an_exception_is_named_where_it_can_be_seen() -> None:
    """In this process the report says what the application raised."""
    named = "got 500 (ValueError: no sales today at test_ways_to_applications.py:"
    assert named in told(asgi)[0].faults[0].text
    assert told(wsgi)[0].faults[0].text.endswith("got 500")


def test_nobody_listens() -> None:
    """The report says so, beside the fault."""
    with refused_port() as port:
        report = explore(f"http://127.0.0.1:{port}/")
    assert report.is_unreachable
    assert [fault.kind for fault in report.faults] == ["no-reply"]
    assert report.faults[0].script == ""
