"""examples/applications/ivr_flask.py: every way through the menu."""

import pytest

from callcontrol import pytest_plugin
from callcontrol.simulator import Simulator
from callcontrol.simulator.testing.phone_call import PhoneCall
from examples.applications.ivr_flask import app

simulator = pytest_plugin.simulator  # in place of the one that talks to scripts

NUMBER = "+19195551234"


@pytest.fixture
def call(simulator: Simulator) -> PhoneCall:
    """Return the phone of somebody who has just dialled."""
    return simulator.dial_in(app, to=NUMBER, url="/voice")


def test_the_caller_is_welcomed_and_told_every_key(call: PhoneCall) -> None:
    """One prompt holds all that can be chosen."""
    assert call.hears("Welcome to Example Incorporated. Press 1 for sales. Press 2 for support.")
    assert call.hears("Press 3 for our opening hours.")


@pytest.mark.parametrize(
    ("key", "name", "number"), [("1", "sales", "+19195550111"), ("2", "support", "+19195550122")]
)
def test_a_department_answers(call: PhoneCall, key: str, name: str, number: str) -> None:
    """Caller and department talk; when the department hangs up, the caller is thanked."""
    call.press(key)
    assert call.hears(f"Connecting you to {name}")
    assert call.transferring_to == [number]
    [department] = call.legs
    department.answer()
    call.waits(seconds=600)
    assert not call.ended
    department.hang_up()
    assert call.hears("Thank you for calling")
    assert call.cause == "hangup"


@pytest.mark.parametrize("how", ["busy", "decline", "no_answer"])
def test_a_department_that_cannot_be_reached(call: PhoneCall, how: str) -> None:
    """The menu comes again, and another department can be chosen."""
    call.press("1")
    getattr(call.legs[0], how)()
    assert call.hears("All lines are busy. Press 1 for sales.")
    call.press("2")
    assert call.transferring_to == ["+19195550122"]


def test_the_opening_hours_lead_back(call: PhoneCall) -> None:
    """They can be heard any number of times."""
    for _ in range(4):
        call.press("3")
        assert call.hears("We are open from nine to five")
        assert call.hears("Press 1 for sales")


def test_three_wrong_keys_end_the_call(call: PhoneCall) -> None:
    """Each wrong key repeats the menu, until the third."""
    for key in "7#":
        call.press(key)
        assert call.hears("That is not a choice. Press 1 for sales.")
    call.press("*")
    assert call.hears("Please call again. Goodbye.")
    assert call.ended


def test_silence_ends_the_call(call: PhoneCall) -> None:
    """A phone that nobody holds hears the menu three times."""
    call.waits(seconds=60)
    assert [each.partition(".")[0] for each in call.transcript] == [
        "Welcome to Example Incorporated",
        "We did not hear a choice",
        "We did not hear a choice",
        "Please call again",
    ]
    assert call.ended


def test_a_key_interrupts_the_prompt(simulator: Simulator) -> None:
    """Who knows the menu need not hear it."""
    call = simulator.dial_in(app, to=NUMBER, url="/voice", run=False)
    call.waits(seconds=0.5)
    call.press("2")
    assert call.transferring_to == ["+19195550122"]


def test_a_request_that_is_no_event_is_refused() -> None:
    """The answer is a 400 that says why, and never a traceback."""
    reply = app.test_client().post("/chosen", data="hello")
    assert (reply.status_code, reply.text.partition(":")[0]) == (400, "event")
