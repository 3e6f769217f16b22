"""Errors of callcontrol.

    CallControlError
    ├── RequestError               a value refused before anything was sent (also a ValueError)
    ├── EventError                 a webhook that cannot be read (also a ValueError)
    ├── TokenError                 the token URL gave no access token
    ├── TransportError             no complete reply, and the request may safely be repeated
    ├── OutcomeUnknownError        no usable reply to a request that must not be repeated blindly
    ├── ReplyError                 a reply that is not what the operation returns
    └── ApiError                   the platform refused
        ├── ClientError            any other 4xx
        │   ├── BadRequestError               400
        │   ├── AuthenticationError           401
        │   ├── PaymentRequiredError          402
        │   ├── ForbiddenError                403
        │   ├── NotFoundError                 404
        │   ├── MethodNotAllowedError         405
        │   ├── ConflictError                 409
        │   ├── UnsupportedMediaTypeError     415
        │   └── RateLimitError                429
        └── ServerError            any other 5xx
            ├── InternalServerError           500
            └── ServiceUnavailableError       503

``BasicAuthWarning`` is a warning. The text, the ``repr`` and the attributes of an error never
contain a credential, a token or a message body. Vendor page: dev.bandwidth.com/docs/voice/errors.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import ClassVar

from bxml.errors import ProblemsError
from callcontrol._frozen import frozen
from callcontrol._urls import parts_of

__all__ = [
    "STATUS_ERRORS",
    "ApiError",
    "AuthenticationError",
    "BadRequestError",
    "BasicAuthWarning",
    "CallControlError",
    "CallControlWarning",
    "ClientError",
    "ConflictError",
    "EventError",
    "Explanation",
    "ForbiddenError",
    "InternalServerError",
    "MethodNotAllowedError",
    "NotFoundError",
    "OutcomeUnknownError",
    "PaymentRequiredError",
    "RateLimitError",
    "ReplyError",
    "RequestError",
    "RequestLine",
    "ServerError",
    "ServiceUnavailableError",
    "TokenError",
    "TransportError",
    "UnsupportedMediaTypeError",
    "error_class",
]

MAX_TEXT = 300
"""Most characters of a text from the platform in an error message."""


@frozen
class RequestLine:
    """The request that an error is about, without headers and body."""

    method: str
    """HTTP method."""
    url: str
    """The whole URL, query included."""

    def __str__(self) -> str:
        return f"{self.method} {one_line(parts_of(self.url).path)}"


def one_line(text: str) -> str:
    """Return an untrusted text as one printable line of bounded length."""
    bounded = text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}..."
    return "".join(character if character.isprintable() else " " for character in bounded).strip()


class BasicAuthWarning(FutureWarning):
    """The client uses Basic authentication, which Bandwidth ends on 2026-12-02 for its API.

    Issued once per process, for the hosts of Bandwidth only. Switch to OAuth2: ``client_id`` with
    ``client_secret``, or ``BW_CLIENT_ID`` with ``BW_CLIENT_SECRET``.
    """


class CallControlWarning(UserWarning):
    """A use that is allowed but probably a mistake, such as a relative URL that is pushed."""


class CallControlError(Exception):
    """Base of all exceptions of callcontrol."""


class RequestError(CallControlError, ProblemsError):
    """A value that the platform would refuse; nothing was sent.

    ``problems`` lists every finding, in the order of the arguments.
    """


class EventError(CallControlError, ValueError):
    """A webhook, or an event constructed in Python, whose fields do not match its class."""


class _ExchangeError(CallControlError):
    """An error about one request: the request line, a finding and a hint."""

    request: RequestLine
    """Method and URL of the request."""
    status: int | None
    """HTTP status of the reply; None when there was none."""

    def __init__(
        self,
        request: RequestLine,
        finding: str,
        status: int | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(request, finding, status, hint)
        self.request = request
        self.finding = finding
        self.status = status
        self.hint = hint

    @property
    def cause(self) -> BaseException | None:
        """The lower error behind this one, if any; the same as ``__cause__``."""
        return self.__cause__

    def __str__(self) -> str:
        status = "" if self.status is None else f" (status {self.status})"
        tail = f"; {self.hint}" if self.hint else ""
        return f"{self.request}: {self.finding}{status}{tail}"


class TokenError(_ExchangeError):
    """The token URL gave no access token, so no call operation was attempted.

    ``status`` is None if the token URL could not be reached; ``cause`` then holds the reason.
    """


class TransportError(_ExchangeError):
    """No complete reply arrived, after all retries; ``cause`` is the error of the HTTP library.

    Either the request was never sent, or repeating it is safe.
    """

    may_have_acted = True
    """Whether the request, or an earlier attempt, may have reached the platform."""


class OutcomeUnknownError(_ExchangeError):
    """The platform may or may not have carried out a request that is not safe to repeat.

    Raised by ``create_call`` and ``update_call`` when the connection was lost after the request
    was sent, or the reply was a 5xx other than 503. A second ``create_call`` could ring the same
    person twice, so check first: ``list_calls(to=..., from_=...)`` shows calls that exist, and the
    webhooks of a call contain its ``tag``. ``cause`` holds the underlying error.
    """


class ReplyError(_ExchangeError):
    """A reply arrived that is not what the operation returns, such as HTML or truncated JSON."""


@frozen
class Explanation:
    """The readable fields of an error body (``voiceApiError``)."""

    type: str | None = None
    description: str | None = None
    id: str | None = None


class ApiError(CallControlError):
    """The platform refused a request; there is one subclass for each documented status."""

    advice: ClassVar[str | None] = None
    """Hint for errors of this class."""

    request: RequestLine
    """Method and URL of the request."""
    status: int
    """HTTP status. Branch on it or on the class, not on ``type``, which several share."""
    type: str | None
    """The platform's word for the kind of error, such as ``validation``."""
    description: str | None
    """The platform's explanation: suitable for display, not stable enough to match."""
    error_id: str | None
    """The platform's reference for support, if it gave one."""
    retry_after: float | None
    """Seconds to wait, from Retry-After; None if the header is missing or invalid."""
    hint: str | None
    """Advice on what to do."""

    def __init__(
        self,
        request: RequestLine,
        status: int,
        said: Explanation | None = None,
        retry_after: float | None = None,
        hint: str | None = None,
    ) -> None:
        said = said or Explanation()
        super().__init__(request, status, said, retry_after, hint)
        self.request = request
        self.status = status
        self.type = said.type
        self.description = said.description
        self.error_id = said.id
        self.retry_after = retry_after
        self.hint = hint or self.advice

    @property
    def reason(self) -> str:
        """The platform's type and description on one line, or the HTTP phrase of the status."""
        reason = one_line(self.type or _phrase(self.status))
        return f"{reason}: {one_line(self.description)}" if self.description else reason

    def __str__(self) -> str:
        parts = [f"{self.request}: {self.status} {self.reason}"]
        if self.error_id:
            parts.append(f" (id {one_line(self.error_id)})")
        if self.retry_after is not None:
            parts.append(f"; retry after {self.retry_after:g} seconds")
        elif self.hint:
            parts.append(f"; {self.hint}")
        return "".join(parts)


