"""The client against the simulator: every operation, error and page, with nothing scripted."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING

import pytest

import bxml
from bxml import Bxml
from callcontrol.client import Client, MachineDetection
from callcontrol.errors import (
    STATUS_ERRORS,
    ApiError,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
    OutcomeUnknownError,
    RateLimitError,
    TokenError,
)
from callcontrol.simulator import Limits, Simulator
from callcontrol.simulator.core.messages import Operation

if TYPE_CHECKING:
    from callcontrol.models import CreatedCall
    from tests.callcontrol.conftest import StillClock

TO, FROM = "+19195551234", "+19195550000"
ANSWER_URL = "https://app.example/answer"
NOWHERE = "c-15ac29a2"
HELLO = Bxml().speak_sentence("Grüße 🎉 <b>").hangup()
HELLO_TEXT = "<Bxml><SpeakSentence>Grüße 🎉 &lt;b&gt;</SpeakSentence><Hangup/></Bxml>"

OPERATIONS: dict[str, tuple[Operation, Callable[[Client, str], object]]] = {
    "read": ("getCallState", lambda client, call_id: client.get_call_state(call_id)),
    "redirect": ("updateCall", lambda client, call_id: client.redirect_call(call_id, ANSWER_URL)),
    "end": ("updateCall", lambda client, call_id: client.hang_up(call_id)),
    "push": ("updateCallBxml", lambda client, call_id: client.update_call_bxml(call_id, HELLO)),
}
UPDATES = ("redirect", "push")


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """Run a platform whose callees pick up at once."""
    with Simulator(auto_answer=True) as running:
        yield running


def connected(simulator: Simulator, kind: str, account_id: str | None = None) -> Client:
    """Return a client of the simulator with one kind of credentials."""
    account_id = account_id or simulator.account_id
    if kind == "Basic":
        return Client(
            account_id,
            username=simulator.username,
            password=simulator.password,
            base_url=simulator.base_url,
        )
    return Client(
        account_id,
        client_id=simulator.client_id,
        client_secret=simulator.client_secret,
        base_url=simulator.base_url,
        token_url=simulator.token_url,
    )


@pytest.fixture(params=["OAuth2", "Basic"])
def client(
    request: pytest.FixtureRequest, simulator: Simulator, clock: "StillClock"
) -> Iterator[Client]:
    """Yield a client that never really waits, with each kind of credentials."""
    del clock  # must be in place first
    with connected(simulator, str(request.param)) as made:
        yield made


def place(client: Client, *, to: str = TO) -> "CreatedCall":
    """Place a call."""
    return client.create_call(to=to, from_=FROM, application_id="app", answer_url=ANSWER_URL)


def carry_out(client: Client, name: str, call_id: str) -> None:
    """Do one of ``OPERATIONS``."""
    OPERATIONS[name][1](client, call_id)


def operations(simulator: Simulator) -> list[object]:
    """Return the operations that arrived, token requests aside."""
    return [request.operation for request in simulator.requests if request.operation != "token"]


def test_create_call(client: Client, simulator: Simulator) -> None:
    """What is ordered is what the platform has, and the reply tells all of it."""
    created = client.create_call(
        to=TO,
        from_=FROM,
        application_id="app",
        answer_url=ANSWER_URL,
        disconnect_url="https://app.example/over",
        machine_detection=MachineDetection(mode="sync"),
        call_timeout=45.5,
        callback_timeout=20,
        priority=3,
        tag="Grüße",
    )
    call = simulator.call(created.call_id)
    assert (created.to, created.from_, created.tag) == (call.to, call.from_, call.tag)
    assert (created.account_id, created.application_id) == (simulator.account_id, "app")
    assert (created.call_timeout, created.callback_timeout) == (45.5, 20)
    assert (created.priority, created.answer_url) == (3, ANSWER_URL)
    assert created.disconnect_url == "https://app.example/over"
    assert created.enqueued_time == call.enqueued_time
    assert created.location == created.call_url
    assert created.call_url == (
        f"{simulator.base_url}/accounts/{simulator.account_id}/calls/{created.call_id}"
    )
    assert created.extra == {}


def test_get_call_state(client: Client, simulator: Simulator) -> None:
    """The state is the platform's own, while the call is up and after its end."""
    call_id = place(client).call_id
    state = client.get_call_state(call_id)
    assert (state.state, state.direction) == ("answered", "outbound")
    assert (state.to, state.from_, state.end_time) == (TO, FROM, None)
    simulator.advance(90)
    simulator.end(call_id, "error", error_message="Service unavailable")
    state = client.get_call_state(call_id)
    assert (state.state, state.disconnect_cause) == ("disconnected", "error")
    assert state.error_message == "Service unavailable"
    assert state.error_id
    assert state.answer_time is not None
    assert state.end_time is not None
    assert state.end_time - state.answer_time == timedelta(seconds=90)
    assert state.extra == {}


