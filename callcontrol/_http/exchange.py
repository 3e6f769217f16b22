"""The values of an exchange: a request with its retry policy, and what comes back.

    operation                                  429   5xx, connection lost after sending
    what reads, lists or downloads             yes   yes
    what deletes, end_conference               yes   yes
    pause_recording, resume_recording          yes   yes
    update_conference_member                   yes   yes
    update_call_bxml                           yes   yes
    hang_up, update_call(state="completed")    yes   yes
    create_call, other update_call             yes   no
    update_conference_bxml, and its redirect   yes   no
    transcribe_recording, create_endpoint      yes   no
    update_endpoint_bxml                       yes   no
    the token request                          no    yes

A failed connection attempt is repeated for all of them: nothing was sent. 5xx means 500,
502, 503 and 504.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Protocol

from callcontrol._frozen import field, frozen
from callcontrol.errors import RequestLine

MAX_REPLY = 1_048_576
"""Most bytes of a reply, as sent and decompressed; real ones have a few thousand."""

MAX_PAGE = 32 * 1_048_576
"""The same for a page of ``list_calls``: 10,000 calls, the most on a page, of 3,355 bytes each."""

PIECE = 65_536
"""Bytes that are received at a time; those of a file that is saved have the timeout for each."""

FAILURES = frozenset({500, 502, 503, 504})
"""Statuses after which a request may have been carried out."""


@frozen
class Policy:
    """The replies and lost connections that lead to another attempt."""

    statuses: frozenset[int]
    """Statuses after which the request is sent again."""
    repeatable: bool
    """Whether a request that may have been carried out may be sent again."""
    max_reply: int = MAX_REPLY
    """Most bytes of a reply."""


REPEATABLE = Policy(FAILURES | {429}, repeatable=True)
PAGE = Policy(REPEATABLE.statuses, repeatable=True, max_reply=MAX_PAGE)
ONCE = Policy(frozenset({429}), repeatable=False)
TOKEN = Policy(FAILURES, repeatable=True)


_SUCCESS = range(HTTPStatus.OK, HTTPStatus.MULTIPLE_CHOICES)


def is_success(status: int) -> bool:
    """Return whether a status is a 2xx."""
    return status in _SUCCESS


class SaveTarget(Protocol):
    """Where a reply is saved while it arrives: ``saving.FileTarget``."""

    size: int
    """Bytes written so far."""

    def begin(self, headers: Mapping[str, str]) -> None:
        """Begin anew with a reply that has these headers."""
        ...

    def write(self, piece: bytes) -> None:
        """Append a piece."""
        ...

    def end(self) -> None:
        """Check that everything has arrived."""
        ...


@frozen
class ApiRequest:
    """One request: its content, its retry policy, and the advice of its errors."""

    method: str
    url: str
    policy: Policy
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    body: bytes | None = field(default=None, repr=False)
    recovery: str | None = None
    """Advice on how to find out whether the request was carried out."""
    smaller: str | None = None
    """Advice on how to get a smaller reply."""
    settled: frozenset[int] = frozenset()
    """Statuses that count as success once an earlier attempt may have been carried out."""
    save_to: SaveTarget | None = None
    """Where the body of a successful reply is saved; other replies are read as usual."""
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """Texts inside the body that no error may contain."""

    def target_for(self, status: int) -> SaveTarget | None:
        """Return where the body of a reply with this status is saved; None if it is read."""
        return self.save_to if is_success(status) else None

    @property
    def line(self) -> RequestLine:
        """Return the request line that errors show."""
        return RequestLine(self.method, self.url.partition("?")[0])


@frozen
class ApiReply:
    """A complete reply, whatever its status."""

    line: RequestLine
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    doubtful: bool = False
    """Whether an earlier attempt may have been carried out too."""

    @property
    def succeeded(self) -> bool:
        """Whether the status is a 2xx."""
        return is_success(self.status)


@frozen
class TransportFailure:
    """Why an attempt has no reply: the finding of an error message, and what may be done."""

    expected: str
    got: str
    sent: bool
    """Whether the request may have reached the platform."""
    passing: bool
    """Whether another attempt may fare better."""
    hint: str | None = None
    """Advice on the change to make, if that is certain."""

    @property
    def is_unreachable(self) -> bool:
        """Whether nothing answers at the address, so that the address may be wrong."""
        return self.expected == CONNECTION and "certificate" not in self.got


@frozen
class NoReply:
    """The outcome of an attempt without a complete reply."""

    failure: TransportFailure
    error: Exception
    """The error of the HTTP library, without frames that hold credentials."""


CONNECTION = "a connection"
REPLY = "a complete reply"

PROXY_HINT = "correct HTTPS_PROXY or HTTP_PROXY, or name the host in NO_PROXY"
UNTRUSTED = TransportFailure(
    CONNECTION,
    "a certificate that is not trusted",
    sent=False,
    passing=False,
    hint="a proxy or virus scanner of a company may have replaced it: set REQUESTS_CA_BUNDLE to a "
    "file with its certificate",
)
PROXY_DOWN = TransportFailure(
    "a connection through the proxy", "none", sent=False, passing=True, hint=PROXY_HINT
)
UNKNOWN_HOST = TransportFailure(CONNECTION, "an unknown host name", sent=False, passing=True)
UNCONNECTED = TransportFailure(CONNECTION, "none", sent=False, passing=True)
CONNECTED_LATE = TransportFailure(CONNECTION, "none in time", sent=False, passing=True)
UNSENDABLE = TransportFailure(
    "a URL and headers that can be sent", "others", sent=False, passing=False
)
NO_TUNNEL = TransportFailure(
    "a tunnel through the proxy", "a refusal", sent=False, passing=False, hint=PROXY_HINT
)
NO_CERTIFICATES = TransportFailure(
    "a file of certificates", "a path without one", sent=False, passing=False
)
LARGE = TransportFailure(REPLY, "a larger one", sent=True, passing=False)
"""A reply that was not read to its end, because it is larger than permitted."""
LATE = TransportFailure(REPLY, "none in time", sent=True, passing=True)
SLOW_TO_DECOMPRESS = TransportFailure(REPLY, "none in time", sent=True, passing=False)
DAMAGED = TransportFailure(REPLY, "one that cannot be decompressed", sent=True, passing=False)
TLS_FAILED = TransportFailure(REPLY, "a TLS failure", sent=True, passing=False)
LOST = TransportFailure(REPLY, "a lost connection", sent=True, passing=True)
FAILED = TransportFailure(REPLY, "a lost connection", sent=True, passing=False)
"""An error of the HTTP library for which nothing is known about the connection."""
ENCODED = TransportFailure("a file as it is", "a compressed one", sent=True, passing=False)
SHORT = TransportFailure("a complete file", "a shorter one", sent=True, passing=True)
UNSAVED = TransportFailure("a file that can be saved", "a failure", sent=True, passing=False)
"""An error of the disk or of the caller's function; it is raised itself."""


class Unsaved(ValueError):  # noqa: N818 - not an error of the caller; transports convert it
    """A reply that was not saved, and why."""

    def __init__(self, failure: TransportFailure) -> None:
        super().__init__(failure.got)
        self.failure = failure
