"""examples/applications/voicemail_script.py: callers hear what they hear from its webhook form."""

import asyncio
import random
from pathlib import Path
from typing import Literal

import httpx

from callcontrol.simulator import Simulator
from callcontrol.simulator.testing.phone_call import PhoneCall
from examples.applications import voicemail_fastapi, voicemail_script
from examples.applications.voicemail_script import app, discarded, messages, scripts

NUMBER = "+19195551234"
CALLERS = 60


def call(kind: Literal["script", "webhooks"], seed: int) -> tuple[object, ...]:
    """Return a whole call: what the caller heard, and which messages there are afterwards."""
    chance = random.Random(seed)  # noqa: S311 - the same caller each time
    kept = messages if kind == "script" else voicemail_fastapi.messages
    scripts.renew_memory()
    for box in (messages, discarded, voicemail_fastapi.messages, voicemail_fastapi.discarded):
        box.clear()
    with Simulator() as simulator:
        url = "/voice/" if kind == "script" else "/voice"
        site = app if kind == "script" else voicemail_fastapi.app
        caller = simulator.dial_in(site, to=NUMBER, url=url, status_url=url)
        for _ in range(chance.randint(1, 6)):
            act(caller, chance.choice(("leave", "press", "press", "go")), chance)
        if not caller.ended:
            caller.waits(seconds=400)
        if not caller.ended:
            caller.hang_up()
        simulator.advance(900)
        recordings = [recording.recording_id for recording in caller.recordings]
        left = [recordings.index(each) for each in kept]
        return caller.transcript, caller.cause, sorted(left)


def act(caller: PhoneCall, action: str, chance: random.Random) -> None:
    """Do one action, as far as it is possible."""
    if caller.ended:
        return
    is_recording = any(not recording.complete for recording in caller.recordings)
    if action == "go" and chance.random() < 0.3:
        caller.hang_up()
    elif is_recording:
        caller.leave_voicemail("Call me.", then=chance.choice(("#", "hang up", "silence")))
    elif action == "press":
        caller.press(chance.choice("1223"))
    else:
        caller.waits(seconds=3)


def test_random_callers_hear_the_same() -> None:
    """And leave the same messages."""
    for seed in range(CALLERS):
        assert call("script", seed) == call("webhooks", seed), seed


def test_the_messages_are_listed() -> None:
    """With their transcriptions."""
    call("script", 1)
    scripts.renew_memory()
    messages.clear()
    with Simulator() as simulator:
        caller = simulator.dial_in(app, to=NUMBER, url="/voice/", status_url="/voice/")
        caller.leave_voicemail("Please call me back.", seconds=12)
        caller.press("1")
        assert caller.hears("Thank you. Goodbye.")
        simulator.advance(900)
    [message] = listed()
    assert (message["caller"], message["seconds"]) == ("+19195550100", 12)
    assert "/transcription" in str(message["transcription"])


def listed() -> list[dict[str, object]]:
    """Return the messages as the application lists them."""

    async def send() -> list[dict[str, object]]:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://voicemail") as client:
            found: list[dict[str, object]] = (await client.get("/messages")).json()
            return found

    return asyncio.run(send())


def test_the_script_is_shorter() -> None:
    """By two fifths at least, without blank lines."""
    lines = [
        sum(
            bool(line.strip()) for line in Path(str(module.__file__)).read_text("utf-8").split("\n")
        )
        for module in (voicemail_script, voicemail_fastapi)
    ]
    assert lines[0] <= 0.6 * lines[1]
