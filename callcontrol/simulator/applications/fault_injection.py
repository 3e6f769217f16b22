"""Trouble on the way to the application, on demand: the next webhooks meet it."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from callcontrol.events import EVENT_TYPES
from callcontrol.simulator.core.webhooks import FAILURES, Failure, HttpRequest, WebhookReply
from callcontrol.simulator.errors import SimulatorError, expect_number

__all__ = ["PlannedWebhookFaults", "WebhookFault", "delaying", "failing", "replying", "twice"]

Send = Callable[[HttpRequest], WebhookReply]
WebhookFault = Callable[[HttpRequest, Send], WebhookReply]
"""What happens to one exchange; ``Send`` lets it reach the application."""

_STATUSES = range(100, 600)


def replying(status: int) -> WebhookFault:
    """Return the trouble of a server that answers with ``status`` and nothing else."""
    if status not in _STATUSES:
        raise SimulatorError(f"fail.how: expected a status of three digits, got {status}")
    return lambda _, __: WebhookReply(status=status, detail="planned by the test")


def failing(failure: Failure) -> WebhookFault:
    """Return the trouble of an exchange that brings no reply."""
    if failure not in FAILURES:
        raise SimulatorError(
            f"fail.how: expected a status or one of {', '.join(FAILURES)}, got {failure!r}"
        )

    def happen(request: HttpRequest, _: Send) -> WebhookReply:
        seconds = request.timeout if failure == "timeout" else 0.0
        return WebhookReply(failure=failure, detail="planned by the test", seconds=seconds)

    return happen


def delaying(seconds: float) -> WebhookFault:
    """Return the trouble of a reply that takes ``seconds`` of virtual time more."""
    expect_number("delay.seconds", seconds, 0)

    def happen(request: HttpRequest, send: Send) -> WebhookReply:
        reply = send(request)
        return replace(reply, seconds=reply.seconds + seconds)

    return happen


def twice(request: HttpRequest, send: Send) -> WebhookReply:
    """Deliver the webhook twice; the first reply counts."""
    reply = send(request)
    send(request)
    return reply


@dataclass(slots=True)
class _Planned:
    happen: WebhookFault
    left: int
    event_type: str | None
    only_async: bool

    def fits(self, request: HttpRequest) -> bool:
        webhook = request.webhook
        if webhook is None or (self.only_async and webhook.can_reply):
            return False
        return self.event_type in (None, webhook.event.event_type)


class PlannedWebhookFaults:
    """Troubles that wait for their webhook, first planned first served."""

    def __init__(self) -> None:
        self._waiting: list[_Planned] = []

    def plan(
        self, happen: WebhookFault, *, times: int, event_type: str | None, only_async: bool = False
    ) -> None:
        """Let the next ``times`` exchanges, of one kind of event if it is named, meet trouble."""
        expect_number("times", times, 1)
        if event_type is not None and event_type not in EVENT_TYPES:
            known = ", ".join(EVENT_TYPES)
            raise SimulatorError(f"event_type: expected one of {known}, got {event_type!r}")
        self._waiting.append(_Planned(happen, times, event_type, only_async))

    def take(self, request: HttpRequest) -> WebhookFault | None:
        """Return the trouble that waits for this exchange, which counts as having met it."""
        for planned in self._waiting:
            if planned.fits(request):
                planned.left -= 1
                if planned.left < 1:
                    self._waiting.remove(planned)
                return planned.happen
        return None
