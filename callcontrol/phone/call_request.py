"""A call to or from an application, and how it is placed on a platform."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, Self, cast

from callcontrol._urls import origin_of
from callcontrol.phone import CALLER, NUMBER
from callcontrol.simulator.core.engine import Engine
from callcontrol.simulator.core.leg import VoiceApplication
from callcontrol.simulator.core.platform import Platform
from callcontrol.simulator.core.webhooks import Target
from callcontrol.simulator.errors import SimulatorError
from callcontrol.simulator.rest import bodies
from callcontrol.simulator.rest.refusal import Refusal

APPLICATION = "simulator-application"
_DIGITS = re.compile(r"(\+?)([0-9]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRequest:
    """One call to place."""

    url: str = field(repr=False)
    """Receives the initiate webhook, or answer of an outbound call."""
    from_: str = CALLER
    to: str = NUMBER
    outbound: bool = False
    """Whether the application calls the phone; otherwise the phone calls the application."""
    disconnect_url: str | None = field(default=None, repr=False)
    """Receives the disconnect webhook."""
    detect: Literal["sync", "async"] | None = None
    """Machine detection of an outbound call; the result of an async one goes to ``url``."""
    tag: str | None = None
    """Tag of an outbound call."""
    username: str | None = None
    """Sent, with ``password``, if the application asks for credentials."""
    password: str | None = field(default=None, repr=False)
    reach: tuple[str, ...] = field(default=(), repr=False)
    """URLs of other hosts that webhooks may go to."""

    @property
    def number(self) -> str:
        """Number of the phone that the command plays."""
        return self.to if self.outbound else self.from_

    def with_next_number(self, count: int) -> Self:
        """Return a request whose phone has a number that is higher by ``count``.

        A text that is no number, such as a SIP URI, stays as it is.
        """
        found = _DIGITS.fullmatch(self.number)
        if found is None:
            return self
        number = f"{found[1]}{int(found[2]) + count:0{len(found[2])}}"
        return replace(self, to=number) if self.outbound else replace(self, from_=number)

    @property
    def origins(self) -> frozenset[str]:
        """The only hosts that webhooks go to, so that a test does not touch live systems."""
        urls = (self.url, self.disconnect_url or "", *self.reach)
        return frozenset(found for url in urls if (found := origin_of(url)) is not None)

    def place(self, engine: Engine) -> str:
        """Place the call and return its call id.

        :raises SimulatorError: for a call that cannot be placed.
        """
        if self.outbound:
            return self._enqueue(engine.platform)
        status = None if self.disconnect_url is None else self._target(self.disconnect_url)
        application = VoiceApplication(initiated=self._target(self.url), status=status)
        return engine.dial_in(from_=self.from_, to=self.to, application=application)

    def _target(self, url: str) -> Target:
        return Target(url=url, username=self.username, password=self.password)

    def _enqueue(self, platform: Platform) -> str:
        try:
            checked = bodies.create_call(json.dumps(self._body()).encode())
        except Refusal as refusal:
            raise SimulatorError(f"outbound call: {refusal.description}") from None
        with platform.lock:
            return platform.calls.enqueue(self._with_credentials(checked)).call_id

    def _body(self) -> dict[str, object]:
        body: dict[str, object] = {
            "to": self.to,
            "from": self.from_,
            "applicationId": APPLICATION,
            "answerUrl": self.url,
        }
        if self.disconnect_url is not None:
            body["disconnectUrl"] = self.disconnect_url
        if self.tag is not None:
            body["tag"] = self.tag
        if self.detect is not None:
            callback = {"callbackUrl": self.url} if self.detect == "async" else {}
            body["machineDetection"] = {"mode": self.detect, **callback}
        return body

    def _with_credentials(self, checked: Mapping[str, object]) -> Mapping[str, object]:
        """Return a checked request with the credentials.

        They are added after the check, because createCall requires https with them, and an
        application on this machine has none.
        """
        given = {"username": self.username, "password": self.password}
        credentials = {name: value for name, value in given.items() if value is not None}
        detection = checked.get("machineDetection")
        if isinstance(detection, Mapping):
            fields = cast("Mapping[str, object]", detection)
            return {**checked, **credentials, "machineDetection": {**fields, **credentials}}
        return {**checked, **credentials}
