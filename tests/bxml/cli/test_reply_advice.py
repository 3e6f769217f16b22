"""What to change about the error status of an application."""

import json

import pytest

from bxml._replies import ErrorReply, refusal

TUNNEL = "a tunnel or proxy replies instead of the application: is the application running?"


@pytest.mark.parametrize("status", [502, 503, 504])
@pytest.mark.parametrize(
    ("server", "body"),
    [
        ("uvicorn", b"down"),
        ("gunicorn", b"down"),
        ("Werkzeug/3.1.3 Python/3.13.1", b"down"),
        ("nginx", b'{"detail": "down"}'),
        ("", b'{"detail": "down"}'),
    ],
)
def test_an_outage_that_the_application_reports(status: int, server: str, body: bytes) -> None:
    """Its server or the form of its JSON shows that no proxy has replied."""
    told = refusal(ErrorReply(status=status, body=body, server=server))
    assert told.startswith(f"the application replied {status} itself: down; let it reply with")


@pytest.mark.parametrize(
    ("server", "body"),
    [
        ("nginx", b"down"),
        ("", b'{"message": "Service Unavailable"}'),
        ("", b'{"detail": "x", "tunnel": "y"}'),
        ("", b"[1]"),
        ("", b'{"detail": '),
        ("", b"\xff"),
    ],
)
def test_an_outage_that_a_proxy_may_report(server: str, body: bytes) -> None:
    """Nothing shows that it is the application."""
    assert refusal(ErrorReply(status=503, body=body, server=server)).endswith(TUNNEL)


@pytest.mark.parametrize(
    ("place", "kind", "advice"),
    [
        (["query", "clinic"], "missing", "add ?clinic=... to the URL in the document"),
        (["query", "attempt"], "int_parsing", "the value of attempt in the URL has another type"),
        (["path", "ward"], "int_parsing", "the value of ward in the URL has another type"),
        (["query", "event"], "missing", "take the event with webhook(...)"),
        (["query", "callId"], "missing", "take the event with webhook(...)"),
        (["body", "digits"], "missing", "webhooks are JSON, not a form"),
        (["body"], "missing", "webhooks are JSON, not a form"),
        ([], "missing", "take the event with webhook(...)"),
        ("query", "missing", "take the event with webhook(...)"),
    ],
)
def test_parameters_of_fastapi(place: object, kind: str, advice: str) -> None:
    """The place of the complaint decides what is to be changed."""
    body = json.dumps({"detail": [{"loc": place, "msg": "no", "type": kind}]}).encode()
    assert advice in refusal(ErrorReply(status=422, body=body, is_local=True))


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"detail": "no"}', b'{"detail": [1]}'])
def test_other_replies_with_422(body: bytes) -> None:
    """They get the general advice."""
    assert "take the event with webhook(...)" in refusal(ErrorReply(status=422, body=body))
