"""Calls to and from an application in this process, without sockets."""

import json
from collections.abc import Mapping
from typing import Literal, cast

from callcontrol._wire.json import Misfit
from callcontrol._wire.records import arguments
from callcontrol.events import InitiateEvent
from callcontrol.simulator.applications import ApplicationTarget, Router
from callcontrol.simulator.applications.base import absolute_url
from callcontrol.simulator.applications.call_scripts import status_url_of
from callcontrol.simulator.core.leg import VoiceApplication
from callcontrol.simulator.core.platform import Platform
from callcontrol.simulator.core.webhooks import Target
from callcontrol.simulator.errors import SimulatorError, expect_kind, expect_number
from callcontrol.simulator.rest import bodies
from callcontrol.simulator.rest.refusal import Refusal
from callcontrol.simulator.settings import SimulatorSettings
from callcontrol.simulator.testing.phone_call import PhoneCall
from callcontrol.simulator.testing.session import TestSession
from callcontrol.simulator.testing.webhook_faults import WebhookFaults

_CALLER = "+19195550100"
_APPLICATION = "simulator-application"


class InProcess:
    """Calls of a test to and from an application."""

    def __init__(self, settings: SimulatorSettings, patience: float) -> None:
        expect_number("Simulator.patience", patience, 0)
        self._platform = Platform(settings)
        self._router = Router()
        self._patience = patience
        self._started_session: TestSession | None = None

    @property
    def _session(self) -> TestSession:
        """The session, made on first use; before that nothing runs the calls."""
        if self._started_session is None:
            self._started_session = TestSession(self._platform, self._router, self._patience)
        return self._started_session

    @property
    def webhooks(self) -> WebhookFaults:
        """Plans faults of webhooks, and keeps the exceptions of the application."""
        return WebhookFaults(self._router)

    def mount(self, app: ApplicationTarget, base_url: str | None = None) -> str:
        """Let ``app`` serve every URL that starts like ``base_url``, and return that URL.

        ``app`` is a WSGI or ASGI application or the URL of a running server. Without ``base_url``
        it is the URL of the server, or one that the simulator chooses.
        """
        return self._session.home_of(app, base_url)

    def dial_in(  # noqa: PLR0913 - the settings of a voice application, all optional
        self,
        app: ApplicationTarget,
        *,
        to: str,
        from_: str = _CALLER,
        url: str = "",
        status_url: str | None = None,
        fallback_url: str | None = None,
        method: Literal["GET", "POST"] = "POST",
        username: str | None = None,
        password: str | None = None,
        callback_timeout: float = 15,
        base_url: str | None = None,
        extra: Mapping[str, object] | None = None,
        run: bool = True,
    ) -> PhoneCall:
        """Call a number of the application and return the phone of the caller.

        ``app`` is a WSGI or ASGI application or the URL of a running server. ``url`` receives
        initiate, ``fallback_url`` when that fails, ``status_url`` disconnect; all may be relative
        to ``base_url``. Call scripts get disconnect at ``url`` if there is no ``status_url``.
        ``username`` and ``password`` answer a Basic challenge. ``extra`` goes
        into the initiate event: ``diversion`` and ``stir_shaken``, as a mapping or as a record,
        ``uui``, ``sip_call_id``, ``sip_headers``, ``privacy``, ``caller_display_name``; wire names
        work as well. ``run=False`` stops the clock once the call exists.

        :raises SimulatorError: for an invalid application or URL, and if ``Limits.active_calls``
            are up.
        """
        session = self._session
        home = session.home_of(app, base_url)

        def target(address: str, how: Literal["GET", "POST"] = "POST") -> Target:
            full = absolute_url("url", home, address)
            return Target(url=full, method=how, username=username, password=password)

        status = status_url_of(app, url, status_url)
        application = VoiceApplication(
            initiated=target(url, method),
            initiated_fallback=None if fallback_url is None else target(fallback_url),
            status=None if status is None else target(status),
            callback_timeout=callback_timeout,
            application_id=_APPLICATION,
        )
        for name, number in (("from_", from_), ("to", to)):
            expect_kind(f"dial_in.{name}", number, str, "a number")
            if not number:
                raise SimulatorError(f"dial_in.{name}: expected a number, got {number!r}")
        call_id = session.engine.dial_in(
            from_=from_, to=to, application=application, extra=_initiate_fields(extra)
        )
        return self._begin(call_id, run=run)

    def call_out(  # noqa: PLR0913 - the settings of a call, all optional
        self,
        app: ApplicationTarget,
        *,
        to: str,
        from_: str = _CALLER,
        url: str = "",
        disconnect_url: str | None = None,
        base_url: str | None = None,
        order: Mapping[str, object] | None = None,
    ) -> PhoneCall:
        """Place an outbound call and return the ringing phone of the callee.

        ``url`` receives answer and ``disconnect_url`` disconnect. ``order`` holds further fields
        of createCall under their wire names, such as ``tag``, ``callTimeout`` or
        ``machineDetection``. Limits and defaults are those of createCall.

        :raises SimulatorError: for a call that createCall refuses.
        """
        expect_kind("call_out.order", order or {}, Mapping, "a mapping")
        session = self._session
        home = session.home_of(app, base_url)
        wanted: dict[str, object] = {
            "to": to,
            "from": from_,
            "applicationId": _APPLICATION,
            "answerUrl": absolute_url("url", home, url),
            **(
                {}
                if disconnect_url is None
                else {"disconnectUrl": absolute_url("url", home, disconnect_url)}
            ),
            **(order or {}),
        }
        call_id = self._enqueue(wanted)
        session.engine.run_until(lambda: session.record(call_id).state != "queued", self._patience)
        return self._begin(call_id, run=False)

    def _enqueue(self, wanted: Mapping[str, object]) -> str:
        try:
            validated = bodies.create_call(json.dumps(wanted).encode())
        except Refusal as refusal:
            raise SimulatorError(f"call_out: {refusal.description}") from None
        except (TypeError, ValueError):
            raise SimulatorError("call_out.order: expected values that JSON can hold") from None
        with self._platform.lock:
            return self._platform.calls.enqueue(validated).call_id

    def _begin(self, call_id: str, *, run: bool) -> PhoneCall:
        self._session.record_action(run=run)
        phone = self._session.phone_call(call_id)
        self._session.run(call_id)
        return phone

    def phone_call(self, call_id: str) -> PhoneCall:
        """Return the phone of any leg, such as a call that a client has created.

        :raises SimulatorError: for an unknown id.
        """
        return self._session.phone_call(call_id)

    def end_conference(self, name: str) -> None:
        """End a conference; its members continue with their next verb.

        :raises SimulatorError: if no conference has that name.
        """
        self._session.record_action()
        self._session.engine.end_conference(name)

    @property
    def phone_calls(self) -> tuple[PhoneCall, ...]:
        """The phones that the test has used, in that order."""
        return () if self._started_session is None else tuple(self._started_session.phones)


def _initiate_fields(extra: object) -> Mapping[str, object]:
    """Return the ``extra`` fields of the initiate event, with records made of mappings."""
    expect_kind("dial_in.extra", {} if extra is None else extra, Mapping, "a mapping")
    try:
        return arguments(InitiateEvent, cast("Mapping[str, object]", extra or {}))
    except Misfit as misfit:
        findings = "; ".join(f"dial_in.extra{path}: {finding}" for path, finding in misfit.findings)
        raise SimulatorError(findings) from None