def test_update_call(client: Client, simulator: Simulator) -> None:
    """A redirect takes the document away and sets the tag; completed ends the call."""
    call_id = place(client).call_id
    client.update_call_bxml(call_id, HELLO)
    client.update_call(call_id, redirect_url="https://app.example/next", tag="next")
    assert simulator.document(call_id) is None
    assert simulator.call(call_id).tag == "next"
    client.hang_up(call_id)
    assert simulator.call(call_id).disconnect_cause == "hangup"


def test_hang_up_before_the_answer(clock: "StillClock") -> None:
    """A call that rings is cancelled, one that comes in is rejected."""
    del clock
    with Simulator() as simulator, connected(simulator, "Basic") as client:
        ringing = place(client).call_id
        coming = simulator.receive_call(from_=TO, to=FROM).call_id
        client.hang_up(ringing)
        client.hang_up(coming)
        causes = [simulator.call(each).disconnect_cause for each in (ringing, coming)]
    assert causes == ["cancel", "rejected"]


@pytest.mark.parametrize("given", [HELLO, HELLO.to_bxml(), HELLO.to_bytes(), HELLO_TEXT])
def test_update_call_bxml(
    client: Client, simulator: Simulator, given: "Bxml | str | bytes"
) -> None:
    """A document arrives whole, whatever it was handed over as."""
    call_id = place(client).call_id
    client.update_call_bxml(call_id, given)
    document = simulator.document(call_id)
    assert document is not None
    assert document.endswith(HELLO_TEXT)


def test_bad_bxml_stays_here(client: Client, simulator: Simulator) -> None:
    """What the platform would refuse is refused before it is sent."""
    call_id = place(client).call_id
    with pytest.raises(bxml.ValidationError):
        client.update_call_bxml(call_id, "<Bxml><Hangpu/></Bxml>")
    assert operations(simulator) == ["createCall"]


def test_list_calls(client: Client) -> None:
    """Every call comes once, oldest first, whatever the size of a page."""
    placed = [place(client).call_id for _ in range(7)]
    for size in (1, 3, 7, 100):
        listed = [list_call.call_id for list_call in client.list_calls(page_size=size)]
        assert listed == placed


def test_pages_are_fetched_when_needed(client: Client, simulator: Simulator) -> None:
    """The next page is asked for when the iteration gets there."""
    for _ in range(5):
        place(client)
    calls = client.list_calls(page_size=2)
    assert operations(simulator).count("listCalls") == 0
    assert len(list(islice(calls, 2))) == 2
    assert operations(simulator).count("listCalls") == 1
    assert len(list(calls)) == 3
    assert operations(simulator).count("listCalls") == 3


def test_filters(client: Client, simulator: Simulator) -> None:
    """Filters hold on every page."""
    wanted: list[str] = []
    for _ in range(3):
        wanted.append(place(client, to="+19195550001").call_id)
        place(client)
    listed = client.list_calls(to="+19195550001", from_=FROM, page_size=1)
    assert [each.call_id for each in listed] == wanted
    assert list(client.list_calls(to="+19195550009")) == []
    client.hang_up(wanted[0])
    ended = client.list_calls(disconnect_cause="hangup")
    assert [each.call_id for each in ended] == wanted[:1]
    later = simulator.now + timedelta(seconds=1)
    assert list(client.list_calls(min_start_time=later)) == []
    assert len(list(client.list_calls(max_start_time=later))) == 6


@pytest.mark.parametrize("name", OPERATIONS)
def test_unknown_calls(client: Client, name: str) -> None:
    """A call id that nobody knows is a 404 with the platform's words."""
    with pytest.raises(NotFoundError) as caught:
        carry_out(client, name, NOWHERE)
    assert caught.value.type == "validation"
    assert caught.value.description == f"Call [{NOWHERE}] not found"


@pytest.mark.parametrize("name", [*UPDATES, "end"])
def test_a10_ended_calls(client: Client, simulator: Simulator, name: str) -> None:
    """An update of a call that has ended is a conflict unless it asks for the end, then a 404."""
    call_id = place(client).call_id
    client.hang_up(call_id)
    if name == "end":
        carry_out(client, name, call_id)
    else:
        with pytest.raises(ConflictError, match="cannot be modified in its current state"):
            carry_out(client, name, call_id)
    simulator.advance(61)
    with pytest.raises(NotFoundError):
        carry_out(client, name, call_id)


