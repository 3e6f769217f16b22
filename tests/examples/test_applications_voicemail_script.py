"""examples/applications/voicemail_script.py: which messages are listed."""

import asyncio

import httpx
import pytest

from callcontrol import pytest_plugin
from callcontrol.simulator import Simulator
from callcontrol.simulator.testing.phone_call import PhoneCall
from examples.applications.voicemail_script import app, discarded, messages

simulator = pytest_plugin.simulator  # in place of the one that talks to scripts

NUMBER = "+19195551234"
CALLER = "+19195559876"


@pytest.fixture
def call(simulator: Simulator) -> PhoneCall:
    """Return the phone of a caller who has heard the tone; there are no messages yet."""
    for each in (messages, discarded):
        each.clear()
    return simulator.dial_in(app, to=NUMBER, from_=CALLER, url="/voice/", status_url="/voice/")


def test_the_messages_are_listed(call: PhoneCall) -> None:
    """With their transcriptions."""
    assert call.hears_audio("/tone.wav")
    recording = call.leave_voicemail("Please call me back.", seconds=12)
    call.press("1")
    assert call.hears("Thank you. Goodbye.")
    call.waits(seconds=30)
    [message] = listed()
    assert (message["caller"], message["seconds"]) == (CALLER, 12)
    for address in (message["audio"], message["transcription"]):
        assert f"/recordings/{recording.recording_id}/" in str(address)


def test_only_the_last_attempt_is_kept(call: PhoneCall) -> None:
    """A message that is spoken again is not listed."""
    call.leave_voicemail(seconds=3)
    call.press("2")
    assert call.hears("Once more. Speak after the tone")
    call.leave_voicemail(seconds=7)
    call.press("1")
    call.waits(seconds=30)
    assert [each["seconds"] for each in listed()] == [7]


def test_a_caller_who_hangs_up_has_left_a_message(call: PhoneCall) -> None:
    """There is no recordComplete then."""
    call.leave_voicemail(seconds=4, then="hang up")
    call.waits(seconds=30)
    assert [each["seconds"] for each in listed()] == [4]


def listed() -> list[dict[str, object]]:
    """Return the messages as the application lists them."""

    async def send() -> list[dict[str, object]]:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://voicemail") as client:
            found: list[dict[str, object]] = (await client.get("/messages")).json()
            return found

    return asyncio.run(send())
