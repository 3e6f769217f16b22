"""A menu with twelve mistakes, for `callcontrol explore` to find. Do not start from this one.

    callcontrol explore examples.applications.broken_flask:app --path /voice
    flask --app broken_flask run

Each mistake is marked with the kind that the explorer gives it.
"""

import time

from flask import Flask
from flask import Response as Reply

from bxml import MEDIA_TYPE, Document, Gather, PhoneNumber, Response, SpeakSentence
from callcontrol import Event, GatherEvent
from callcontrol.integrations.flask import webhook

SLOW = 2.1
"""Seconds that the database takes."""
NESTED = (
    "<Response><Gather><Transfer><PhoneNumber>+19195550133</PhoneNumber></Transfer></Gather>"
    "</Response>"
)

app = Flask(__name__)


def ask(prompt: str, url: str) -> Document:
    """Ask for one key."""
    return Response(Gather(SpeakSentence(prompt), gather_url=url, max_digits=1))


@app.post("/voice")
@webhook(Event)
def voice(_: Event) -> Document:
    """Welcome a caller."""
    return ask("Welcome to Broken Incorporated. Press 1 for sales.", "/menu")


@app.post("/menu")
@webhook(Event)
def menu(event: Event) -> Document | Reply:  # noqa: C901, PLR0911, PLR0912 - a case for each key
    """Do what the key asks for."""
    match event:
        case GatherEvent(digits=""):  # endless-prompt: silence is never over
            return ask("Welcome to Broken Incorporated. Press 1 for sales.", "/menu")
        case GatherEvent(digits="1"):  # unanswered-transfer: no transfer_complete_url
            return Response().transfer(PhoneNumber("+19195550111"))
        case GatherEvent(digits="2"):
            return ask("Support. Press 1 to go on.", "/support")
        case GatherEvent(digits="3"):  # invalid-bxml: no Transfer inside a Gather
            return Reply(NESTED, content_type=MEDIA_TYPE)
        case GatherEvent(digits="4"):
            return ask("Press any key to hear this again.", "/again")
        case GatherEvent(digits="5"):
            time.sleep(SLOW)  # slow-reply
            return Response().speak_sentence("You owe us nothing.").hangup()
        case GatherEvent(digits="6"):
            return ask("Press 1 if you like us, 2 if you do not.", "/survey")
        case GatherEvent(digits="7"):  # no-reply: moved away long ago
            return Response().redirect("http://localhost:9/voice")
        case GatherEvent(digits="8"):  # call-failed: there is no such file
            return Response().play_audio("/hours.wav").hangup()
        case GatherEvent(digits="9"):  # bxml-warning: nothing runs after Redirect
            return Response().redirect("/voice").speak_sentence("Please hold.")
        case GatherEvent(digits="10"):  # never-reached: the Gather takes one key
            return Response().speak_sentence("You have found the director.").hangup()
        case GatherEvent(digits="#"):  # server-error
            return Response().speak_sentence(str(1 / 0))
        case _:
            return Response().speak_sentence("Goodbye.").hangup()


@app.post("/support")
@webhook(Event)
def support(event: Event) -> Document | None:
    """Let the caller choose, or so it seems."""
    match event:
        case GatherEvent(digits="1" | ""):
            return Response().speak_sentence("All is well. Goodbye.").hangup()
        case _:
            return None  # dead-end: other keys were forgotten


@app.post("/again")
@webhook(Event)
def again(_: Event) -> Document:
    """Say the same again, whatever happens."""
    return ask("Press any key to hear this again.", "/again")  # loop-without-exit


@app.post("/survey")
@webhook(Event)
def survey(event: Event) -> Document | None:
    """Thank the caller who presses a key."""
    match event:
        case GatherEvent(digits=""):
            return None  # no-timeout-path
        case _:
            return Response().speak_sentence("Thank you.").hangup()
