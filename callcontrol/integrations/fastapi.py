"""Webhooks in FastAPI: the event as a dependency, documents as return values.

The page "Flask, FastAPI and Django" of the documentation has a whole application.
"""

from collections.abc import Awaitable, Callable, Iterable
from functools import wraps
from inspect import Parameter, Signature, iscoroutinefunction, signature
from typing import TYPE_CHECKING, Annotated, Generic, NoReturn, TypeVar, cast, get_args, get_origin

from bxml.documents import MEDIA_TYPE
from bxml.errors import Problem
from callcontrol._handlers import named
from callcontrol.errors import RequestError
from callcontrol.events import Event
from callcontrol.integrations._webhook import (
    Credentials,
    RefusedError,
    WebhookUrl,
    body_of,
    missing_framework,
)

try:
    from fastapi import HTTPException, Request, Response
    from fastapi.params import Depends
    from fastapi.routing import APIRoute
except ModuleNotFoundError as error:
    raise missing_framework(error, "FastAPI") from None

__all__ = ["WebhookRoute", "webhook"]

E = TypeVar("E", bound=Event)


def webhook(kind: type[E], *, credentials: Credentials | None = None) -> Depends:
    """Return the dependency that gives a path operation its event.

    Annotate a parameter with it: ``event: Annotated[GatherEvent, webhook(GatherEvent)]``. The event
    is of the class ``kind``, which is the class of one kind such as ``GatherEvent``, or of several
    such as ``CallEvent`` or ``Event``. It is read from the body, or from the query parameters of a
    GET.

    ``credentials`` are the pairs of user name and password of which a request needs one, several
    while you change them. Without them everyone may send events.

    A request without one of them gets a 401, one with no event of this kind a 400, as an
    ``HTTPException`` whose ``detail`` says why.

    :raises RequestError: for a ``kind`` or ``credentials`` of another type.
    """
    return _Webhook(_EventOf(WebhookUrl(kind, credentials)))


class _Webhook(Depends):
    """The dependency; it refuses to be used as a decorator, and inside of another Depends."""

    def __call__(self, *_: object) -> NoReturn:
        raise self._misused("a decorator of a function")

    @property
    def __signature__(self) -> Signature:
        """The parameters, which FastAPI reads if this is an argument of ``Depends``."""
        raise self._misused("an argument of Depends")

    def _misused(self, got: str) -> RequestError:
        taken = cast("_EventOf[Event]", self.dependency).kind.__name__
        finding = f"expected to annotate a parameter of the path operation, got {got}"
        hint = f"write event: Annotated[{taken}, webhook({taken})]"
        return RequestError([Problem.at("webhook", "bad-usage", finding, hint=hint)])


class _EventOf(Generic[E]):
    def __init__(self, taken: WebhookUrl[E]) -> None:
        self._taken = taken

    @property
    def kind(self) -> type[E]:
        """The class of the events."""
        return self._taken.kind

    async def __call__(self, request: Request) -> E:
        query: bytes = request.scope["query_string"]
        try:
            self._taken.authorize(request.headers.get("Authorization"))
            return self._taken.event(request.method, query, await request.body())
        except RefusedError as refused:
            raise HTTPException(refused.status, str(refused), refused.headers) from None


class WebhookRoute(APIRoute):
    """The class of routes whose path operations return documents.

    A path operation that takes an event by ``webhook`` returns a document, which becomes the reply,
    None for the status 204, or a response of FastAPI. All other path operations are as usual.
    Give it to an application with ``app.router.route_class = WebhookRoute``, before its routes are
    declared, or to a router with ``APIRouter(route_class=WebhookRoute)``.
    """

    if not TYPE_CHECKING:  # a checker sees the parameters of APIRoute

        def __init__(self, path: str, endpoint: Callable[..., object], **options: object) -> None:
            notes = [*_parameters(endpoint)]
            for parameter in notes:
                _check(parameter, endpoint)
            if any(map(_kinds, notes)):
                endpoint, options = _replying(endpoint), {**options, "response_model": None}
            super().__init__(path, endpoint, **options)


def _parameters(endpoint: Callable[..., object]) -> Iterable[Parameter]:
    try:
        return signature(endpoint, eval_str=True).parameters.values()
    except NameError:  # a type that is imported for checkers only; FastAPI tolerates it
        return signature(endpoint).parameters.values()


def _check(parameter: Parameter, endpoint: Callable[..., object]) -> None:
    """Check that an event is taken by ``webhook``, and is of the class that it is annotated with.

    :raises RequestError: otherwise.
    """
    notes, kinds = _notes(parameter), _kinds(parameter)
    annotated = parameter.annotation
    annotated = get_args(annotated)[0] if get_origin(annotated) is Annotated else annotated
    if not (isinstance(annotated, type) and issubclass(annotated, Event)):
        annotated = None
    if webhook in notes or (annotated and not any(isinstance(note, Depends) for note in notes)):
        got = "webhook without arguments" if webhook in notes else "no webhook(...)"
    elif annotated and not all(issubclass(kind, annotated) for kind in kinds):
        got = f"webhook({kinds[0].__name__}) for a {annotated.__name__}"
    else:
        return
    name = (annotated or Event).__name__
    finding = f"expected webhook({name}) in {named(endpoint)}, got {got}"
    hint = f"write {parameter.name}: Annotated[{name}, webhook({name})]"
    raise RequestError([Problem.at(f"webhook.{parameter.name}", "bad-usage", finding, hint=hint)])


def _notes(parameter: Parameter) -> tuple[object, ...]:
    """Return what the annotation and the default of a parameter say about it."""
    annotation: object = parameter.annotation
    annotated = get_args(annotation)[1:] if get_origin(annotation) is Annotated else ()
    return (*annotated, parameter.default)


def _kinds(parameter: Parameter) -> list[type[Event]]:
    """Return the classes of the events that ``webhook`` gives a parameter."""
    return [
        cast("_EventOf[Event]", note.dependency).kind
        for note in _notes(parameter)
        if isinstance(note, _Webhook)
    ]


def _replying(endpoint: Callable[..., object]) -> Callable[..., object]:
    """Return the path operation with a response in place of a document."""

    @wraps(endpoint)
    def answer(**arguments: object) -> Response:
        return _response(endpoint(**arguments), endpoint)

    @wraps(endpoint)
    async def answer_later(**arguments: object) -> Response:
        return _response(await cast("Awaitable[object]", endpoint(**arguments)), endpoint)

    return answer_later if iscoroutinefunction(endpoint) else answer


def _response(reply: object, view: object) -> Response:
    if isinstance(reply, Response):
        return reply
    body = body_of(reply, view)
    return Response(status_code=204) if body is None else Response(body, media_type=MEDIA_TYPE)
