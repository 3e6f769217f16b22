"""Who calls whom: one call to or from an application, put on a platform."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, cast

from callcontrol._urls import origin_of
from callcontrol.phone import CALLER, NUMBER
from callcontrol.simulator.core.engine import Engine
from callcontrol.simulator.core.leg import VoiceApplication
from callcontrol.simulator.core.platform import Platform
from callcontrol.simulator.core.webhooks import Target
from callcontrol.simulator.errors import SimulatorError
from callcontrol.simulator.rest import bodies
from callcontrol.simulator.rest.refusal import Refusal

__all__ = ["CallRequest"]

APPLICATION = "simulator-application"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRequest:
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
    username: str | None = None
    """Shown, with ``password``, to an application that asks for it."""
    password: str | None = field(default=None, repr=False)
    reach: tuple[str, ...] = field(default=(), repr=False)
    """URLs of other hosts that may be called."""

    @property
    def origins(self) -> frozenset[str]:
        """The only hosts that webhooks go to, so that a trial does not touch what is live."""
        urls = (self.url, self.disconnect_url or "", *self.reach)
        return frozenset(found for url in urls if (found := origin_of(url)) is not None)

    def place(self, engine: Engine) -> str:
        """Let the call begin and return its call id; raises ``SimulatorError`` if it cannot."""
        if self.outbound:
            return self._enqueue(engine.platform)
        status = None if self.disconnect_url is None else self._target(self.disconnect_url)
        application = VoiceApplication(initiated=self._target(self.url), status=status)
        return engine.dial_in(from_=self.from_, to=self.to, application=application)

    def _target(self, url: str) -> Target:
        return Target(url=url, username=self.username, password=self.password)

    def _enqueue(self, platform: Platform) -> str:
        try:
            judged = bodies.create_call(json.dumps(self._wanted()).encode())
        except Refusal as refusal:
            raise SimulatorError(f"outbound call: {refusal.description}") from None
        with platform.lock:
            return platform.calls.enqueue(self._with_password(judged)).call_id

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

    def _with_password(self, judged: Mapping[str, object]) -> Mapping[str, object]:
        """Return the judged order with the credentials.

        They come afterwards, because createCall insists on https with them, and a trial on this
        machine has none.
        """
        named = {"username": self.username, "password": self.password}
        shown = {name: value for name, value in named.items() if value is not None}
        detection = judged.get("machineDetection")
        if isinstance(detection, Mapping):
            known = cast("Mapping[str, object]", detection)
            return {**judged, **shown, "machineDetection": {**known, **shown}}
        return {**judged, **shown}
