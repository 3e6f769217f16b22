"""examples/applications/screening_flask.py: the owner takes calls, refuses them, or is away."""

import pytest

from callcontrol import pytest_plugin
from callcontrol.simulator import Simulator
from callcontrol.simulator.testing.phone_call import PhoneCall
from examples.applications.screening_flask import BLOCKED, OWNER, accepted, app, messages

simulator = pytest_plugin.simulator  # in place of the one that talks to scripts

NUMBER, CALLER = "+19195551234", "+19195559876"
OFFER = "Press 1 to take it, any other key to refuse."
VOICEMAIL = "Nobody can take your call. Please leave a message."


def dialled(simulator: Simulator, caller: str) -> PhoneCall:
    """Return the phone of a caller."""
    return simulator.dial_in(app, to=NUMBER, from_=caller, url="/voice", status_url="/voice")


@pytest.fixture
def call(simulator: Simulator) -> PhoneCall:
    """Return the phone of a caller who hears ringing; there are no messages yet."""
    messages.clear()
    accepted.clear()
    return dialled(simulator, CALLER)


@pytest.fixture
def owner(call: PhoneCall) -> PhoneCall:
    """Return the phone of the owner, which rings."""
    [owner] = call.legs
    return owner


def test_the_owner_takes_the_call(call: PhoneCall, owner: PhoneCall) -> None:
    """The owner hears the number, the caller hears nothing of it, and then they talk."""
    assert call.hears("One moment, please.")
    assert call.transferring_to == [OWNER]
    owner.answer()
    assert owner.hears(f"Call from {CALLER.removeprefix('+1')}. {OFFER}")
    assert not call.hears_person(owner)
    owner.press("1")
    assert owner.hears("Connected.")
    assert call.hears_person(owner)
    assert call.transcript == ("One moment, please.",)
    owner.hang_up()
    assert call.ended
    assert messages == []


def test_the_caller_ends_the_talk(call: PhoneCall, owner: PhoneCall) -> None:
    """Both phones are free again."""
    owner.answer()
    owner.press("1")
    assert owner.hears_person(call)
    call.hang_up()
    assert owner.ended
    assert accepted == set()


@pytest.mark.parametrize("key", ["2", "#", "0"])
def test_the_owner_refuses(call: PhoneCall, owner: PhoneCall, key: str) -> None:
    """The caller cannot tell that from an owner who is away."""
    owner.answer()
    owner.press(key)
    assert owner.ended
    assert call.hears(VOICEMAIL)
    call.leave_voicemail("It is me.", seconds=8)
    assert call.hears("Thank you. Goodbye.")
    call.waits(seconds=10)
    [(caller, sound)] = messages
    assert caller == CALLER
    assert "/recordings/" in str(sound)


@pytest.mark.parametrize("how", ["busy", "decline", "no_answer"])
def test_the_owner_is_away(call: PhoneCall, owner: PhoneCall, how: str) -> None:
    """A phone that is busy, switched off or forgotten leads to the voicemail."""
    getattr(owner, how)()
    assert call.hears(VOICEMAIL)
    call.leave_voicemail(then="hang up")
    call.waits(seconds=10)
    assert len(messages) == 1


def test_the_owners_own_voicemail_gets_no_call(call: PhoneCall, owner: PhoneCall) -> None:
    """It presses no key: the question comes twice, and then ours takes the message."""
    owner.voicemail("You have reached my mobile phone.")
    owner.waits(seconds=30)
    assert owner.transcript.count(f"Call from {CALLER.removeprefix('+1')}. {OFFER}") == 2
    assert owner.ended
    assert call.hears(VOICEMAIL)


def test_a_caller_gives_up_during_the_whisper(call: PhoneCall, owner: PhoneCall) -> None:
    """The owner's leg ends, too, and there is no message."""
    owner.answer()
    call.hang_up()
    assert owner.ended
    assert call.ended
    assert messages == []


def test_a_hidden_number_is_announced_as_such(simulator: Simulator) -> None:
    """The words of the platform for it would say little."""
    call = dialled(simulator, "Anonymous")
    [owner] = call.legs
    owner.answer()
    assert owner.hears(f"Call from an unknown number. {OFFER}")


def test_a_blocked_number_is_rejected(simulator: Simulator) -> None:
    """The call is never answered, so that it costs nothing, and the owner hears nothing of it."""
    call = dialled(simulator, min(BLOCKED))
    assert call.ended
    assert call.record.answer_time is None
    assert call.legs == ()


def test_a_request_that_is_no_event_is_refused() -> None:
    """The answer is a 400 that says why."""
    reply = app.test_client().post("/voice", data="hello")
    assert (reply.status_code, reply.text.partition(":")[0]) == (400, "event")
