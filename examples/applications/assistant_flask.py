"""A voice assistant: it listens to a question, answers it, and listens again.

    flask --app assistant_flask run

Give http://.../voice to your voice application as the URL of inbound calls.
"""

from flask import Flask, request

from bxml import Document, Gather, PhoneNumber, Response, SpeakSentence
from callcontrol import GatherEvent, InitiateEvent, TransferCompleteEvent
from callcontrol.integrations.flask import webhook

AGENT = "+19195550111"
ANSWERS = {
    "open": "We are open from nine to five, Monday to Friday.",
    "where": "We are in the old mill by the river.",
}
"""Answers by a word of the question."""
GOODBYE = "Thank you for calling. Goodbye."
MORE = "What else can I do for you?"
TRIES = 3

app = Flask(__name__)


def listen(prompt: str, tries: int = 1) -> Document:
    """Ask for words. The caller may speak before the prompt is over."""
    return Response(
        Gather(
            SpeakSentence(prompt),
            gather_url=f"/said?tries={tries}",
            input_="speech",
            language="en-US",
            hints="opening hours, address, agent, goodbye",
            speech_timeout=5,
        )
    )


def goodbye(text: str = GOODBYE) -> Document:
    """End the call with words, so that the caller knows."""
    return Response().speak_sentence(text).hangup()


def answer_to(question: str) -> str | None:
    """Return the answer to a question, None if it is not understood."""
    words = question.casefold()
    return next((answer for word, answer in ANSWERS.items() if word in words), None)


@app.post("/voice")
@webhook(InitiateEvent)
def voice(_: InitiateEvent) -> Document:
    """Welcome a caller."""
    return listen("How can I help you?")


@app.post("/said")
@webhook(GatherEvent)
def said(event: GatherEvent) -> Document:
    """Answer what was said; ask again if it was nothing, or not understood."""
    tries = request.args.get("tries", default=1, type=int)
    match event:
        case GatherEvent(text=str(text)) if "goodbye" in text.casefold():
            return goodbye()
        case GatherEvent(text=str(text)) if "agent" in text.casefold():
            return (
                Response()
                .speak_sentence("One moment, please.")
                .transfer(PhoneNumber(AGENT), transfer_complete_url="/transferred")
            )
        case GatherEvent(text=str(text)) if (answer := answer_to(text)) is not None:
            return listen(f"{answer} {MORE}")
        case _ if tries == TRIES:
            return goodbye("I am sorry that I cannot help you. Goodbye.")
        case _:  # silence, or words that are not understood
            return listen("I did not understand. Please say that again.", tries + 1)


@app.post("/transferred")
@webhook(TransferCompleteEvent)
def transferred(event: TransferCompleteEvent) -> Document:
    """Say goodbye after a conversation; listen again if there was none."""
    return goodbye() if event.cause == "hangup" else listen(f"All agents are busy. {MORE}")
