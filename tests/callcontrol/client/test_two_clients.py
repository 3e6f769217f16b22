"""Both clients have the same methods, and what each of them returns and raises is the same."""

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from bxml import Bxml, ValidationError
from callcontrol import AsyncClient, Client
from callcontrol._operations.calls import CallOperations
from callcontrol._operations.surface import ListOperation, Operation
from callcontrol.async_client import AsyncRawClient
from callcontrol.client import RawClient
from callcontrol.errors import NotFoundError, RequestError, TransportError
from tests.callcontrol.drivers import AWAITED, BOTH, AwaitedClient

if TYPE_CHECKING:
    from tests.callcontrol.conftest import Platform, StillClock

CLIENTS = BOTH
CALL = "c-1"
OPERATIONS = sorted(
    name
    for name, value in vars(CallOperations).items()
    if isinstance(value, Operation | ListOperation)
)


def _public(of: type) -> set[str]:
    return {name for name in dir(of) if not name.startswith("_")}


def test_names() -> None:
    """The same public names, of the clients and of those with raw replies."""
    assert _public(Client) == _public(AsyncClient)
    assert {*OPERATIONS, "close", "from_env", "with_options"} < _public(Client)
    assert _public(RawClient) == _public(AsyncRawClient) == set(OPERATIONS)


@pytest.mark.parametrize("name", [*OPERATIONS, "with_options"])
def test_signatures(name: str) -> None:
    """The same parameters and the same documentation."""
    ours, theirs = getattr(Client, name), getattr(AsyncClient, name)
    assert inspect.signature(ours) == inspect.signature(theirs)
    assert ours.__doc__ == theirs.__doc__
    assert ours.__doc__


@pytest.mark.parametrize("name", OPERATIONS)
def test_what_is_awaited(name: str) -> None:
    """Each operation of AsyncClient is a coroutine function, except lists."""
    lists = isinstance(vars(CallOperations)[name], ListOperation)
    assert inspect.iscoroutinefunction(getattr(AsyncClient, name)) is not lists
    assert not inspect.iscoroutinefunction(getattr(Client, name))


def test_constructors() -> None:
    """The same arguments and defaults, but a session is for requests."""
    for name in ("__init__", "from_env"):
        ours = dict(inspect.signature(getattr(Client, name)).parameters)
        theirs = dict(inspect.signature(getattr(AsyncClient, name)).parameters)
        del ours["session"]
        assert ours == theirs


BAD: list[Callable[[Any], object]] = [
    lambda client: client.get_call_state("a/b"),
    lambda client: client.hang_up(""),
    lambda client: client.update_call(CALL, state="gone"),
    lambda client: client.redirect_call(CALL, "nowhere"),
    lambda client: client.create_call(to="1", from_="2", application_id="", unknown=1),
    lambda client: client.list_calls(page_size=0),
    lambda client: client.update_call_bxml(CALL, "<Response><Nothing/></Response>"),
    lambda client: client.update_call_bxml(CALL, 5),
    lambda client: client.with_options(timeout=0, max_retries=-1),
]


@pytest.mark.parametrize("number", range(len(BAD)))
def test_refused_arguments(platform: "Platform", number: int) -> None:
    """The same text for the same mistake."""
    texts: list[str] = []
    for of in (Client, AWAITED):
        with (
            of("9900000", username="u", password="p", base_url=platform.base_url) as client,
            pytest.raises((RequestError, ValidationError)) as caught,
        ):
            BAD[number](client)
        texts.append(str(caught.value))
    assert texts[0] == texts[1]
    assert platform.requests == []


def test_with_options(platform: "Platform", client: Client, clock: "StillClock") -> None:
    """A copy has its own limits, and shares the connections."""
    platform.answer(platform.json({"callId": CALL}))
    client.get_call_state(CALL)
    copy = client.with_options(timeout=0.2, max_retries=1)
    copy.get_call_state(CALL)
    assert platform.connections == 1
    platform.answer(platform.silence())
    with pytest.raises(TransportError, match=r"within 0\.2 seconds"):
        copy.get_call_state(CALL)
    assert len(clock.slept) == 1
    assert len(platform.requests) == 4
    platform.answer(platform.json({"callId": CALL}))
    client.get_call_state(CALL)
    assert repr(copy) == repr(client)