def _phrase(status: int) -> str:
    phrases = {member.value: member.phrase for member in HTTPStatus}
    return phrases.get(status, "without an explanation")


class ClientError(ApiError):
    """Any 4xx: the request cannot succeed unchanged."""


class BadRequestError(ClientError):
    """400: the request or the BXML in it is not valid."""


class AuthenticationError(ClientError):
    """401: the credentials are wrong; with OAuth2, also after one fresh token."""

    advice = "the credentials are wrong or were revoked: create new ones in the account"


class PaymentRequiredError(ClientError):
    """402: the account is out of credit (observed on self-service accounts)."""

    advice = "add credit to the account"


class ForbiddenError(ClientError):
    """403: the credential may not do this, or the account is not yours."""

    advice = "check the account id, and that the credential has the voice role"


class NotFoundError(ClientError):
    """404: the call is unknown, over, or not visible yet.

    ``get_call_state`` may lag behind ``create_call`` by seconds to minutes, and forgets a call
    seven days after its end.
    """

    advice = (
        "it is unknown, over, of another account, or too new to be visible; callcontrol list shows "
        "the calls"
    )


class MethodNotAllowedError(ClientError):
    """405: the path exists, but not for this method; check ``base_url``."""

    advice = "check base_url"


class ConflictError(ClientError):
    """409: the call cannot be changed now: not answered yet, or just over."""

    advice = "the call is not answered yet, or over"


class UnsupportedMediaTypeError(ClientError):
    """415: the platform does not take this content type; check ``base_url``."""

    advice = "check base_url"


class RateLimitError(ClientError):
    """429: calls per second, concurrent calls or the queue are at their limit.

    Nothing was carried out. Raised after the retries are used up.
    """

    advice = "send fewer requests a second, or ask for a higher limit"


class ServerError(ApiError):
    """Any 5xx: the platform failed."""


class InternalServerError(ServerError):
    """500: an unknown failure inside the platform."""


class ServiceUnavailableError(ServerError):
    """503: the platform has no capacity and dropped the request; try again later."""

    advice = "try again later, and see https://status.bandwidth.com"


STATUS_ERRORS: Mapping[int, type[ApiError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    402: PaymentRequiredError,
    403: ForbiddenError,
    404: NotFoundError,
    405: MethodNotAllowedError,
    409: ConflictError,
    415: UnsupportedMediaTypeError,
    429: RateLimitError,
    500: InternalServerError,
    503: ServiceUnavailableError,
}
"""The class for each status that the vendor documents (402: observed, not documented)."""


def error_class(status: int) -> type[ApiError]:
    """Return the class for a status: its own, else ``ClientError`` or ``ServerError``."""
    bases = {4: ClientError, 5: ServerError}
    return STATUS_ERRORS.get(status) or bases.get(status // 100, ApiError)
