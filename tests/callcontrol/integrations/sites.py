"""The same small site in each framework, and one way to send a request to any of them."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated

import httpx
from django.http import HttpRequest, HttpResponse
from django.test import Client as DjangoClient
from django.test import override_settings
from django.urls import path
from fastapi import APIRouter, FastAPI
from fastapi import Response as FastApiResponse
from flask import Flask
from flask import Response as FlaskResponse

from bxml import Document, Hangup, Response
from callcontrol.events import CallEvent, Event, GatherEvent
from callcontrol.integrations import django, fastapi, flask
from examples.frameworks import menu_django

__all__ = ["PAIRS", "SITES", "Answer", "Send", "fastapi_app"]

PAIRS = [("old", "Qx7-one"), ("new", "Qx7-zw\u00f6lf:2")]
CONFIGURED = menu_django.app  # Django is configured once per process, by the example


@dataclass(frozen=True)
class Answer:
    """What a site answers; names of headers are in lower case."""

    status: int
    text: str
    headers: Mapping[str, str]


def answer_of(status: int, text: str, headers: Iterable[tuple[str, str]]) -> Answer:
    """Return the answer with these headers."""
    return Answer(status, text, {name.lower(): value for name, value in headers})


Send = Callable[[str, str, bytes, dict[str, str]], Answer]
"""Sends a request: method, URL, body and headers."""


def pressed(event: GatherEvent, place: int = 0) -> Document:
    """Return a document about an event."""
    return Response().speak_sentence(f"{event.digits} at {place}")


# --- Flask --------------------------------------------------------------------------------

flask_app = Flask(__name__)


@flask_app.route("/gather", methods=["GET", "POST"])
@flask_app.route("/gather/<int:place>", methods=["GET", "POST"])
@flask.webhook(GatherEvent)
def flask_gather(event: GatherEvent, place: int = 0) -> Document:
    """Return a document."""
    return pressed(event, place)


@flask_app.post("/secret")
@flask.webhook(CallEvent, credentials=PAIRS)
def flask_secret(_: CallEvent) -> None:
    """Return no document."""


@flask_app.post("/own")
@flask.webhook(Event)
def flask_own(event: Event) -> FlaskResponse:
    """Return a response of the framework."""
    return FlaskResponse(type(event).__name__, status=202)


@flask_app.post("/wrong")
@flask.webhook(Event)
def flask_wrong(_: Event) -> Document:
    """Return a verb in place of a document."""
    return Hangup()  # type: ignore[return-value]  # pyright: ignore[reportReturnType] - the mistake


def send_flask(method: str, url: str, body: bytes, headers: dict[str, str]) -> Answer:
    """Send a request to the site in Flask."""
    flask_app.testing = True
    reply = flask_app.test_client().open(url, method=method, data=body, headers=headers)
    return answer_of(reply.status_code, reply.text, reply.headers.items())


# --- FastAPI ------------------------------------------------------------------------------

fastapi_app = FastAPI()
router = APIRouter(route_class=fastapi.WebhookRoute)
Gathered = Annotated[GatherEvent, fastapi.webhook(GatherEvent)]


@router.get("/gather/{place}")
@router.post("/gather/{place}")
@router.get("/gather")
@router.post("/gather")
async def fastapi_gather(event: Gathered, place: int = 0) -> Document:
    """Return a document."""
    return pressed(event, place)


@router.post("/secret")
async def fastapi_secret(
    _: Annotated[CallEvent, fastapi.webhook(CallEvent, credentials=PAIRS)],
) -> None:
    """Return no document."""


@router.post("/own")
def fastapi_own(event: Annotated[Event, fastapi.webhook(Event)]) -> FastApiResponse:
    """Return a response of the framework, from a path operation that is not async."""
    return FastApiResponse(type(event).__name__, status_code=202)


@router.post("/wrong")
def fastapi_wrong(_: Annotated[Event, fastapi.webhook(Event)]) -> Document:
    """Return a verb in place of a document."""
    return Hangup()  # type: ignore[return-value]  # pyright: ignore[reportReturnType] - the mistake


@router.get("/other")
async def fastapi_other() -> dict[str, int]:
    """Return JSON, as other path operations of the same router do."""
    return {"calls": 3}


fastapi_app.include_router(router)


def send_fastapi(method: str, url: str, body: bytes, headers: dict[str, str]) -> Answer:
    """Send a request to the site in FastAPI."""

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app=fastapi_app)
        async with httpx.AsyncClient(transport=transport, base_url="http://site") as client:
            sent = {name.encode(): value.encode("latin-1") for name, value in headers.items()}
            return await client.request(method, url, content=body, headers=sent)

    reply = asyncio.run(send())
    is_error = 400 <= reply.status_code < 500
    text = reply.json()["detail"] if is_error else reply.text
    return answer_of(reply.status_code, text, reply.headers.items())


# --- Django -------------------------------------------------------------------------------


@django.webhook(GatherEvent)
async def django_gather(_: HttpRequest, event: GatherEvent, place: int = 0) -> Document:
    """Return a document from an async view."""
    return pressed(event, place)


@django.webhook(CallEvent, credentials=PAIRS)
def django_secret(_request: HttpRequest, _: CallEvent) -> None:
    """Return no document."""


@django.webhook(Event)
def django_own(_: HttpRequest, event: Event) -> HttpResponse:
    """Return a response of the framework."""
    return HttpResponse(type(event).__name__, status=202)


@django.webhook(Event)
def django_wrong(_request: HttpRequest, _: Event) -> Document:
    """Return a verb in place of a document."""
    return Hangup()  # type: ignore[return-value]  # pyright: ignore[reportReturnType] - the mistake


urlpatterns = [
    path("gather", django_gather),
    path("gather/<int:place>", django_gather),
    path("secret", django_secret),
    path("own", django_own),
    path("wrong", django_wrong),
]


def send_django(method: str, url: str, body: bytes, headers: dict[str, str]) -> Answer:
    """Send a request to the site in Django, which protects all other views from forgery."""
    guarded = ["django.middleware.csrf.CsrfViewMiddleware"]
    with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=guarded):
        client = DjangoClient(enforce_csrf_checks=True)
        reply = client.generic(method, url, body, "application/json", headers=headers)
    text = reply.content.decode()
    return answer_of(reply.status_code, text, reply.headers.items())


SITES: Mapping[str, Send] = {
    "flask": send_flask,
    "fastapi": send_fastapi,
    "django": send_django,
}
