"""An IVR menu: sales, support or the opening hours; three tries, and a way out of every dead end.

    flask --app ivr_flask run

Give http://.../voice to your voice application as the URL of inbound calls.
"""

from flask import Flask, request

from bxml import MEDIA_TYPE, Gather, PhoneNumber, Response, SpeakSentence
from bxml.documents import Document
from callcontrol import EventError, GatherEvent, TransferCompleteEvent, parse_event

DEPARTMENTS = {"1": ("sales", "+19195550111"), "2": ("support", "+19195550122")}
TRIES = 3

app = Flask(__name__)

Reply = tuple[str, int, dict[str, str]]


def script(document: Document) -> Reply:
    """Return a document as the reply to a webhook."""
    return document.to_bxml(), 200, {"Content-Type": MEDIA_TYPE}


def menu(said_before: str = "", tries: int = 1) -> Document:
    """Ask for a key. The URL of the answer counts the tries, so that the server need not."""
    choices = [f"Press {key} for {name}." for key, (name, _) in DEPARTMENTS.items()]
    prompt = " ".join([said_before, *choices, "Press 3 for our opening hours."])
    return Response(
        Gather(SpeakSentence(prompt.strip()), gather_url=f"/chosen?tries={tries}", max_digits=1)
    )


@app.post("/voice")
def voice() -> Reply:
    """Welcome a caller."""
    return script(menu("Welcome to Example Incorporated."))


@app.post("/chosen")
def chosen() -> Reply:
    """Do what the key asks for; repeat the menu for a wrong key or none."""
    event = parse_event(request.get_data())
    tries = request.args.get("tries", default=1, type=int)
    match event:
        case GatherEvent(digits=key) if key in DEPARTMENTS:
            name, number = DEPARTMENTS[key]
            return script(
                Response()
                .speak_sentence(f"Connecting you to {name}.")
                .transfer(
                    PhoneNumber(number), call_timeout=20, transfer_complete_url="/transferred"
                )
            )
        case GatherEvent(digits="3"):
            return script(menu("We are open from nine to five, Monday to Friday."))
        case _ if tries == TRIES:
            return script(Response().speak_sentence("Please call again. Goodbye.").hangup())
        case GatherEvent(digits=""):
            return script(menu("We did not hear a choice.", tries + 1))
        case _:
            return script(menu("That is not a choice.", tries + 1))


@app.post("/transferred")
def transferred() -> Reply:
    """Say goodbye after a conversation; offer the menu again if there was none."""
    match parse_event(request.get_data()):
        case TransferCompleteEvent(cause="hangup"):
            return script(Response().speak_sentence("Thank you for calling.").hangup())
        case _:
            return script(menu("All lines are busy."))


@app.errorhandler(EventError)
def not_an_event(error: EventError) -> tuple[str, int]:
    """Refuse what did not come from the platform."""
    return str(error), 400
