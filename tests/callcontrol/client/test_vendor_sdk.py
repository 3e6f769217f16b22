"""The vendor's own Python SDK works against the simulator; only its host settings are changed."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest

from bxml import Bxml
from callcontrol.simulator import Simulator

# The SDK is generated and untyped, so that checkers see it as Any.
sdk: Any = import_module("bandwidth")
exceptions: Any = import_module("bandwidth.exceptions")

ANSWER_URL = "https://app.example/answer"
HELLO = Bxml().speak_sentence("Hello").hangup().to_bxml()


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """Yield a running simulator that answers every call."""
    with Simulator(auto_answer=True) as simulator:
        yield simulator


def configuration(simulator: Simulator, kind: str) -> object:
    """Return SDK settings that differ from production in credentials and hosts only."""
    if kind == "OAuth2":
        return sdk.Configuration(
            client_id=simulator.client_id,
            client_secret=simulator.client_secret,
            host=simulator.base_url,
            access_token_url=simulator.token_url,
            ignore_operation_servers=True,
        )
    return sdk.Configuration(
        username=simulator.username,
        password=simulator.password,
        host=simulator.base_url,
        ignore_operation_servers=True,
    )


@pytest.fixture(params=["OAuth2", "Basic"])
def api(request: pytest.FixtureRequest, simulator: Simulator) -> Iterator[Any]:
    """Yield the SDK's CallsApi, with each kind of credentials."""
    client = sdk.ApiClient(configuration(simulator, str(request.param)))
    yield sdk.CallsApi(client)
    client.rest_client.pool_manager.clear()


def create(api: Any, simulator: Simulator) -> str:  # noqa: ANN401 - see above
    """Place a call with the SDK and return its id."""
    body = sdk.CreateCall(
        **{
            "to": "+19195551234",
            "from": "+19195554321",
            "applicationId": "app-1",
            "answerUrl": ANSWER_URL,
            "tag": "reminder",
        }
    )
    return str(api.create_call(simulator.account_id, body).call_id)


def test_a_call_is_placed_and_read(api: Any, simulator: Simulator) -> None:  # noqa: ANN401
    """Creating and reading a call gives the SDK's own models."""
    call_id = create(api, simulator)
    state = api.get_call_state(simulator.account_id, call_id)
    assert (state.call_id, state.state) == (call_id, "answered")
    assert (state.to, state.var_from) == ("+19195551234", "+19195554321")
    assert simulator.call(call_id).tag == "reminder"


def test_calls_are_listed(api: Any, simulator: Simulator) -> None:  # noqa: ANN401
    """Listing takes the SDK's filters."""
    placed = [create(api, simulator) for _ in range(3)]
    listed = api.list_calls(simulator.account_id, to="+19195551234", page_size=2)
    assert [state.call_id for state in listed] == placed[:2]
    assert api.list_calls(simulator.account_id, to="+19195550000") == []


def test_a_call_is_redirected_and_ended(api: Any, simulator: Simulator) -> None:  # noqa: ANN401
    """Both kinds of updateCall are taken; a call that has ended is a conflict."""
    call_id = create(api, simulator)
    active = sdk.UpdateCall(state="active", redirectUrl="https://app.example/next")
    api.update_call(simulator.account_id, call_id, active)
    completed = sdk.UpdateCall(state="completed")
    api.update_call(simulator.account_id, call_id, completed)
    assert simulator.call(call_id).disconnect_cause == "hangup"
    with pytest.raises(exceptions.ConflictException):
        api.update_call(simulator.account_id, call_id, active)


def test_a_document_is_pushed(api: Any, simulator: Simulator) -> None:  # noqa: ANN401
    """BXML reaches the call; what is no BXML is refused with the reason."""
    call_id = create(api, simulator)
    api.update_call_bxml(simulator.account_id, call_id, HELLO)
    assert HELLO in [happening.detail for happening in simulator.history(call_id)]
    with pytest.raises(exceptions.ApiException) as caught:
        api.update_call_bxml(simulator.account_id, call_id, "<Bxml><Speak/></Bxml>")
    assert caught.value.status == 400
    assert "Speak" in caught.value.body


def test_an_unknown_call_is_not_found(api: Any, simulator: Simulator) -> None:  # noqa: ANN401
    """Errors arrive as the SDK's own exceptions."""
    with pytest.raises(exceptions.NotFoundException):
        api.get_call_state(simulator.account_id, "c-nobody")
