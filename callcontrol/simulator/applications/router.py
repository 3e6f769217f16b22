"""The applications of a simulator by the origin of their URLs."""

import logging
from collections import deque
from dataclasses import replace
from types import TracebackType
from typing import Self

from callcontrol._fork import renewed_in_children
from callcontrol._urls import origin_of
from callcontrol.simulator.applications.base import (
    MAX_REPLY,
    ApplicationError,
    Transport,
    application_error,
)
from callcontrol.simulator.applications.exceptions import described
from callcontrol.simulator.applications.fault_injection import PlannedWebhookFaults
from callcontrol.simulator.core.webhooks import HttpRequest, WebhookReply
from callcontrol.simulator.errors import SimulatorError

_SERVER_ERROR = 500


class Router:
    """Delivers each request to the application that is mounted at its origin.

    ``default`` serves other origins; without one they are foreign and nothing is sent.
    """

    def __init__(self, default: Transport | None = None) -> None:
        self.errors: list[ApplicationError] = []
        """Exceptions of applications, oldest first."""
        self.planned_faults = PlannedWebhookFaults()
        self._default = default
        self._transports: dict[str, Transport] = {}
        self._held: deque[HttpRequest] = deque()
        self._logged = _Logged()
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

    def deliver(self, request: HttpRequest) -> WebhookReply:
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
        """Deliver held webhooks and close every transport."""
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

    def _send(self, request: HttpRequest) -> WebhookReply:
        transport = self._transports.get(origin_of(request.url) or "", self._default)
        if transport is None:
            here = ", ".join(self._transports)
            detail = f"expected a URL of {here}" if here else "no application is mounted"
            return WebhookReply(failure="foreign", detail=detail)
        try:
            with self._logged as logged:
                reply = transport.deliver(request)
        except ApplicationError as error:
            self.errors.append(error)
            cause = error.__cause__
            detail = str(error) if cause is None else described(cause)
            return WebhookReply(status=_SERVER_ERROR, detail=detail)
        if reply.status >= _SERVER_ERROR and logged.exception is not None:
            self.errors.append(application_error(logged.exception))
            reply = replace(reply, detail=described(logged.exception))
        if len(reply.body) > MAX_REPLY:
            return WebhookReply(
                failure="garbage", detail=f"expected at most {MAX_REPLY} bytes, got more"
            )
        return reply


class _Logged(logging.Handler):
    """Catches exceptions that a framework logs before it turns them into a 500 page."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.exception: Exception | None = None

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, Exception) and self.exception is None:
            self.exception = error

    def __enter__(self) -> Self:
        self.exception = None
        logging.getLogger().addHandler(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        logging.getLogger().removeHandler(self)
