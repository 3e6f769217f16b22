"""The retry policy of each operation, the waits between attempts, and the clock.

    operation                                  429   5xx, connection lost after sending
    get_call_state, list_calls                 yes   yes
    update_call_bxml                           yes   yes
    hang_up, update_call(state="completed")    yes   yes
    create_call, other update_call             yes   no
    the token request                          no    yes

A failed connection attempt is retried for all of them: nothing was sent. 5xx means 500,
502, 503 and 504.
"""

import random
import re
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from ssl import SSLEOFError
from typing import TYPE_CHECKING, Any, Self

from urllib3 import Retry
from urllib3.exceptions import ProtocolError, ProxyError, ReadTimeoutError, SSLError

from callcontrol._http.bounds import MAX_PAGE, MAX_REPLY

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse
    from urllib3.util.retry import RequestHistory

MAX_WAIT = 60.0
"""Most seconds of a wait between two attempts, whatever Retry-After says."""

FIRST_WAIT = 0.5
"""Seconds of the first wait without Retry-After; each later wait doubles."""

JITTER = 0.5
"""Seconds by which waits are spread, so that many clients do not retry at once."""

_SECONDS = re.compile(r"[0-9]{1,300}(\.[0-9]{1,300})?")
_FAILURES = frozenset({500, 502, 503, 504})
_LOST = (
    ProtocolError,
    ReadTimeoutError,
    ConnectionError,
    TimeoutError,
    HTTPException,
    SSLEOFError,
)


class RetryClock:
    """The only source of time and waits; tests replace it."""

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

    def monotonic(self) -> float:
        """Return seconds on a clock that never goes back."""
        return time.monotonic()

    def now(self) -> float:
        """Return seconds since 1970."""
        return time.time()

    def random(self) -> float:
        """Return a number from 0 to 1."""
        return random.random()  # noqa: S311 - spreads waits, no security


SYSTEM = RetryClock()
"""The real clock."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The replies and lost connections that lead to another attempt."""

    statuses: frozenset[int]
    """Statuses after which the request is sent again."""
    repeatable: bool
    """Whether a request that may have been carried out may be sent again."""
    max_reply: int = MAX_REPLY
    """Most bytes of a reply."""

    def retry(self, max_retries: int, clock: RetryClock) -> "PolicyRetry":
        """Return this policy as a urllib3 ``Retry``."""
        retry = PolicyRetry(
            total=max_retries,
            read=None if self.repeatable else False,
            other=0,
            redirect=0,
            allowed_methods=None,
            status_forcelist=self.statuses,
            raise_on_status=False,
        )
        retry.clock = clock
        retry.max_reply = self.max_reply
        return retry


REPEATABLE = Policy(_FAILURES | {429}, repeatable=True)
PAGE = Policy(REPEATABLE.statuses, repeatable=True, max_reply=MAX_PAGE)
ONCE = Policy(frozenset({429}), repeatable=False)
TOKEN = Policy(_FAILURES, repeatable=True)


class PolicyRetry(Retry):
    """urllib3's Retry with bounded, spread waits that ignore invalid Retry-After headers."""

    # urllib3 would otherwise repeat any 503 that names a Retry-After, createCall included.
    RETRY_AFTER_STATUS_CODES: frozenset[int] = frozenset()

    clock: RetryClock = SYSTEM
    max_reply: int = MAX_REPLY

    def new(self, **changes: Any) -> Self:  # noqa: ANN401 - as urllib3 declares it
        """Return a copy with changes; urllib3 makes one for each attempt."""
        made = super().new(**changes)
        made.clock = self.clock
        made.max_reply = self.max_reply
        return made

    def _is_read_error(self, err: Exception) -> bool:
        return _lost(err)

    def sleep(self, response: "BaseHTTPResponse | None" = None) -> None:
        """Wait before the next attempt: as Retry-After says, else twice as long as before."""
        requested = None
        if response is not None:
            header = response.headers.get("Retry-After")
            requested = retry_after_seconds(header, self.clock.now())
        self.clock.sleep(self._wait(requested))

    def _wait(self, requested: float | None) -> float:
        if requested is not None:
            return min(requested, MAX_WAIT) + JITTER * self.clock.random()
        exponent = min(len(self.history), 30) - 1
        return min(FIRST_WAIT * 2.0**exponent, MAX_WAIT) * (1 + self.clock.random()) / 2


def retry_after_seconds(header: str | None, now: float) -> float | None:
    """Return the seconds of a Retry-After header; None if it is missing or invalid.

    The header holds seconds or an HTTP date; a date in the past is 0.
    """
    text = (header or "").strip()
    if _SECONDS.fullmatch(text):
        return min(float(text), 1e9)
    try:
        return max(parsedate_to_datetime(text).timestamp() - now, 0.0)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _lost(error: Exception | None) -> bool:
    """Return whether an attempt was sent, at least in part, without a complete reply."""
    inner: BaseException | None = error
    # Behind a proxy and under TLS, urllib3 wraps a lost connection once more.
    if isinstance(error, ProxyError):
        inner = error.original_error
    elif isinstance(error, SSLError) and error.args:
        inner = error.args[0]
    return isinstance(inner, _LOST)


def may_have_acted(history: "tuple[RequestHistory, ...]") -> bool:
    """Return whether one of the attempts in ``history`` may have been carried out."""
    return any(_lost(attempt.error) or attempt.status in _FAILURES for attempt in history)
