"""An IVR menu: sales, support or the opening hours; three tries, and a way out of every dead end.

    flask --app ivr_flask run

Give http://.../voice to your voice application as the URL of inbound calls.
"""

from flask import Flask, request

from bxml import Document, Gather, PhoneNumber, Response, SpeakSentence
from callcontrol import GatherEvent, InitiateEvent, TransferCompleteEvent
from callcontrol.integrations.flask import webhook

DEPARTMENTS = {"1": ("sales", "+19195550111"), "2": ("support", "+19195550122")}
TRIES = 3

app = Flask(__name__)


def menu(said_before: str = "", tries: int = 1) -> Document:
    """Ask for a key. The URL of the answer counts the tries, so that the server need not."""
    choices = [f"Press {key} for {name}." for key, (name, _) in DEPARTMENTS.items()]
    prompt = " ".join([said_before, *choices, "Press 3 for our opening hours."])
    return Response(
        Gather(SpeakSentence(prompt.strip()), gather_url=f"/chosen?tries={tries}", max_digits=1)
    )


@app.post("/voice")
@webhook(InitiateEvent)
def voice(_: InitiateEvent) -> Document:
    """Welcome a caller."""
    return menu("Welcome to Example Incorporated.")


@app.post("/chosen")
@webhook(GatherEvent)
def chosen(event: GatherEvent) -> Document:
    """Do what the key asks for; repeat the menu for a wrong key or none."""
    tries = request.args.get("tries", default=1, type=int)
    match event:
        case GatherEvent(digits=key) if key in DEPARTMENTS:
            name, number = DEPARTMENTS[key]
            return (
                Response()
                .speak_sentence(f"Connecting you to {name}.")
                .transfer(
                    PhoneNumber(number), call_timeout=20, transfer_complete_url="/transferred"
                )
            )
        case GatherEvent(digits="3"):
            return menu("We are open from nine to five, Monday to Friday.")
        case _ if tries == TRIES:
            return Response().speak_sentence("Please call again. Goodbye.").hangup()
        case GatherEvent(digits=""):
            return menu("We did not hear a choice.", tries + 1)
        case _:
            return menu("That is not a choice.", tries + 1)


@app.post("/transferred")
@webhook(TransferCompleteEvent)
def transferred(event: TransferCompleteEvent) -> Document:
    """Say goodbye after a conversation; offer the menu again if there was none."""
    if event.cause == "hangup":
        return Response().speak_sentence("Thank you for calling.").hangup()
    return menu("All lines are busy.")
