"""The applications of a simulator by the origin of their URLs."""

from collections import deque
from dataclasses import replace

from callcontrol._fork import renewed_in_children
from callcontrol._urls import origin_of
from callcontrol.simulator.applications.application_loop import ApplicationLoop
from callcontrol.simulator.applications.base import (
    MAX_REPLY,
    ApplicationError,
    Transport,
    application_error,
)
from callcontrol.simulator.applications.exceptions import described
from callcontrol.simulator.applications.fault_injection import PlannedWebhookFaults
from callcontrol.simulator.applications.logged_errors import LoggedErrors
from callcontrol.simulator.core.webhooks import HttpRequest, PendingReply, WebhookReply
from callcontrol.simulator.errors import SimulatorError

_SERVER_ERROR = 500


class Router:
    """Delivers each request to the application that is mounted at its origin.

    ``default`` serves other origins; without one they are foreign and nothing is sent.
    """

    def __init__(self, default: Transport | None = None) -> None:
        self.errors: list[ApplicationError] = []
        """Exceptions of applications, oldest first."""
        self.loop = ApplicationLoop(report=self.errors.append)
        """The event loop of all ASGI applications."""
        self.planned_faults = PlannedWebhookFaults()
        self._default = default
        self._transports: dict[str, Transport] = {}
        self._held: deque[HttpRequest] = deque()
        self._logged = LoggedErrors()
        renewed_in_children(self)

    def renew_after_fork(self) -> None:
        """Drop held webhooks, which the parent delivers."""
        self._held.clear()

    def mount(self, base_url: str, transport: Transport) -> None:
        """Let ``transport`` serve the origin of ``base_url`` from now on."""
        origin = origin_of(base_url)
        if origin is None:
            raise SimulatorError(f"base_url: expected an http or https URL, got {base_url!r}")
        self._transports[origin] = transport

    def deliver(self, request: HttpRequest) -> WebhookReply | PendingReply:
        """Carry out one exchange; an exception of the application is kept and counts as a 500."""
        held, self._held = self._held, deque()
        fault = self.planned_faults.next_for(request)
        reply = self._send(request) if fault is None else fault(request, self._send)
        for webhook in held:
            self._send(webhook)
        return reply

    def hold(self, request: HttpRequest, _: object) -> WebhookReply:
        """Deliver a webhook after the next one; a ``WebhookFault``."""
        self._held.append(request)
        return WebhookReply(status=200, detail="held back by the test")

    def close(self) -> None:
        """Deliver held webhooks and close every transport.

        :raises SimulatorError: inside a handler of a webhook.
        """
        self.loop.expect_outside()
        while self._held:
            self._send(self._held.popleft())
        closing = {
            id(transport): transport
            for transport in (*self._transports.values(), self._default)
            if transport
        }
        self._transports.clear()
        for transport in closing.values():
            transport.close()
        self.loop.close()

    def _send(self, request: HttpRequest) -> WebhookReply | PendingReply:
        transport = self._transports.get(origin_of(request.url) or "", self._default)
        if transport is None:
            here = ", ".join(self._transports)
            detail = f"expected a URL of {here}" if here else "no application is mounted"
            return WebhookReply(failure="foreign", detail=detail)
        try:
            with self._logged as logged:
                reply = transport.deliver(request)
        except ApplicationError as error:
            return self._failed(error)
        if isinstance(reply, WebhookReply) and reply.status >= _SERVER_ERROR and logged.exception:
            self.errors.append(application_error(logged.exception))
            reply = replace(reply, detail=described(logged.exception, reply.handler or ""))
        return reply.map(_limited).recover(self._failed)

    def _failed(self, error: Exception) -> WebhookReply:
        """Keep the exception of an application and return the reply that its server would give."""
        if not isinstance(error, ApplicationError):
            raise error
        self.errors.append(error)
        detail = described(error.__cause__ or error, error.handler)
        return WebhookReply(status=_SERVER_ERROR, detail=detail, handler=error.handler)


def _limited(reply: WebhookReply) -> WebhookReply:
    if len(reply.body) <= MAX_REPLY:
        return reply
    return WebhookReply(failure="garbage", detail=f"expected at most {MAX_REPLY} bytes, got more")
