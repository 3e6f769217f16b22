"""Voicemail: messages are recorded, kept or spoken anew, transcribed, and listed as JSON.

    uvicorn voicemail_fastapi:app --port 5000

Give http://.../voice to your voice application as the URL of inbound calls; read the messages at
http://.../messages. Who hangs up while speaking has left a message, too.
"""

import io
import math
import wave
from dataclasses import dataclass
from typing import Annotated

import fastapi

from bxml import Document, Gather, Record, Response, SpeakSentence
from callcontrol import (
    Event,
    GatherEvent,
    InitiateEvent,
    RecordCompleteEvent,
    RecordingAvailableEvent,
    TranscriptionAvailableEvent,
)
from callcontrol.integrations.fastapi import WebhookRoute, webhook


@dataclass
class Message:
    """A message of one caller."""

    caller: str | None
    seconds: float
    audio: str | None
    """Address of the recording; the download needs API credentials."""
    transcription: str | None = None
    """The same for the text; None until it is ready."""


messages: dict[str, Message] = {}
"""By recording id; a database in a real application."""
discarded: set[str] = set()
"""Recordings that their callers did not like, which the platform still reports."""

app = fastapi.FastAPI()
app.router.route_class = WebhookRoute


def recorder(greeting: str) -> Document:
    """Record a message of three minutes at most."""
    record = Record(
        record_complete_url="/voice",
        recording_available_url="/voice",
        transcribe=True,
        transcription_available_url="/voice",
        max_duration=180,
        silence_timeout=5,
    )
    prompt = SpeakSentence(f"{greeting} Speak after the tone, and press pound when you are done.")
    return Response(prompt).play_audio("/tone.wav").append(record)


def review(recording_id: str) -> Document:
    """Ask whether to keep a message; its id travels in the URL of the answer."""
    prompt = SpeakSentence("Press 1 to keep your message, 2 to speak again.")
    return Response(Gather(prompt, gather_url=f"/voice?recording={recording_id}", max_digits=1))


def reply(event: Event, recording_id: str) -> Document | None:
    """Return what the call does next, None if it goes on or is over."""
    match event:
        case InitiateEvent():
            return recorder("You have reached Example Incorporated.")
        case RecordCompleteEvent():
            return review(event.recording_id)
        case GatherEvent(digits="2"):
            discarded.add(recording_id)
            messages.pop(recording_id, None)
            return recorder("Once more.")
        case GatherEvent(digits="1" | ""):  # silence keeps it, too
            return Response().speak_sentence("Thank you. Goodbye.").hangup()
        case GatherEvent():
            return review(recording_id)
        case RecordingAvailableEvent() if event.recording_id not in discarded:
            seconds = event.duration.total_seconds() if event.duration else 0
            messages[event.recording_id] = Message(event.from_, seconds, event.media_url)
        case TranscriptionAvailableEvent() if event.recording_id in messages:
            messages[event.recording_id].transcription = event.transcription.url
        case _:
            pass
    return None


@app.post("/voice")
async def voice(event: Annotated[Event, webhook(Event)], recording: str = "") -> Document | None:
    """Take every webhook: the kind of the event says what happened."""
    return reply(event, recording)


@app.get("/messages")
async def list_messages() -> list[Message]:
    """List the messages, oldest first."""
    return list(messages.values())


@app.get("/tone.wav")
async def tone() -> fastapi.Response:
    """Make a WAV file with half a second of 1,000 Hz, because the platform has no beep."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((1, 1, 8000, 0, "NONE", ""))
        writer.writeframes(bytes(128 + round(60 * math.sin(math.pi * n / 4)) for n in range(4000)))
    return fastapi.Response(file.getvalue(), media_type="audio/wav")
