"""A menu with twelve mistakes, for `callcontrol explore` to find. Do not start from this one.

    callcontrol explore examples.applications.broken_flask:app --path /voice
    flask --app broken_flask run

Each mistake is marked with the kind that the explorer gives it.
"""

import time

from flask import Flask, request

from bxml import MEDIA_TYPE, Gather, PhoneNumber, Response, SpeakSentence
from callcontrol import Event, EventError, GatherEvent, parse_event

SLOW = 2.1
"""Seconds that the database takes."""
NESTED = (
    "<Response><Gather><Transfer><PhoneNumber>+19195550133</PhoneNumber></Transfer></Gather>"
    "</Response>"
)

app = Flask(__name__)

Reply = tuple[str, int, dict[str, str]]


def script(document: Response | str) -> Reply:
    """Return a document as the reply to a webhook."""
    text = document if isinstance(document, str) else document.to_bxml()
    return text, 200, {"Content-Type": MEDIA_TYPE}


def ask(prompt: str, url: str) -> Reply:
    """Ask for one key."""
    return script(Response(Gather(SpeakSentence(prompt), gather_url=url, max_digits=1)))


def event() -> Event:
    """Return the event of the request."""
    return parse_event(request.get_data())


@app.post("/voice")
def voice() -> Reply:
    """Welcome a caller."""
    return ask("Welcome to Broken Incorporated. Press 1 for sales.", "/menu")


@app.post("/menu")
def menu() -> Reply:  # noqa: C901, PLR0911, PLR0912 - a case for each key
    """Do what the key asks for."""
    match event():
        case GatherEvent(digits=""):  # endless-prompt: silence is never over
            return ask("Welcome to Broken Incorporated. Press 1 for sales.", "/menu")
        case GatherEvent(digits="1"):  # unanswered-transfer: no transfer_complete_url
            return script(Response().transfer(PhoneNumber("+19195550111")))
        case GatherEvent(digits="2"):
            return ask("Support. Press 1 to go on.", "/support")
        case GatherEvent(digits="3"):  # invalid-bxml: no Transfer inside a Gather
            return script(NESTED)
        case GatherEvent(digits="4"):
            return ask("Press any key to hear this again.", "/again")
        case GatherEvent(digits="5"):
            time.sleep(SLOW)  # slow-reply
            return script(Response().speak_sentence("You owe us nothing.").hangup())
        case GatherEvent(digits="6"):
            return ask("Press 1 if you like us, 2 if you do not.", "/survey")
        case GatherEvent(digits="7"):  # no-reply: moved away long ago
            return script(Response().redirect("http://localhost:9/voice"))
        case GatherEvent(digits="8"):  # call-failed: there is no such file
            return script(Response().play_audio("/hours.wav").hangup())
        case GatherEvent(digits="9"):  # bxml-warning: nothing runs after Redirect
            return script(Response().redirect("/voice").speak_sentence("Please hold."))
        case GatherEvent(digits="10"):  # never-reached: the Gather takes one key
            return script(Response().speak_sentence("You have found the director.").hangup())
        case GatherEvent(digits="#"):  # server-error
            return script(Response().speak_sentence(str(1 / 0)))
        case _:
            return script(Response().speak_sentence("Goodbye.").hangup())


@app.post("/support")
def support() -> Reply:
    """Let the caller choose, or so it seems."""
    match event():
        case GatherEvent(digits="1" | ""):
            return script(Response().speak_sentence("All is well. Goodbye.").hangup())
        case _:
            return "", 204, {}  # dead-end: other keys were forgotten


@app.post("/again")
def again() -> Reply:
    """Say the same again, whatever happens."""
    return ask("Press any key to hear this again.", "/again")  # loop-without-exit


@app.post("/survey")
def survey() -> Reply:
    """Thank the caller who presses a key."""
    match event():
        case GatherEvent(digits=""):
            return "", 204, {}  # no-timeout-path
        case _:
            return script(Response().speak_sentence("Thank you.").hangup())


@app.errorhandler(EventError)
def not_an_event(error: EventError) -> tuple[str, int]:
    """Refuse what did not come from the platform."""
    return str(error), 400
