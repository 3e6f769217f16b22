"""The part of a webhook view that is the same in every framework."""

import hmac
import secrets
from base64 import b64decode
from collections.abc import Iterable, Mapping, Sequence
from typing import Generic, TypeVar, cast

from bxml._verb import Verb
from bxml._wording import InvalidValue, quoted, type_of
from bxml.documents import Document
from bxml.errors import Problem
from callcontrol._handlers import named
from callcontrol._settings import accept_password, accept_username
from callcontrol.errors import CallControlError, EventError, RequestError
from callcontrol.events import EVENT_TYPES, Event, UnknownEvent, parse_event

E_co = TypeVar("E_co", bound=Event, covariant=True)

Credentials = Iterable[tuple[str, str]]
"""Pairs of a user name and a password."""

_CHALLENGE: Mapping[str, str] = {"WWW-Authenticate": 'Basic realm="webhooks", charset="UTF-8"'}
_PAIR = 2


class RefusedError(CallControlError):
    """A request that gets a 4xx; its text says why and never quotes the request."""

    def __init__(self, status: int, text: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.headers = dict(headers or {})


class WebhookUrl(Generic[E_co]):
    """The event that one URL takes, and the credentials that its requests need.

    :raises RequestError: for a ``kind`` or ``credentials`` of another type.
    """

    def __init__(self, kind: type[E_co], credentials: Credentials | None) -> None:
        _check_kind(kind)
        self.kind = kind
        self._pairs = None if credentials is None else _Pairs(credentials)

    def authorize(self, authorization: str | None) -> None:
        """Check the value of the Authorization header, None if the request has none.

        :raises RefusedError: with status 401, unless it has one of the pairs of credentials.
        """
        if self._pairs is None or self._pairs.include(authorization):
            return
        got = "nothing" if authorization is None else "others"
        text = f"Authorization: expected the Basic credentials of this webhook, got {got}"
        raise RefusedError(401, text, _CHALLENGE)

    def event(self, method: str | None, query: str | bytes, body: bytes) -> E_co:
        """Return the event of a request: from the query if its method is GET, else from the body.

        :raises RefusedError: with status 400 if it is not one of this kind.
        """
        try:
            event = parse_event(query if method in ("GET", "HEAD") else body)
        except EventError as error:
            raise RefusedError(400, str(error)) from None
        if isinstance(event, self.kind):
            return event
        got = "an unknown kind" if isinstance(event, UnknownEvent) else f"'{event.event_type}'"
        where = f"event.{event.kind_field}"
        hint = f"this URL takes webhook({self.kind.__name__}): give such events another URL"
        raise RefusedError(400, f"{where}: expected {_expected(self.kind)}, got {got}; {hint}")


def _check_kind(kind: object) -> None:
    if not _is_event_class(kind):
        finding = f"expected a class of events, got {type_of(kind)}"
        hint = "write webhook(Event), or the class of one kind, such as webhook(GatherEvent)"
        raise RequestError([Problem.at("webhook.kind", "bad-event", finding, hint=hint)])


def _is_event_class(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, Event)


def _expected(kind: type[Event]) -> str:
    names = [name for name, cls in EVENT_TYPES.items() if issubclass(cls, kind)]
    return f"'{names[0]}'" if len(names) == 1 else f"the kind of a {kind.__name__}"


def body_of(reply: object, view: object) -> bytes | None:
    """Return the body for a document that ``view`` returns; None if there is no document.

    :raises RequestError: for anything else, such as a verb that is in no document.
    :raises bxml.ValidationError: for a document that the platform would refuse.
    """
    if reply is None:
        return None
    if isinstance(reply, Document):
        return reply.to_bytes()
    hint = "put verbs into a document: Response(...)" if isinstance(reply, Verb) else None
    expected = "a document, a response of the framework or None"
    finding = f"expected {expected} from {named(view)}, got {quoted(reply)}"
    raise RequestError([Problem.at("webhook.return", "bad-document", finding, hint=hint)])


def missing_framework(error: ModuleNotFoundError, package: str) -> ModuleNotFoundError:
    """Return the error of the module for a framework whose package cannot be imported."""
    name = package.lower()
    if (error.name or "").partition(".")[0] != name:
        return error  # the package is there, and lacks something itself
    text = f"callcontrol.integrations.{name} needs {package}: pip install {name}"
    return ModuleNotFoundError(text, name=error.name)


class _Pairs:
    """Pairs of credentials, of which only digests with a key of this object are kept."""

    def __init__(self, credentials: Credentials) -> None:
        self._key = secrets.token_bytes()
        self._digests = [self._digest(pair) for pair in _encoded(credentials)]

    def include(self, authorization: str | None) -> bool:
        """Return whether the header has one of the pairs; it takes as long for each of them."""
        scheme, _, encoded = (authorization or "").partition(" ")
        if scheme.lower() != "basic":
            return False
        try:
            given = self._digest(b64decode(encoded.strip(), validate=True))
        except ValueError:
            return False
        # Every pair is compared, whichever it is: any() would stop at the first.
        return sum(hmac.compare_digest(given, digest) for digest in self._digests) > 0

    def _digest(self, pair: bytes) -> bytes:
        return hmac.digest(self._key, pair, "sha256")


def _encoded(credentials: object) -> list[bytes]:
    """Return the pairs as clients encode them."""
    where = "webhook.credentials"
    is_list = isinstance(credentials, Iterable) and not isinstance(credentials, str | Mapping)
    pairs = list(cast("Iterable[object]", credentials)) if is_list else []
    if not pairs:
        finding = "expected pairs of a user name and a password, got none"
        hint = "leave credentials out if the URL needs none"
        raise RequestError([Problem.at(where, "bad-credentials", finding, hint=hint)])
    problems: list[Problem] = []
    texts = [_text_of(f"{where}[{index}]", pair, problems) for index, pair in enumerate(pairs)]
    if problems:
        raise RequestError(problems)
    return [text.encode() for text in texts]


def _text_of(where: str, pair: object, problems: list[Problem]) -> str:
    is_sequence = isinstance(pair, tuple | list)
    texts = cast("Sequence[object]", pair) if is_sequence else ()
    if len(texts) != _PAIR:
        finding = f"expected a pair of a user name and a password, got {type_of(pair)}"
        hint = "write [(username, password)]"
        problems.append(Problem.at(where, "bad-credentials", finding, hint=hint))
        return ""
    try:
        return f"{accept_username(texts[0])}:{accept_password(texts[1])}"
    except InvalidValue as refused:
        problems.append(Problem.at(where, refused.rule, refused.finding, hint=refused.hint))
        return ""
