"""Webhooks in Django: a decorator for views, synchronous or not.

The page "Flask, FastAPI and Django" of the documentation has a whole application.
"""

from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from inspect import iscoroutinefunction
from typing import Concatenate, Generic, ParamSpec, TypeVar, cast, overload

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
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase
    from django.views.decorators.csrf import csrf_exempt
except ModuleNotFoundError as error:
    raise missing_framework(error, "Django") from None

__all__ = ["webhook"]

E = TypeVar("E", bound=Event)
P = ParamSpec("P")

Reply = Document | HttpResponseBase | None
View = Callable[Concatenate[HttpRequest, E, P], Reply]
AsyncView = Callable[Concatenate[HttpRequest, E, P], Awaitable[Reply]]
Answer = Callable[Concatenate[HttpRequest, P], HttpResponseBase]
AsyncAnswer = Callable[Concatenate[HttpRequest, P], Coroutine[None, None, HttpResponseBase]]


class webhook(Generic[E]):  # noqa: N801 - a decorator
    """A decorator for a view that takes an event and returns a document.

    The event is the second argument of the view, after the request: of the class ``kind``, which is
    the class of one kind such as ``GatherEvent``, or of several such as ``CallEvent`` or ``Event``.
    It is read from the body, or from the query parameters of a GET. The document becomes the reply,
    None the status 204; a response of Django is sent as it is. The view needs no CSRF token.

    ``credentials`` are the pairs of user name and password of which a request needs one, several
    while you change them. Without them everyone may send events.

    A request without one of them gets a 401, one with no event of this kind a 400, each with a text
    that says why.

    :raises RequestError: for a ``kind`` or ``credentials`` of another type.
    """

    def __init__(self, kind: type[E], *, credentials: Credentials | None = None) -> None:
        self._taken = WebhookUrl(kind, credentials)

    @overload
    def __call__(self, view: AsyncView[E, P]) -> AsyncAnswer[P]: ...
    @overload
    def __call__(self, view: View[E, P]) -> Answer[P]: ...

    def __call__(self, view: View[E, P] | AsyncView[E, P]) -> Answer[P] | AsyncAnswer[P]:
        """Return the view as Django calls it."""
        if iscoroutinefunction(view):
            return self._async(view)
        return self._sync(cast("View[E, P]", view))

    def _sync(self, view: View[E, P]) -> Answer[P]:
        @wraps(view)
        def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            try:
                event = self._event(request)
            except RefusedError as refused:
                return _refusal(refused)
            return _response(view(request, event, *args, **kwargs), view)

        return csrf_exempt(answer)

    def _async(self, view: AsyncView[E, P]) -> AsyncAnswer[P]:
        @wraps(view)
        async def answer(
            request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs
        ) -> HttpResponseBase:
            try:
                event = self._event(request)
            except RefusedError as refused:
                return _refusal(refused)
            return _response(await view(request, event, *args, **kwargs), view)

        return csrf_exempt(answer)

    def _event(self, request: HttpRequest) -> E:
        self._taken.authorize(request.headers.get("Authorization"))
        return self._taken.event(request.method, request.META["QUERY_STRING"], request.body)


def _refusal(refused: RefusedError) -> HttpResponse:
    return HttpResponse(
        str(refused),
        status=refused.status,
        headers=refused.headers | {"Content-Type": "text/plain"},
    )


def _response(reply: object, view: object) -> HttpResponseBase:
    if isinstance(reply, HttpResponseBase):
        return reply
    body = body_of(reply, view)
    return HttpResponse(status=204) if body is None else HttpResponse(body, content_type=MEDIA_TYPE)
