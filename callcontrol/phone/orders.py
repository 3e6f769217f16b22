"""Who calls whom: one call to or from an application, put on a platform."""

import json
from dataclasses import dataclass, field
from typing import Literal

from callcontrol.phone import CALLER, NUMBER
from callcontrol.simulator import bodies
from callcontrol.simulator.applications.exchange import origin_of
from callcontrol.simulator.engine.engine import Engine
from callcontrol.simulator.engine.leg import VoiceApplication
from callcontrol.simulator.engine.webhooks import Target
from callcontrol.simulator.errors import Refusal, SimulatorError
from callcontrol.simulator.platform import Platform

__all__ = ["Order"]

APPLICATION = "simulator-application"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One call to place."""

    url: str = field(repr=False)
    """Receives initiate, or answer of an outbound call."""
    from_: str = CALLER
    to: str = NUMBER
    outbound: bool = False
    """Whether the application calls the phone, and not the phone the application."""
    disconnect_url: str | None = field(default=None, repr=False)
    """Receives disconnect."""
    detect: Literal["sync", "async"] | None = None
    """Machine detection of an outbound call; the result of an async one goes to ``url``."""

    reach: tuple[str, ...] = field(default=(), repr=False)
    """URLs of other hosts that may be called."""

    @property
    def origins(self) -> frozenset[str]:
        """The only hosts that webhooks go to, so that a trial does not touch what is live."""
        urls = (self.url, self.disconnect_url or "", *self.reach)
        return frozenset(found for each in urls if (found := origin_of(each)) is not None)

    def place(self, engine: Engine) -> str:
        """Let the call begin and return its call id; raises ``SimulatorError`` if it cannot."""
        if self.outbound:
            return self._enqueue(engine.platform)
        status = None if self.disconnect_url is None else Target(url=self.disconnect_url)
        application = VoiceApplication(initiated=Target(url=self.url), status=status)
        return engine.dial_in(from_=self.from_, to=self.to, application=application)

    def _enqueue(self, platform: Platform) -> str:
        try:
            judged = bodies.create_call(json.dumps(self._wanted()).encode())
        except Refusal as refusal:
            raise SimulatorError(f"outbound call: {refusal.description}") from None
        with platform.lock:
            return platform.calls.enqueue(judged).call_id

    def _wanted(self) -> dict[str, object]:
        wanted: dict[str, object] = {
            "to": self.to,
            "from": self.from_,
            "applicationId": APPLICATION,
            "answerUrl": self.url,
        }
        if self.disconnect_url is not None:
            wanted["disconnectUrl"] = self.disconnect_url
        if self.detect is not None:
            callback = {"callbackUrl": self.url} if self.detect == "async" else {}
            wanted["machineDetection"] = {"mode": self.detect, **callback}
        return wanted