def test_with_options_keeps_the_rest(platform: "Platform", client: Client) -> None:
    """What is not named stays as it was."""
    platform.answer(platform.reply(500))
    copy = client.with_options(max_retries=0).with_options(timeout=5)
    with pytest.raises(Exception, match="500"):
        copy.get_call_state(CALL)
    assert platform.attempts == 1


def test_session_decides_about_retries(platform: "Platform", clock: "StillClock") -> None:
    """``max_retries`` has no effect on a client with a session, whose adapters decide."""
    import requests

    platform.answer(platform.reply(500))
    with (
        requests.Session() as session,
        Client(
            "9", username="u", password="p", base_url=platform.base_url, session=session
        ) as client,
        pytest.raises(Exception, match="500"),
    ):
        client.with_options(max_retries=3).get_call_state(CALL)
    assert platform.attempts == 1
    assert clock.slept == []


def test_raw_replies(platform: "Platform", client: Client) -> None:
    """Every result can be had with the status and the headers of its reply."""
    headers = {"X-Request-Id": "r-1", "X-Other": "x"}
    platform.answer(
        platform.json({"callId": CALL}, 201, headers),
        platform.json({"callId": CALL}, headers=headers),
        platform.reply(204, headers={"x-other": "y"}),
        platform.reply(404),
    )
    with_raw: Any = _raw(client)
    created = with_raw.create_call(
        to="+19195551234",
        from_="+19195550000",
        application_id="app",
        answer_url="https://example.com",
    )
    assert (created.value.call_id, created.status, created.request_id) == (CALL, 201, "r-1")
    state = with_raw.get_call_state(CALL)
    assert (state.value.call_id, state.status, state.headers["x-OTHER"]) == (CALL, 200, "x")
    pushed = with_raw.update_call_bxml(CALL, Bxml())
    assert (pushed.value, pushed.status, pushed.request_id) == (None, 204, None)
    assert pushed.headers["X-Other"] == "y"
    with pytest.raises(NotFoundError):
        with_raw.hang_up(CALL)


def test_raw_reply_is_that_of_the_operation(platform: "Platform", oauth_client: Client) -> None:
    """Not that of the token request, nor of an attempt that was repeated."""
    platform.answer(platform.reply(401), platform.reply(500), platform.json([], headers={"A": "b"}))
    (page,) = _raw(oauth_client).list_calls()
    assert (page.value, page.status, page.headers["a"]) == ((), 200, "b")
    assert len(platform.tokens) == 2


def test_raw_pages(platform: "Platform", client: Client) -> None:
    """A list has one reply for each page."""
    link = {"Link": f"<{platform.base_url}/p>; rel=next"}
    platform.answer(
        platform.json([{"callId": "c-1"}, {"callId": "c-2"}], headers=link),
        platform.json([{"callId": "c-3"}]),
    )
    pages = list(_raw(client).list_calls())
    assert [[call.call_id for call in page.value] for page in pages] == [["c-1", "c-2"], ["c-3"]]


def _raw(client: Client) -> Any:  # noqa: ANN401 - of either class
    found: Any = client
    return found.raw if isinstance(found, AwaitedClient) else found.with_raw_reply


def test_sent_once(platform: "Platform", client: Client) -> None:
    """A kept connection that is lost costs an attempt; no library repeats it by itself."""
    good = platform.json({"callId": CALL})
    once = client.with_options(max_retries=0)
    for act in (
        lambda: once.get_call_state(CALL),
        lambda: once.update_call_bxml(CALL, Bxml()),
    ):
        platform.answer(good, platform.drop())
        client.get_call_state(CALL)
        before = platform.attempts
        with pytest.raises(TransportError):
            act()
        assert platform.attempts == before + 1
