"""Views of webhooks: the event has the class that the URL takes, and only documents are replies."""

from typing import Annotated

from django.http import HttpRequest
from django.urls import path
from fastapi import FastAPI
from flask import Flask

from bxml import Document, Hangup, Response
from callcontrol.events import DtmfEvent, Event, GatherEvent
from callcontrol.integrations import django, fastapi, flask

flask_app = Flask("menu")
fastapi_app = FastAPI()
fastapi_app.router.route_class = fastapi.WebhookRoute


@flask_app.post("/gather/<int:tries>")
@flask.webhook(GatherEvent, credentials=[("user", "password")])
def flask_view(event: GatherEvent, tries: int) -> Document | None:
    """Return a document or none."""
    return Response() if event.digits == "1" and tries else None


@flask_app.post("/async")
@flask.webhook(GatherEvent)
async def flask_async(event: GatherEvent) -> Document:
    """Return a document later."""
    return Response().speak_sentence(event.digits or "")


@flask.webhook(GatherEvent)
def flask_any(event: Event) -> Document:
    """Take a wider class than the URL gives."""
    return Response() if event.extra else Response().hangup()


@flask.webhook(GatherEvent)  # E: another event than the URL takes
def flask_other(event: DtmfEvent) -> Document:
    """Take another event."""
    return Response() if event.digit else Response().hangup()


@flask.webhook(Event)  # E: one kind where the URL takes all
def flask_narrow(event: GatherEvent) -> Document:
    """Take one kind only."""
    return Response() if event.digits else Response().hangup()


@flask.webhook(GatherEvent)  # E: a verb is no document
def flask_verb(_: GatherEvent) -> Hangup:
    """Return a verb."""
    return Hangup()


@flask.webhook(GatherEvent)  # E: a text is no document
def flask_text(_: GatherEvent) -> str:
    """Return a text."""
    return "<Response/>"


flask.webhook(Hangup)  # E: no event
flask.webhook(GatherEvent, credentials=["user", "password"])  # E: no pairs
flask_view(1)
flask_view("1")  # E: the variable of the URL is a number


@fastapi_app.post("/gather")
async def fastapi_view(event: Annotated[GatherEvent, fastapi.webhook(GatherEvent)]) -> Document:
    """Return a document."""
    return Response().speak_sentence(event.digits or "")


fastapi.webhook(Hangup)  # E: no event
fastapi.webhook(GatherEvent, credentials="user:password")  # E: no pairs


@django.webhook(GatherEvent)
def django_view(request: HttpRequest, event: GatherEvent, tries: int) -> Document | None:
    """Return a document or none."""
    return Response() if event.digits and tries and request.method else None


@django.webhook(GatherEvent)
async def django_async(_: HttpRequest, event: GatherEvent) -> Document:
    """Return a document later."""
    return Response().speak_sentence(event.digits or "")


@django.webhook(GatherEvent)  # E: another event than the URL takes
def django_other(_: HttpRequest, event: DtmfEvent) -> Document:
    """Take another event."""
    return Response() if event.digit else Response().hangup()


@django.webhook(GatherEvent)  # E: a verb is no document
def django_verb(_request: HttpRequest, _: GatherEvent) -> Hangup:
    """Return a verb."""
    return Hangup()


@django.webhook(GatherEvent)  # E: the request comes first
def django_without_request(event: GatherEvent) -> Document:
    """Take no request."""
    return Response() if event.digits else Response().hangup()


django.webhook(Hangup)  # E: no event
urlpatterns = [path("view/<int:tries>", django_view), path("async", django_async)]
