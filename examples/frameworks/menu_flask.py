"""A menu in Flask: ``flask --app examples.frameworks.menu_flask run``."""

import os

from flask import Flask

from bxml import Document, Gather, Response, SpeakSentence
from callcontrol import GatherEvent, InitiateEvent
from callcontrol.integrations.flask import webhook

BANDWIDTH = ("bandwidth", os.environ.get("WEBHOOK_PASSWORD", "change me"))

app = Flask("menu")


@app.post("/voice")
@webhook(InitiateEvent, credentials=[BANDWIDTH])
def voice(event: InitiateEvent) -> Document:
    """Welcome a caller."""
    prompt = SpeakSentence(f"You are calling from {event.from_}. Press 1 for our opening hours.")
    document = Response(Gather(prompt, gather_url="/chosen", max_digits=1))
    return document.with_credentials(*BANDWIDTH)


@app.post("/chosen")
@webhook(GatherEvent, credentials=[BANDWIDTH])
def chosen(event: GatherEvent) -> Document | None:
    """Do what the key asks for; without one, the call ends."""
    return Response().speak_sentence("We open at nine.") if event.digits == "1" else None
