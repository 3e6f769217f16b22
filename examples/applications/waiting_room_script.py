"""The waiting room of ``waiting_room_wsgi.py`` as one function, with its agents.

    uvicorn waiting_room_script:app --port 5000
    python waiting_room_script.py https://room.example.com/voice/ +19195550100

Give the address to your voice application as the URL of inbound calls and as their status URL. The
second command connects a free agent with the caller who has waited longest. Both need JOURNAL, such
as sqlite:///room.db; the second BW_ACCOUNT_ID with BW_CLIENT_ID and BW_CLIENT_SECRET.
"""

import math
import os
import struct
import sys
from contextlib import suppress

import fastapi

from bxml import PhoneNumber, PlayAudio, SpeakSentence, Verb
from callcontrol import CallControlError, Client
from callcontrol.scripts import Call, Scripts, Signal, script
from callcontrol.scripts.journals import open_journal

AGENT = Signal("agent", str)


@script("waiting-room")
async def waiting_room(call: Call) -> None:
    """Hold a caller until an agent has talked to them; another wait keeps the place in the line."""
    greeting = "Welcome. All our agents are busy."
    while True:
        agent = await free_agent(call, greeting)
        call.speak_sentence("An agent is free.")
        talk = await call.transfer(PhoneNumber(agent), call_timeout=20)
        if talk.outcome == "talked":
            call.speak_sentence("Thank you for calling.")
            return
        greeting = "The agent could not take your call."


async def free_agent(call: Call, greeting: str) -> str:
    """Wait for an agent; the greeting is for the first round of music."""
    with suppress(TimeoutError):
        return await call.wait_for(AGENT, hold=lambda: round_of(call, greeting), timeout=0)
    return await call.wait_for(AGENT, hold=lambda: round_of(call, "Thank you for waiting."))


def round_of(call: Call, greeting: str) -> list[Verb]:
    """Return music, with the place in the line as it is now."""
    place = scripts.waiting(AGENT).index(call.call_id) + 1
    return [SpeakSentence(f"{greeting} You are number {place}."), PlayAudio("/music.wav")]


journal = open_journal(os.environ["JOURNAL"]) if "JOURNAL" in os.environ else None
scripts = Scripts(waiting_room, journal=journal)
app = fastapi.FastAPI()
app.mount("/voice", scripts)


def chord(*pitches: int) -> bytes:
    """Return a WAV file of twenty seconds; put your own music in its place."""
    fields = (b"RIFF", 160036, b"WAVEfmt ", 16, 1, 1, 8000, 8000, 1, 8, b"data", 160000)
    second = [sum(math.sin(math.tau * pitch * n / 8000) for pitch in pitches) for n in range(8000)]
    samples = bytes(128 + round(15 * each) for each in second) * 20
    return struct.pack("<4sI8sIHHIIHH4sI", *fields) + samples


MUSIC = chord(220, 277, 330)


@app.get("/music.wav")
async def music() -> fastapi.Response:
    """Serve the music."""
    return fastapi.Response(MUSIC, media_type="audio/wav")


def main(url: str, agent: str) -> None:
    """Connect one caller, and say who it was."""
    try:
        with Client.from_env() as client:
            agents = Scripts(waiting_room, journal=scripts.journal, client=client, base_url=url)
            call_id = agents.signal_first(AGENT, agent)
    except CallControlError as error:
        sys.exit(f"not done: {error}")
    print(f"connected: {call_id}" if call_id else "no caller is waiting")


if __name__ == "__main__":
    main(*sys.argv[1:])
