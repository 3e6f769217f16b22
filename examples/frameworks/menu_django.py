"""A menu in Django, in one file: ``gunicorn examples.frameworks.menu_django:app``."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest
from django.urls import path

from bxml import Document, Gather, Response, SpeakSentence
from callcontrol import GatherEvent, InitiateEvent
from callcontrol.integrations.django import webhook

BANDWIDTH = ("bandwidth", os.environ.get("WEBHOOK_PASSWORD", "change me"))


@webhook(InitiateEvent, credentials=[BANDWIDTH])
def voice(_: HttpRequest, event: InitiateEvent) -> Document:
    """Welcome a caller."""
    prompt = SpeakSentence(f"You are calling from {event.from_}. Press 1 for our opening hours.")
    document = Response(Gather(prompt, gather_url="/chosen", max_digits=1))
    return document.with_credentials(*BANDWIDTH)


@webhook(GatherEvent, credentials=[BANDWIDTH])
def chosen(_: HttpRequest, event: GatherEvent) -> Document | None:
    """Do what the key asks for; without one, the call ends."""
    return Response().speak_sentence("We open at nine.") if event.digits == "1" else None


urlpatterns = [path("voice", voice), path("chosen", chosen)]
settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"])
app = get_wsgi_application()
