"""Endpoints of BRTC end to end: another path and another form of errors, with both clients."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bxml import Bxml, ValidationError
from callcontrol import Client
from callcontrol.errors import (
    ApiError,
    AuthenticationError,
    BadRequestError,
    ForbiddenError,
    NotFoundError,
    OutcomeUnknownError,
    RateLimitError,
    ReplyError,
    RequestError,
)
from callcontrol.simulator import Simulator
from tests.callcontrol.drivers import BOTH
from tests.callcontrol.operations.conftest import raw

if TYPE_CHECKING:
    from tests.callcontrol.conftest import Platform

CLIENTS = BOTH
URL = "https://app.example/events"


def test_s9_endpoints(client: Client, simulator: Simulator) -> None:
    """An endpoint is created with a token, read without it, and deleted."""
    made = client.create_endpoint(
        direction="BIDIRECTIONAL",
        event_callback_url=URL,
        event_fallback_url=f"{URL}/again",
        tag='{"customer": 7}',
    )
    assert made.token
    assert made.token not in repr(made)
    assert (made.type, made.status, made.tag) == ("WEBRTC", "DISCONNECTED", '{"customer": 7}')
    assert made.creation_timestamp
    assert made.expiration_timestamp == made.creation_timestamp + timedelta(hours=24)
    assert (made.devices, made.extra) == ((), {})
    read = client.get_endpoint(made.endpoint_id)
    assert (read.endpoint_id, read.token, read.devices) == (made.endpoint_id, None, ())
    (listed,) = client.list_endpoints()
    assert (listed.endpoint_id, listed.tag, listed.devices) == (made.endpoint_id, made.tag, None)
    assert list(client.list_endpoints(status="CONNECTED")) == []
    client.update_endpoint_bxml(made.endpoint_id, Bxml().start_recording())
    with pytest.raises(ValidationError):
        client.update_endpoint_bxml(made.endpoint_id, "<Bxml><Nothing/></Bxml>")
    client.delete_endpoint(made.endpoint_id)
    assert list(client.list_endpoints()) == []
    other = client.create_endpoint(direction="INBOUND")
    simulator.advance(24 * 3600)
    with pytest.raises(NotFoundError):
        client.get_endpoint(other.endpoint_id)


def test_pages(client: Client) -> None:
    """Pages follow each other."""
    made = [client.create_endpoint(direction="OUTBOUND").endpoint_id for _ in range(5)]
    pages = list(raw(client).list_endpoints(page_size=2))
    assert [[it.endpoint_id for it in page.value] for page in pages] == [
        made[:2],
        made[2:4],
        made[4:],
    ]


def test_what_is_repeated(client: Client, simulator: Simulator) -> None:
    """A delete is; creating is not."""
    simulator.fail_next(502, operation="createEndpoint", processed=True)
    with pytest.raises(OutcomeUnknownError, match="may or may not have been created"):
        client.create_endpoint(direction="INBOUND")
    (made,) = client.list_endpoints()
    simulator.fail_next(502, operation="deleteEndpoint", processed=True)
    client.delete_endpoint(made.endpoint_id)


USES: dict[str, Callable[[Client], object]] = {
    "create": lambda client: client.create_endpoint(direction="INBOUND"),
    "list": lambda client: list(client.list_endpoints()),
    "get": lambda client: client.get_endpoint("e-1"),
    "delete": lambda client: client.delete_endpoint("e-1"),
    "bxml": lambda client: client.update_endpoint_bxml("e-1", Bxml()),
}


@pytest.mark.parametrize("name", USES)
def test_refusals(connect: Callable[..., Client], simulator: Simulator, name: str) -> None:
    """Errors have the type and description of the list that these operations send."""
    with pytest.raises(AuthenticationError) as unknown:
        USES[name](connect(password="wrong"))
    assert (unknown.value.type, bool(unknown.value.description)) == ("unauthorized", True)
    with pytest.raises(ForbiddenError):
        USES[name](connect("9900001"))
    client = connect()
    if name not in ("create", "list"):
        with pytest.raises(NotFoundError) as missing:
            USES[name](client)
        assert missing.value.type == "resource.not_found"
        assert missing.value.description == "Endpoint [e-1] not found"
    simulator.fail_next(400)
    with pytest.raises(BadRequestError):
        USES[name](client)


def test_another_form_of_429(platform: "Platform", client_class: type[Client]) -> None:
    """Retry-After is a whole number, and the error is in a list."""
    error = {"type": "limit", "description": "Too many", "code": "429"}
    body = {"links": [], "data": None, "errors": [error]}
    platform.answer(platform.json(body, 429, {"Retry-After": "900"}))
    with (
        client_class(
            "9", username="u", password="p", base_url=platform.base_url, max_retries=0
        ) as made,
        pytest.raises(RateLimitError) as limited,
    ):
        made.get_endpoint("e-1")
    assert (limited.value.retry_after, limited.value.description) == (900, "Too many")
    assert platform.requests[0].target == "/v2/accounts/9/endpoints/e-1"


@pytest.mark.parametrize(
    "body",
    [{"data": None}, {"data": []}, {}, [], {"data": {}}, {"data": {"endpointId": 5}}],
    ids=str,
)
def test_odd_replies(platform: "Platform", client_class: type[Client], body: object) -> None:
    """A created endpoint without an id is an error that says what may have happened."""
    platform.answer(platform.json(body, 201))
    with (
        client_class("9", username="u", password="p", base_url=platform.base_url) as made,
        pytest.raises(ReplyError, match="may or may not have been created"),
    ):
        made.create_endpoint(direction="INBOUND")


def test_next_page_elsewhere(platform: "Platform", client_class: type[Client]) -> None:
    """A link to another host would get the credentials."""
    links = [{"rel": "next", "href": "https://elsewhere.example/v2", "method": "GET"}]
    platform.answer(platform.json({"links": links, "data": [], "errors": []}))
    with (
        client_class("9", username="u", password="p", base_url=platform.base_url) as made,
        pytest.raises(ReplyError, match="got one elsewhere"),
    ):
        list(made.list_endpoints())


@pytest.mark.parametrize("errors", [None, [], [None], ["x"], [[]], {}, 5], ids=str)
def test_odd_errors(platform: "Platform", client_class: type[Client], errors: object) -> None:
    """Whatever the body of an error is, the status decides."""
    platform.answer(platform.json({"errors": errors}, 404))
    with (
        client_class("9", username="u", password="p", base_url=platform.base_url) as made,
        pytest.raises(ApiError) as caught,
    ):
        made.get_endpoint("e-1")
    assert caught.value.status == 404


@pytest.mark.parametrize(
    ("base_url", "host"),
    [
        ("https://voice.bandwidth.com/api/v2", "https://api.bandwidth.com/v2"),
        ("https://voice.bandwidth.com", "https://api.bandwidth.com/v2"),
        ("http://127.0.0.1:8080/api/v2", "http://127.0.0.1:8080/v2"),
    ],
)
def test_host(base_url: str, host: str) -> None:
    """The vendor has endpoints on another host; another platform has them at its own."""
    with Client("9", client_id="u", client_secret="p", base_url=base_url) as client:
        assert client._account.endpoints_host == host


BAD: dict[str, Callable[[Any], object]] = {
    "create_endpoint.direction": lambda client: client.create_endpoint(direction="BOTH"),
    "create_endpoint.event_callback_url": lambda client: client.create_endpoint(
        direction="INBOUND", event_callback_url="/events"
    ),
    "list_endpoints.page_size": lambda client: list(client.list_endpoints(page_size=1001)),
    "get_endpoint.endpoint_id": lambda client: client.get_endpoint("a/b"),
}


@pytest.mark.parametrize("where", BAD)
def test_bad_arguments(client: Client, simulator: Simulator, where: str) -> None:
    """They are refused by name before anything is sent."""
    with pytest.raises(RequestError, match=rf"^{where}: expected "):
        BAD[where](client)
    assert simulator.requests == ()
