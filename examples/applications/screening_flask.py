"""Call screening: the owner hears who is calling, and takes the call or leaves it to voicemail.

    OWNER=+19195550100 flask --app screening_flask run

Give http://.../voice to your voice application as the URL of inbound calls and as their status
URL. The caller hears ringing until the owner has decided; the whisper is for the owner alone.
"""

import os

from flask import Flask

from bxml import Document, Gather, PhoneNumber, Record, Response, SpeakSentence, ssml
from callcontrol import (
    DisconnectEvent,
    Event,
    GatherEvent,
    InitiateEvent,
    RecordingAvailableEvent,
    TransferAnswerEvent,
    TransferCompleteEvent,
)
from callcontrol.integrations.flask import webhook

OWNER = os.environ.get("OWNER", "+19195550100")
BLOCKED = {"+19195550666"}
TEN = 10
HIDDEN = {"Private", "Restricted", "Unavailable", "Anonymous"}

app = Flask(__name__)

accepted: set[str] = set()
"""Calls that the owner has taken: a refusal and the end of a talk both come as ``hangup``."""
messages: list[tuple[str | None, str | None]] = []
"""Caller and address of the sound; a database in a real application."""


def ring_owner() -> Document:
    """Ring the owner, whose leg runs the reply to transferAnswer before the two can talk."""
    owner = PhoneNumber(OWNER, transfer_answer_url="/voice")
    return (
        Response()
        .speak_sentence("One moment, please.")
        .transfer(owner, call_timeout=20, transfer_complete_url="/voice")
    )


def named(caller: str | None) -> str | ssml.SsmlNode:
    """Return a caller for the ear; only numbers of ten digits are read as telephone numbers."""
    if caller is None or caller in HIDDEN:
        return "an unknown number"
    number = caller.removeprefix("+1")
    return ssml.say_as(number, interpret_as="telephone" if len(number) == TEN else "characters")


def whisper(caller: str | None) -> Document:
    """Ask the owner. A voicemail of the owner's phone presses no key, and gets no calls."""
    prompt = SpeakSentence(
        "Call from ", named(caller), ". Press 1 to take it, any other key to refuse."
    )
    return Response(Gather(prompt, gather_url="/voice", max_digits=1, repeat_count=2))


def voicemail() -> Document:
    """Take a message."""
    return (
        Response()
        .speak_sentence("Nobody can take your call. Please leave a message.")
        .append(Record(max_duration=120, silence_timeout=5, recording_available_url="/voice"))
        .speak_sentence("Thank you. Goodbye.")
    )


def decision(event: GatherEvent) -> Document:
    """Join the legs, which happens at the end of this document, or end that of the owner."""
    if event.digits != "1" or event.parent_call_id is None:
        return Response().hangup()
    accepted.add(event.parent_call_id)
    return Response().speak_sentence("Connected.")


def script(event: Event) -> Document | None:
    """Return what the leg of an event does next, None if it is over."""
    match event:
        case InitiateEvent(from_=caller) if caller in BLOCKED:
            return Response().hangup()  # the call is not answered yet, so this rejects the call
        case InitiateEvent():
            return ring_owner()
        case TransferAnswerEvent(from_=caller):
            return whisper(caller)
        case GatherEvent():
            return decision(event)
        case TransferCompleteEvent(call_id=caller_id):
            return Response().hangup() if caller_id in accepted else voicemail()
        case RecordingAvailableEvent(from_=caller, media_url=sound):
            messages.append((caller, sound))
        case DisconnectEvent(call_id=caller_id):
            accepted.discard(caller_id)
        case _:
            pass
    return None


@app.post("/voice")
@webhook(Event)
def voice(event: Event) -> Document | None:
    """Take every webhook, of callers and of the owner."""
    return script(event)
