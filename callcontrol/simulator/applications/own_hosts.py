"""Audio from the hosts of the application only, so that a trial fetches nothing from others."""

from collections.abc import Iterable

from callcontrol._urls import origin_of
from callcontrol.simulator.applications.base import Transport
from callcontrol.simulator.core.webhooks import HttpRequest, PendingReply, WebhookReply


class OwnHosts:
    """A transport that fetches audio only from hosts that webhooks go to, or from ``urls``.

    Audio at other hosts is foreign: it is not fetched, and lasts ``Assumptions.audio_seconds``.
    """

    def __init__(self, transport: Transport, urls: Iterable[str] = ()) -> None:
        self._transport = transport
        self._origins = {origin_of(url) for url in urls}

    def deliver(self, request: HttpRequest) -> WebhookReply | PendingReply:
        """Carry out a webhook, or the download of a file at one of the hosts."""
        origin = origin_of(request.url)
        if request.webhook is not None:
            self._origins.add(origin)
        elif origin not in self._origins:
            return WebhookReply(failure="foreign", detail="the host is not the application's")
        return self._transport.deliver(request)

    def close(self) -> None:
        """Close connections."""
        self._transport.close()
