"""Handlers for AWS Lambda: both payload formats, and what a gateway makes of the result."""

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from bxml import Response
from callcontrol.simulator import Simulator
from callcontrol.simulator.applications import ApplicationError, transport_for
from callcontrol.simulator.applications.aws_lambda import Lambda, LambdaHandler
from callcontrol.simulator.core.webhooks import HttpRequest, WebhookReply

DOCUMENT = Response().speak_sentence("Hi").to_bxml()
XML = {"Content-Type": "application/xml"}
TO = "+19195551234"


def request(method: str = "POST", query: str = "a=1&b=2&a=3") -> HttpRequest:
    """Return a webhook."""
    return HttpRequest(
        method=method,
        url=f"https://app.example/voice%20in?{query}",
        headers=(("Content-Type", "application/json"),),
        body=b'{"eventType":"initiate"}' if method == "POST" else b"",
        timeout=7,
    )


def event_of(sent: HttpRequest) -> tuple[dict[str, Any], Any]:
    """Return the event and the context that a handler gets."""
    found: list[tuple[dict[str, Any], Any]] = []

    def handler(event: dict[str, Any], context: object) -> Mapping[str, object]:
        found.append((event, context))
        return {"statusCode": 204}

    assert transport_for(handler).deliver(sent).wait().status == 204
    return found[0]


def test_fault_c7_the_fields_of_an_api_gateway() -> None:
    """Payload format 1.0, of a REST API."""
    event, context = event_of(request())
    assert (event["httpMethod"], event["path"]) == ("POST", "/voice in")
    assert event["headers"]["Content-Type"] == "application/json"
    assert event["queryStringParameters"] == {"a": "3", "b": "2"}
    assert event["multiValueQueryStringParameters"] == {"a": ["1", "3"], "b": ["2"]}
    assert json.loads(event["body"]) == {"eventType": "initiate"}
    assert context.get_remaining_time_in_millis() == 7000


def test_fault_c7_the_fields_of_a_function_url() -> None:
    """Payload format 2.0, of an HTTP API too."""
    event, _ = event_of(request("GET"))
    assert event["version"] == "2.0"
    assert event["requestContext"]["http"]["method"] == "GET"
    assert (event["rawPath"], event["rawQueryString"]) == ("/voice in", "a=1&b=2&a=3")
    assert event["headers"]["content-type"] == "application/json"
    assert (event["body"], event["isBase64Encoded"]) == (None, False)


def test_fault_c7_the_event_is_json() -> None:
    """As everything that Lambda hands over."""
    event, _ = event_of(request("POST", ""))
    assert json.loads(json.dumps(event)) == event
    assert event["queryStringParameters"] is None


REPLIES: Mapping[str, tuple[object, WebhookReply]] = {
    "C7-text": (
        {"statusCode": 200, "headers": XML, "body": DOCUMENT},
        WebhookReply(status=200, headers=(*XML.items(),), body=DOCUMENT.encode()),
    ),
    "C7-status-text": ({"statusCode": "404"}, WebhookReply(status=404)),
    "C7-base64": (
        {"statusCode": 200, "body": b64encode(b"<Bxml/>").decode(), "isBase64Encoded": True},
        WebhookReply(body=b"<Bxml/>"),
    ),
    "C7-several-headers": (
        {"statusCode": 200, "multiValueHeaders": {"X": ["1", "2"]}},
        WebhookReply(headers=(("X", "1"), ("X", "2"))),
    ),
    "C7-plain": (
        DOCUMENT,
        WebhookReply(headers=(("Content-Type", "application/json"),), body=DOCUMENT.encode()),
    ),
    "C7-fields": (
        {"body": "x"},
        WebhookReply(headers=(("Content-Type", "application/json"),), body=b'{"body": "x"}'),
    ),
}


@pytest.mark.parametrize(("returned", "reply"), REPLIES.values(), ids=REPLIES)
def test_what_a_gateway_makes_of_the_result(returned: object, reply: WebhookReply) -> None:
    """Format 2.0 infers what the handler leaves out."""
    delivered = Lambda(lambda _, __: returned).deliver(request())
    assert replace(delivered, handler=None) == reply


WRONG: Mapping[str, tuple[object, str]] = {
    "C7-document": (Response(), 'expected a dict such as {"statusCode": 200'),
    "C7-status": ({"statusCode": 20}, "expected a statusCode of three digits, got 20"),
    "C7-headers": ({"statusCode": 200, "headers": [1]}, "expected headers as a dict, got list"),
    "C7-bytes": (
        {"statusCode": 200, "body": b"<Bxml/>"},
        "expected a body of text, got bytes; write doc.to_bxml()",
    ),
    "C7-bad-base64": (
        {"statusCode": 200, "body": "%", "isBase64Encoded": True},
        "expected a body in base64, got another text",
    ),
}


@pytest.mark.parametrize(("returned", "finding"), WRONG.values(), ids=WRONG)
def test_what_a_gateway_refuses(returned: object, finding: str) -> None:
    """Behind a gateway it would be a 502; here it says what to return."""
    with pytest.raises(ApplicationError) as caught:
        Lambda(lambda _, __: returned).deliver(request())
    assert finding in str(caught.value)


def test_fault_c7_exceptions_are_those_of_the_application() -> None:
    """As in every other kind of application."""

    def handler(event: dict[str, object], context: object) -> object:
        raise LookupError(event, context)

    with pytest.raises(ApplicationError) as caught:
        transport_for(handler).deliver(request())
    assert isinstance(caught.value.__cause__, LookupError)


def named(event: object, context: object) -> object:
    """Return a document; names as in the documentation of AWS."""
    assert event
    assert context is not None
    return {"statusCode": 200, "headers": XML, "body": DOCUMENT}


def unused(event: object, _context: object) -> object:
    """Return a document; the context is marked as unused."""
    return named(event, object())


def short(evt: object, ctx: object) -> object:
    """Return a document; short names."""
    return named(evt, ctx)


@pytest.mark.parametrize(
    "handler",
    [
        pytest.param(named, id="C7"),
        pytest.param(unused, id="C7-unused"),
        pytest.param(short, id="C7-short"),
    ],
)
def test_a_test_calls_it(simulator: Simulator, handler: LambdaHandler) -> None:
    """The simulator tells it from WSGI by the names of its parameters."""
    assert simulator.dial_in(handler, to=TO).hears("Hi")
