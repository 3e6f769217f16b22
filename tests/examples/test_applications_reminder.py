"""examples/applications/reminder_flask.py: people, machines, and phones that nobody answers."""

import json
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from callcontrol import DisconnectEvent, pytest_plugin
from callcontrol.simulator import Simulator
from callcontrol.simulator.testing.phone_call import PhoneCall
from examples.applications.reminder_flask import create_app

simulator = pytest_plugin.simulator  # in place of the one that talks to scripts

CALLEE = "+19195551234"
QUESTION = "Your appointment is tomorrow at nine. Press 1 to confirm, 2 to cancel."
MESSAGE = "Hello. Your appointment is tomorrow at nine. Please call us. Goodbye."
SETTINGS = {
    "PUBLIC_URL": "https://reminders.example",
    "BW_FROM": "+19195550100",
    "BW_APPLICATION_ID": "reminders",
}
State = Callable[[], str]


@pytest.fixture
def web(simulator: Simulator) -> FlaskClient:
    """Return a browser; the application behind it uses the simulated platform."""
    app = create_app(simulator.client(), SETTINGS)
    simulator.mount(app, SETTINGS["PUBLIC_URL"])
    return app.test_client()


@pytest.fixture
def phone(simulator: Simulator, web: FlaskClient) -> PhoneCall:
    """Return the phone of somebody who is being reminded; it is about to ring."""
    reply = web.post("/reminders", data={"to": CALLEE, "when": "tomorrow at nine"})
    assert reply.status_code == 202
    [call] = simulator.calls
    return simulator.phone_call(call.call_id)


@pytest.fixture
def state(web: FlaskClient) -> State:
    """Return what tells how the one reminder stands."""
    return lambda: json.loads(web.get("/reminders").text)[0]["state"]


def test_the_call_is_placed_with_machine_detection(
    simulator: Simulator, phone: PhoneCall, state: State
) -> None:
    """Addresses are absolute, and lead back to the reminder."""
    order = simulator.call(phone.call_id).order
    assert (order["to"], order["from"]) == (CALLEE, SETTINGS["BW_FROM"])
    assert str(order["answerUrl"]).startswith("https://reminders.example/calls/")
    assert order["machineDetection"]
    assert state() == "calling"


@pytest.mark.parametrize(("key", "outcome"), [("1", "confirmed"), ("2", "cancelled")])
def test_a_person_decides(phone: PhoneCall, state: State, key: str, outcome: str) -> None:
    """The answer is repeated, and stays when the call has ended."""
    phone.answer()
    assert phone.hears(QUESTION)
    phone.press(key)
    assert phone.hears(f"Thank you. It is {outcome}.")
    assert phone.ended
    assert state() == outcome


def test_a_wrong_key_asks_again(phone: PhoneCall, state: State) -> None:
    """Only the two keys mean anything."""
    phone.answer()
    phone.press("5")
    assert phone.hears(QUESTION)
    assert state() == "calling"
    phone.press("1")
    assert state() == "confirmed"


def test_a_person_who_presses_nothing(phone: PhoneCall, state: State) -> None:
    """The question comes three times, for a person is not interrupted by the detection."""
    phone.answer(run=False)
    phone.says("Hello? Who is there?")
    phone.waits(seconds=60)
    assert phone.transcript == (QUESTION,) * 3 + ("We will call again. Goodbye.",)
    assert state() == "no key pressed"
    [found] = [event for event in phone.events if event.event_type == "machineDetectionComplete"]
    assert '"value":"human"' in found.to_json()


def test_a_machine_gets_the_message_after_the_beep(phone: PhoneCall, state: State) -> None:
    """The question stops, and the message begins when the machine records."""
    phone.voicemail("You have reached the Smiths. Please leave a message.")
    phone.waits(seconds=30)
    assert phone.transcript[-1] == MESSAGE
    assert state() == "message left"
    assert phone.cause == "hangup"
    lines = phone.timeline.splitlines()
    [redirect] = [at for at, line in enumerate(lines) if "sent       redirect" in line]
    assert any("Smiths" in line for line in lines[:redirect])
    assert any(MESSAGE in line for line in lines[redirect:])


def test_a_machine_that_hangs_up_at_once(
    simulator: Simulator, phone: PhoneCall, state: State
) -> None:
    """The result comes after the end of the call, when nothing can be redirected any more."""
    simulator.webhooks.hold(event_type="machineDetectionComplete")
    phone.answer()
    phone.detected_as("answering-machine")
    phone.hang_up()
    assert [request.operation for request in simulator.requests][-1] == "updateCall"
    assert simulator.requests[-1].status == 409
    assert state() == "not reached: hangup"


@pytest.mark.parametrize("result", ["silence", "timeout", "error", "human"])
def test_what_is_not_surely_a_machine_is_a_person(
    phone: PhoneCall, state: State, result: str
) -> None:
    """The question goes on."""
    phone.answer()
    phone.detected_as(result)
    phone.press("1")
    assert state() == "confirmed"


@pytest.mark.parametrize(
    ("how", "cause"), [("busy", "busy"), ("decline", "rejected"), ("no_answer", "timeout")]
)
def test_nobody_is_reached(phone: PhoneCall, state: State, how: str, cause: str) -> None:
    """The cause is kept, so that somebody can try again later."""
    getattr(phone, how)()
    assert phone.cause == cause
    assert state() == f"not reached: {cause}"


def test_a_call_that_cannot_be_placed(simulator: Simulator, web: FlaskClient) -> None:
    """A wrong number is the user's mistake, an ailing platform is not; neither is kept."""
    wrong = web.post("/reminders", data={"to": "12", "when": "tomorrow"})
    assert wrong.status_code == 400
    assert "to: expected" in wrong.text
    simulator.fail_next(500, operation="createCall")
    assert web.post("/reminders", data={"to": CALLEE, "when": "tomorrow"}).status_code == 502
    assert web.get("/reminders").json == []


def test_other_requests_are_refused(web: FlaskClient) -> None:
    """Neither a stranger's text nor a call that nobody placed here is taken for an event."""
    reminder = web.post("/reminders", data={"to": CALLEE, "when": "now"}).get_json()
    assert web.post(f"/calls/{reminder['id']}", data="hello").status_code == 400
    stranger = DisconnectEvent(call_id="c-1")
    assert web.post("/calls/0", data=stranger.to_json()).status_code == 404
