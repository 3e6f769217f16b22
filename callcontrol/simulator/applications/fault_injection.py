"""Planned faults of the next webhooks."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from callcontrol.events import EVENT_TYPES
from callcontrol.simulator.core.webhooks import (
    FAILURES,
    Failure,
    HttpRequest,
    PendingReply,
    WebhookReply,
)
from callcontrol.simulator.errors import SimulatorError, expect_number

Reply = WebhookReply | PendingReply
Send = Callable[[HttpRequest], Reply]
WebhookFault = Callable[[HttpRequest, Send], Reply]
"""A fault of one exchange; ``Send`` carries it out with the application."""

_STATUSES = range(100, 600)


def replying(status: int) -> WebhookFault:
    """Return the fault of a server that replies with ``status`` and no body."""
    if status not in _STATUSES:
        raise SimulatorError(f"fail.how: expected a status of three digits, got {status}")
    return lambda _, __: WebhookReply(status=status, detail="planned by the test")


def failing(failure: Failure) -> WebhookFault:
    """Return the fault of an exchange without a reply."""
    if failure not in FAILURES:
        raise SimulatorError(
            f"fail.how: expected a status or one of {', '.join(FAILURES)}, got {failure!r}"
        )

    def fault(request: HttpRequest, _: Send) -> WebhookReply:
        seconds = request.timeout if failure == "timeout" else 0.0
        return WebhookReply(failure=failure, detail="planned by the test", seconds=seconds)

    return fault


def delaying(seconds: float) -> WebhookFault:
    """Return the fault of a reply that takes ``seconds`` more of virtual time."""
    expect_number("delay.seconds", seconds, 0)

    def fault(request: HttpRequest, send: Send) -> Reply:
        return send(request).map(lambda reply: replace(reply, seconds=reply.seconds + seconds))

    return fault


def twice(request: HttpRequest, send: Send) -> Reply:
    """Deliver the webhook twice; the first reply counts."""
    reply = send(request)
    send(request)
    return reply


@dataclass(slots=True)
class _Planned:
    fault: WebhookFault
    remaining: int
    event_type: str | None
    only_async: bool

    def matches(self, request: HttpRequest) -> bool:
        webhook = request.webhook
        if webhook is None or (self.only_async and webhook.can_reply):
            return False
        return self.event_type in (None, webhook.event.event_type)


class PlannedWebhookFaults:
    """Planned faults, used in the order in which they were planned."""

    def __init__(self) -> None:
        self._planned: list[_Planned] = []

    def plan(
        self, fault: WebhookFault, *, times: int, event_type: str | None, only_async: bool = False
    ) -> None:
        """Plan a fault of the next ``times`` exchanges, of one event type if it is given."""
        expect_number("times", times, 1)
        if event_type is not None and event_type not in EVENT_TYPES:
            known = ", ".join(EVENT_TYPES)
            raise SimulatorError(f"event_type: expected one of {known}, got {event_type!r}")
        self._planned.append(_Planned(fault, times, event_type, only_async))

    def next_for(self, request: HttpRequest) -> WebhookFault | None:
        """Return the next fault planned for this exchange and count it as used."""
        for planned in self._planned:
            if planned.matches(request):
                planned.remaining -= 1
                if planned.remaining < 1:
                    self._planned.remove(planned)
                return planned.fault
        return None