@pytest.mark.parametrize("name", UPDATES)
def test_calls_not_answered_yet(clock: "StillClock", name: str) -> None:
    """A call in the queue cannot be redirected or given a document."""
    del clock
    with Simulator() as simulator, connected(simulator, "OAuth2") as client:
        call_id = place(client).call_id
        with pytest.raises(ConflictError):
            carry_out(client, name, call_id)
        assert simulator.call(call_id).state == "queued"


def test_wrong_credentials(simulator: Simulator, clock: "StillClock") -> None:
    """Neither a wrong password nor a wrong secret gets in, or into the error."""
    del clock
    account, base = simulator.account_id, simulator.base_url
    user = Client(account, username="u", password="hunter2", base_url=base)
    with user, pytest.raises(AuthenticationError) as refused:
        place(user)
    assert "hunter2" not in f"{refused.value} {refused.value!r}"
    url = simulator.token_url
    program = Client(account, client_id="i", client_secret="hunter2", base_url=base, token_url=url)
    with program, pytest.raises(TokenError, match="check the client id") as untold:
        place(program)
    assert "hunter2" not in f"{untold.value} {untold.value!r}"
    assert simulator.calls == ()


def test_another_account(simulator: Simulator, clock: "StillClock") -> None:
    """An account of others is forbidden."""
    del clock
    with connected(simulator, "Basic", "9900001") as client, pytest.raises(ForbiddenError):
        place(client)


@pytest.mark.parametrize(("status", "kind"), STATUS_ERRORS.items())
@pytest.mark.parametrize("name", OPERATIONS)
def test_status_errors(
    client: Client, simulator: Simulator, name: str, status: int, kind: type[ApiError]
) -> None:
    """Each status of the platform raises its own class; a redirect may be in doubt after a 500."""
    call_id = place(client).call_id
    simulator.fail_next(status, times=20, operation=OPERATIONS[name][0])
    in_doubt = (name, status) == ("redirect", 500)
    with pytest.raises(OutcomeUnknownError if in_doubt else kind) as caught:
        carry_out(client, name, call_id)
    error = caught.value
    assert isinstance(error, ApiError | OutcomeUnknownError)
    assert error.status == status
    assert simulator.call(call_id).state == "answered"


def test_a_full_platform(clock: "StillClock") -> None:
    """One call too many is a 429, after as many tries as the client is allowed."""
    del clock
    with (
        Simulator(auto_answer=True, limits=Limits(active_calls=1)) as simulator,
        connected(simulator, "Basic") as client,
    ):
        place(client)
        with pytest.raises(RateLimitError, match="Account concurrent call limit exceeded"):
            place(client)
        assert len(simulator.calls) == 1


def test_a_rate_limit_is_waited_out(
    client: Client, simulator: Simulator, clock: "StillClock"
) -> None:
    """A 429 was not acted on, so the call is placed once, after the time asked for."""
    simulator.fail_next(429, retry_after=7, operation="createCall")
    place(client)
    assert len(simulator.calls) == 1
    assert sum(clock.slept) >= 7


def test_a_call_is_never_placed_twice(client: Client, simulator: Simulator) -> None:
    """A failure after which nobody knows is told, not tried again."""
    simulator.fail_next(502, operation="createCall", processed=True)
    with pytest.raises(OutcomeUnknownError, match="may or may not have been placed"):
        place(client)
    assert len(simulator.calls) == 1
    assert operations(simulator) == ["createCall"]


@pytest.mark.parametrize("name", ["read", "end", "push"])
def test_what_may_be_repeated_is(client: Client, simulator: Simulator, name: str) -> None:
    """Reading, ending and pushing get through two failures, even when one had worked."""
    call_id = place(client).call_id
    simulator.fail_next(503, times=1)
    simulator.fail_next(502, times=1, processed=True)
    carry_out(client, name, call_id)
    assert len(operations(simulator)) == 4
    ended = name == "end"
    assert (simulator.call(call_id).state == "disconnected") is ended


def test_tokens_are_renewed(simulator: Simulator, clock: "StillClock") -> None:
    """A token that has become worthless is replaced once, without the caller noticing."""
    del clock
    with connected(simulator, "OAuth2") as client:
        place(client)
        simulator.expire_tokens()
        place(client)
        place(client)
    asked = [request for request in simulator.requests if request.operation == "token"]
    assert len(asked) == 2
    assert len(simulator.calls) == 3


def test_what_only_the_platform_can_judge(client: Client, simulator: Simulator) -> None:
    """A refusal that the client could not foresee arrives with the platform's own words."""
    call_id = place(client).call_id
    simulator.fail_next(400)
    with pytest.raises(BadRequestError) as caught:
        client.update_call(call_id, redirect_url=ANSWER_URL)
    assert caught.value.type == "validation"
    assert caught.value.description
