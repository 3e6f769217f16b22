"""A menu in FastAPI: ``uvicorn examples.frameworks.menu_fastapi:app``."""

import os
from typing import Annotated

from fastapi import FastAPI

from bxml import Document, Gather, Response, SpeakSentence
from callcontrol import GatherEvent, InitiateEvent
from callcontrol.integrations.fastapi import WebhookRoute, webhook

BANDWIDTH = ("bandwidth", os.environ.get("WEBHOOK_PASSWORD", "change me"))

app = FastAPI()
app.router.route_class = WebhookRoute

Initiated = Annotated[InitiateEvent, webhook(InitiateEvent, credentials=[BANDWIDTH])]
Gathered = Annotated[GatherEvent, webhook(GatherEvent, credentials=[BANDWIDTH])]


@app.post("/voice")
async def voice(event: Initiated) -> Document:
    """Welcome a caller."""
    prompt = SpeakSentence(f"You are calling from {event.from_}. Press 1 for our opening hours.")
    document = Response(Gather(prompt, gather_url="/chosen", max_digits=1))
    return document.with_credentials(*BANDWIDTH)


@app.post("/chosen")
async def chosen(event: Gathered) -> Document | None:
    """Do what the key asks for; without one, the call ends."""
    return Response().speak_sentence("We open at nine.") if event.digits == "1" else None
