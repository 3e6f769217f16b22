"""Webhooks in Flask: a decorator for views.

The page "Flask, FastAPI and Django" of the documentation has a whole application.
"""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from bxml.documents import MEDIA_TYPE, Document
from callcontrol.events import Event
from callcontrol.integrations._webhook import (
    Credentials,
    RefusedError,
    WebhookUrl,
    body_of,
    missing_framework,
)

try:
    from flask import Response, current_app, request
except ModuleNotFoundError as error:
    raise missing_framework(error, "Flask") from None

__all__ = ["webhook"]

E = TypeVar("E", bound=Event)
P = ParamSpec("P")

Reply = Document | Response | None
"""A result of a view."""

View = Callable[Concatenate[E, P], Reply | Awaitable[Reply]]
"""A view: takes the event, then the variables of the URL."""


def webhook(
    kind: type[E], *, credentials: Credentials | None = None
) -> Callable[[View[E, P]], Callable[P, Response]]:
    """Return a decorator for a view that takes an event and returns a document.

    The event is the first argument of the view: of the class ``kind``, which is the class of one
    kind such as ``GatherEvent``, or of several such as ``CallEvent`` or ``Event``. It is read from
    the body, or from the query parameters of a GET. The document becomes the reply, None the status
    204; a response of Flask is sent as it is.

    ``credentials`` are the pairs of user name and password of which a request needs one, several
    while you change them. Without them everyone may send events.

    A request without one of them gets a 401, one with no event of this kind a 400, each with a text
    that says why. The decorator stands below that of the route.

    :raises RequestError: for a ``kind`` or ``credentials`` of another type.
    """
    taken = WebhookUrl(kind, credentials)

    def decorate(view: View[E, P]) -> Callable[P, Response]:
        @wraps(view)
        def answer(*args: P.args, **kwargs: P.kwargs) -> Response:
            try:
                event = _event(taken)
            except RefusedError as refused:
                text = str(refused)
                return Response(text, refused.status, refused.headers, mimetype="text/plain")
            return _response(current_app.ensure_sync(view)(event, *args, **kwargs), view)

        return answer

    return decorate


def _event(taken: WebhookUrl[E]) -> E:
    taken.authorize(request.headers.get("Authorization"))
    return taken.event(request.method, request.query_string, request.get_data())


def _response(reply: object, view: object) -> Response:
    if isinstance(reply, Response):
        return reply
    body = body_of(reply, view)
    return Response(status=204) if body is None else Response(body, content_type=MEDIA_TYPE)
