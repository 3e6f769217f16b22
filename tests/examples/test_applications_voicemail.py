"""examples/applications/voicemail_fastapi.py: messages that are kept, repeated and cut short."""

import asyncio
from collections.abc import Callable

import httpx
import pytest

from callcontrol import pytest_plugin
from callcontrol.simulator import Simulator
from callcontrol.simulator.testing.phone_call import PhoneCall
from examples.applications.voicemail_fastapi import app, discarded, messages

simulator = pytest_plugin.simulator  # in place of the one that talks to scripts

CALLER = "+19195559876"
Inbox = Callable[[], list[dict[str, object]]]
THANKS = "Thank you. Goodbye."


def request(method: str, path: str, body: str = "") -> httpx.Response:
    """Return what the application answers to a request that does not come from the platform."""

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://voicemail") as client:
            return await client.request(method, path, content=body)

    return asyncio.run(send())


@pytest.fixture
def inbox() -> Inbox:
    """Return what lists the messages; there are none yet."""
    messages.clear()
    discarded.clear()
    return lambda: request("GET", "/messages").json()


@pytest.fixture
def call(simulator: Simulator, inbox: Inbox) -> PhoneCall:
    """Return the phone of a caller who has heard the tone."""
    assert inbox() == []
    return simulator.dial_in(app, to="+19195551234", from_=CALLER, url="/voice")


def seconds_in(inbox: Inbox) -> list[object]:
    """Return the lengths of the messages in the inbox."""
    return [each["seconds"] for each in inbox()]


def test_a_message_is_kept_and_transcribed(call: PhoneCall, inbox: Inbox) -> None:
    """The whole way from the greeting to the inbox."""
    assert call.hears("You have reached Example Incorporated. Speak after the tone")
    assert call.hears_audio("/tone.wav")
    recording = call.leave_voicemail("Please call me back.", seconds=12)
    assert call.hears("Press 1 to keep your message")
    call.press("1")
    assert call.hears(THANKS)
    assert call.ended
    call.waits(seconds=30)
    [message] = inbox()
    assert message["caller"] == CALLER
    assert message["seconds"] == recording.seconds == 12
    for address in (message["audio"], message["transcription"]):
        assert f"/recordings/{recording.recording_id}/" in str(address)


def test_the_text_comes_later_than_the_sound(call: PhoneCall, inbox: Inbox) -> None:
    """The inbox shows a message as soon as it can be heard."""
    call.leave_voicemail(then="hang up")
    call.waits(seconds=3)
    [message] = inbox()
    assert message["transcription"] is None
    call.waits(seconds=5)
    [message] = inbox()
    assert message["transcription"] is not None


def test_only_the_last_attempt_is_kept(call: PhoneCall, inbox: Inbox) -> None:
    """A message that is spoken again replaces the first, which has reached the inbox already."""
    call.leave_voicemail(seconds=3)
    call.waits(seconds=3)
    assert seconds_in(inbox) == [3]
    call.press("2")
    assert call.hears("Once more. Speak after the tone")
    assert seconds_in(inbox) == []
    call.leave_voicemail(seconds=7)
    call.press("1")
    call.waits(seconds=30)
    assert seconds_in(inbox) == [7]


def test_a_quick_second_attempt(call: PhoneCall, inbox: Inbox) -> None:
    """The platform reports the first recording only after it was discarded."""
    call.says("Hello?", seconds=3)
    call.waits(seconds=3)
    call.press("#", run=False)
    call.press("2")
    second = call.leave_voicemail(seconds=4, then="hang up")
    call.waits(seconds=30)
    kinds = [event.event_type for event in call.events]
    assert kinds.count("recordingAvailable") == len(call.recordings) == 2
    assert kinds.index("recordingAvailable") > kinds.index("gather")
    assert seconds_in(inbox) == [second.seconds]


def test_a_wrong_key_asks_again(call: PhoneCall) -> None:
    """The question comes again, about the same recording."""
    call.leave_voicemail()
    call.press("8")
    assert call.hears("Press 1 to keep your message")
    call.press("1")
    assert call.hears(THANKS)


def test_silence_keeps_the_message(call: PhoneCall, inbox: Inbox) -> None:
    """Neither the end of the recording nor the answer needs a key."""
    assert call.leave_voicemail(seconds=6, then="silence").seconds == 11
    call.waits(seconds=30)
    assert call.hears(THANKS)
    assert seconds_in(inbox) == [11]


def test_a_caller_who_hangs_up_has_left_a_message(call: PhoneCall, inbox: Inbox) -> None:
    """There is no recordComplete then, and the message is there all the same."""
    call.leave_voicemail(seconds=4, then="hang up")
    call.waits(seconds=30)
    assert [event.event_type for event in call.events] == [
        "initiate",
        "recordingAvailable",
        "transcriptionAvailable",
    ]
    assert seconds_in(inbox) == [4]


def test_a_request_that_is_no_event_is_refused() -> None:
    """The answer is a 400 that says why."""
    reply = request("POST", "/voice", '{"hello": 1}')
    assert (reply.status_code, reply.json()["detail"].partition(":")[0]) == (400, "event.eventType")
