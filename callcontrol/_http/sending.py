"""Sends one request under its retry policy, and says what a missing reply means."""

import logging
import re

from bxml._wording import visible_text
from callcontrol._frozen import frozen, replace
from callcontrol._http import retry
from callcontrol._http.exchange import FAILURES, LARGE, UNKNOWN_HOST, ApiReply, ApiRequest, NoReply
from callcontrol._http.retry import RetryClock
from callcontrol._http.steps import Delay, Routine, Send
from callcontrol._secret import Secret
from callcontrol._urls import host_of
from callcontrol.errors import OutcomeUnknownError, TransportError

_UNRESOLVED = re.compile(r"Failed to resolve '([^']{1,255})'")
"""How urllib3 names a host."""
log = logging.getLogger("callcontrol")


@frozen
class SendOptions:
    """How long an attempt may take, and how many there may be."""

    timeout: float
    max_retries: int
    clock: RetryClock
    address_hint: str | None = None
    """Advice if nothing listens at the address of the platform."""


def sent(
    request: ApiRequest, authorization: Secret[str], options: SendOptions
) -> Routine[ApiReply]:
    """Return the reply to the last attempt; ``authorization`` is the Authorization header.

    :raises OutcomeUnknownError: if no reply arrived, the request may have been carried out,
        and its policy forbids repeating it.
    :raises TransportError: if no reply arrived otherwise.
    """
    step = Send(request, authorization, options.timeout)
    started = options.clock.monotonic()
    doubtful, repeats = False, 0
    while True:
        outcome: ApiReply | NoReply = yield step
        if repeats == options.max_retries or not _is_repeated(request, outcome):
            break
        doubtful = doubtful or _may_have_acted(outcome)
        repeats += 1
        yield Delay(retry.wait_before(repeats, _requested(outcome, options.clock), options.clock))
    seconds = options.clock.monotonic() - started
    if isinstance(outcome, NoReply):
        log.debug("%s: no reply in %.3f s", request.line, seconds)
        error = _unanswered(request, outcome, options)
        if isinstance(error, TransportError):
            error.may_have_acted = doubtful or outcome.failure.sent
        raise error from outcome.error
    log.debug("%s: %d in %.3f s", outcome.line, outcome.status, seconds)
    return replace(outcome, doubtful=True) if doubtful else outcome


def _is_repeated(request: ApiRequest, outcome: ApiReply | NoReply) -> bool:
    if isinstance(outcome, ApiReply):
        return outcome.status in request.policy.statuses
    failure = outcome.failure
    return failure.passing and (request.policy.repeatable or not failure.sent)


def _may_have_acted(outcome: ApiReply | NoReply) -> bool:
    if isinstance(outcome, ApiReply):
        return outcome.status in FAILURES
    return outcome.failure.sent


def _requested(outcome: ApiReply | NoReply, clock: RetryClock) -> float | None:
    if isinstance(outcome, NoReply):
        return None
    return retry.retry_after_seconds(outcome.headers.get("Retry-After"), clock.now())


def _host(request: ApiRequest, outcome: NoReply) -> str:
    """Return the host name that is unknown, which may be that of a proxy."""
    if outcome.failure.got != UNKNOWN_HOST.got:
        return ""
    found = _UNRESOLVED.search(str(outcome.error))
    return f" ({visible_text(found[1] if found else host_of(request.url))})"


def _unanswered(
    request: ApiRequest, outcome: NoReply, options: SendOptions
) -> OutcomeUnknownError | TransportError:
    failure = outcome.failure
    limit = f" within {options.timeout:g} seconds" if "time" in failure.got else ""
    if failure is LARGE and request.save_to is None:
        limit = f" of at most {request.policy.max_reply:,} bytes"
    finding = f"expected {failure.expected}{limit}, got {failure.got}{_host(request, outcome)}"
    if failure.sent and not request.policy.repeatable:
        return OutcomeUnknownError(request.line, finding, None, request.recovery)
    hint = request.smaller if failure is LARGE else failure.hint
    if failure.is_unreachable:
        hint = options.address_hint
    return TransportError(request.line, finding, hint=hint)
