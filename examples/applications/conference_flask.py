"""A conference with a coach: the agent hears what the coach says, and the customer does not.

    flask --app conference_flask run

Give http://.../voice to your voice application as the URL of inbound calls and as their status
URL. Callers who wait are customers; staff enter their code.
"""

from flask import Flask, request

from bxml import Conference, Document, Gather, Response, SpeakSentence
from callcontrol import (
    ConferenceEvent,
    ConferenceMemberExitEvent,
    ConferenceMemberJoinEvent,
    DisconnectEvent,
    Event,
    GatherEvent,
    InitiateEvent,
)
from callcontrol.integrations.flask import webhook

ROOM = "support"
CODES = {"1000": "agent", "2000": "coach"}
TRIES = 3

app = Flask(__name__)

members: dict[str, str] = {}
"""Who is in the room: role by call id. One process keeps it; use a database for several."""


def calls_of(role: str) -> list[str]:
    """Return the ids of the calls in the room that have a role."""
    return [call_id for call_id, held in members.items() if held == role]


def ask_for_code(said_before: str, tries: int = 1) -> Document:
    """Let staff enter a code; the URL of the answer counts the tries."""
    prompt = SpeakSentence(f"{said_before} Please hold, or enter your code and press pound.")
    url = f"/voice?tries={tries}"
    return Response(Gather(prompt, gather_url=url, terminating_digits="#", first_digit_timeout=3))


def enter(call_id: str, role: str) -> Document:
    """Put a call into the room; a coach speaks only to the agents who are there."""
    coached = calls_of("agent")
    if role == "coach" and not coached:
        return Response().speak_sentence("There is nobody to coach. Goodbye.").hangup()
    if role == "coach" and calls_of("coach"):
        return Response().speak_sentence("There is a coach already. Goodbye.").hangup()
    members[call_id] = role
    room = Conference(
        ROOM,
        call_ids_to_coach=",".join(coached) if role == "coach" else None,
        conference_event_url="/room",  # only that of the first member counts
    )
    return Response().speak_sentence(f"You are the {role}.").append(room)


def script(event: Event, tries: int) -> Document | None:
    """Return what a call does next, None if it goes on."""
    match event:
        case InitiateEvent():
            return ask_for_code("Welcome.")
        case GatherEvent(digits=""):
            return enter(event.call_id, "customer")
        case GatherEvent(digits=code) if code in CODES:
            return enter(event.call_id, CODES[code])
        case GatherEvent() if tries < TRIES:
            return ask_for_code("This code is unknown.", tries + 1)
        case GatherEvent():
            return Response().speak_sentence("Goodbye.").hangup()
        case DisconnectEvent():  # who hangs up on the way to the room never leaves it
            members.pop(event.call_id, None)
        case _:
            pass
    return None


def announcement(event: ConferenceEvent) -> Document | None:
    """Return the announcement for all members when one comes or goes; none for a coach."""
    match event:
        case ConferenceMemberJoinEvent():
            role, change = members.get(event.call_id, ""), "joined"
        case ConferenceMemberExitEvent():
            role, change = members.pop(event.call_id, ""), "left"
        case _:
            return None
    if role not in ("customer", "agent"):
        return None
    news = Response().speak_sentence(f"The {role} has {change}.")
    return news if calls_of("agent") else news.speak_sentence("Please wait for an agent.")


@app.post("/voice")
@webhook(Event)
def voice(event: Event) -> Document | None:
    """Take the webhooks of every call."""
    tries = request.args.get("tries", default=1, type=int)
    return script(event, tries)


@app.post("/room")
@webhook(ConferenceEvent)
def room(event: ConferenceEvent) -> Document | None:
    """Take the webhooks of the conference."""
    return announcement(event)
