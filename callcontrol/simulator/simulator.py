"""The simulator as a test uses it: addresses, credentials, and the calls with their state."""

import os
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from bxml._once import FIRST_IMPORT
from callcontrol.simulator.core.calls import CAUSES, Call, DisconnectCause, HistoryEntry
from callcontrol.simulator.core.messages import LoggedRequest
from callcontrol.simulator.core.platform import Platform
from callcontrol.simulator.errors import SimulatorError
from callcontrol.simulator.rest.app import handle
from callcontrol.simulator.rest.endpoint import Endpoint
from callcontrol.simulator.rest.messages import RestReply, RestRequest
from callcontrol.simulator.rest.routes import API_ROOT, TOKEN_PATH
from callcontrol.simulator.settings import Account, Assumptions, Limits, SimulatorSettings
from callcontrol.simulator.testing.in_process import InProcess
from callcontrol.simulator.testing.request_faults import RequestFaults

if TYPE_CHECKING:
    from requests import Session

    from callcontrol.client import Client


class Simulator(InProcess, RequestFaults):
    """A stand-in for the platform: real HTTP on loopback, an account of its own, virtual time.

    Use it in a ``with`` statement, or call ``start`` and ``stop``. It listens on a port from the
    moment an address or a client is asked for, which needs the extra ``simulator``. ``dial_in`` and
    ``call_out`` ring an application inside the process. Any thread may use all but phones.

    ``auto_answer`` answers outbound calls the moment they are created; without it they wait in the
    queue until ``advance`` lets time pass, then ring until ``answer`` or their callTimeout.
    ``token_lifetime`` is in seconds of virtual time. The same ``seed`` gives the same ids; tokens
    and credentials are random (see ``Account``). ``patience`` is how many seconds of virtual time
    may pass by themselves after each action, ``real_wait`` how many real seconds it stands still
    while threads and sockets of the application are at work. Virtual time begins at ``start``, a
    datetime with a time zone: by default noon on 1 January 2026, UTC.

        with Simulator(auto_answer=True) as simulator:
            print(simulator.base_url, simulator.client_id)
    """

    def __init__(  # noqa: PLR0913 - all keyword-only, all optional
        self,
        *,
        auto_answer: bool = False,
        token_lifetime: int = 3600,
        seed: int = 0,
        patience: float = 60,
        real_wait: float = 2,
        start: datetime | None = None,
        account: Account | None = None,
        limits: Limits | None = None,
        assumptions: Assumptions | None = None,
    ) -> None:
        self._account = account or Account()
        super().__init__(
            SimulatorSettings(
                account=self._account,
                limits=limits or Limits(),
                assumptions=assumptions or Assumptions(),
                auto_answer=auto_answer,
                token_lifetime=token_lifetime,
                seed=seed,
                real_wait=real_wait,
                start=start,
            ),
            patience,
        )
        self._closers: list[tuple[int, Callable[[], None]]] = []  # by the process of each client
        self._endpoint = Endpoint(self._platform, self._answer)

    @property
    def platform(self) -> Platform:
        """The platform that calls run on, for a custom engine."""
        return self._platform

    def start(self, *, port: int = 0, allow_hosts: Iterable[str] = (), tls: bool = False) -> None:
        """Answer requests at ``base_url`` from now on: on ``port``, or on any free one if it is 0.

        A free one is opened when an address is asked for. Requests whose Host header is neither a
        loopback name or address nor one of ``allow_hosts``, names without a port, are answered
        with 403 (see docs/simulator.md). With ``tls`` the addresses are https, with a certificate
        for localhost, 127.0.0.1 and ``allow_hosts`` that clients trust by ``authority_file``.

        :raises SimulatorError: if it is running, if the port is taken, for an invalid host.
        """
        self._endpoint.start(port, allow_hosts, tls=tls)

    def stop(self) -> None:
        """Close applications and connections, and end what runs; a forked process stops nothing.

        May be called again. Calls, history and log stay readable.

        :raises Exception: the error that the server met while it ran; an ``ExceptionGroup`` if
            there are several.
        """
        while self._closers:
            process, close = self._closers.pop()
            if process == os.getpid():
                close()
        self._router.close()
        self._endpoint.stop()

    def _answer(self, request: RestRequest) -> RestReply:
        with self._router.loop.work.request():  # virtual time waits for the reply
            return self._reply(request)

    def _reply(self, request: RestRequest) -> RestReply:
        reply = handle(self._platform, request)
        if self._started_session is not None:
            self._started_session.updates += 1
        return reply

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            self.stop()
        except Exception as failure:
            if error is None:
                raise
            error.add_note(f"The simulator failed as well: {failure!r}")

    @property
    def base_url(self) -> str:
        """Address of the API, for ``Client(base_url=...)`` and ``BW_VOICE_URL``."""
        return f"{self._endpoint.origin}{API_ROOT}"

    @property
    def token_url(self) -> str:
        """Address of the token endpoint, for ``Client(token_url=...)`` and ``BW_TOKEN_URL``."""
        return f"{self._endpoint.origin}{TOKEN_PATH}"

    @property
    def authority_file(self) -> Path | None:
        """The certificate to trust while it runs with ``tls``; None without."""
        return self._endpoint.authority_file

    @property
    def account_id(self) -> str:
        """The only account; any other is answered with 403."""
        return self._account.account_id

    @property
    def client_id(self) -> str:
        """Client id for OAuth 2.0."""
        return self._account.client_id

    @property
    def client_secret(self) -> str:
        """Client secret for OAuth 2.0."""
        return self._account.client_secret

    @property
    def username(self) -> str:
        """User name for Basic authentication."""
        return self._account.username

    @property
    def password(self) -> str:
        """Password for Basic authentication."""
        return self._account.password

    def client(self) -> "Client":
        """Return a client of this platform, over loopback; it is closed with the simulator.

        Starts the simulator if it is not running.
        """
        with FIRST_IMPORT:
            from callcontrol.client import Client

        if not self._endpoint.is_running:
            self.start()
        session = None if self.authority_file is None else self._trusting(self.authority_file)
        client = Client(
            self.account_id,
            client_id=self.client_id,
            client_secret=self.client_secret,
            base_url=self.base_url,
            token_url=self.token_url,
            session=session,
        )
        self._closers.append((os.getpid(), client.close))
        return client

    def _trusting(self, authority_file: Path) -> "Session":
        """Return a session that trusts one authority, whatever the environment says."""
        with FIRST_IMPORT:
            from requests import Session

        session = Session()
        session.trust_env = False
        session.verify = str(authority_file)
        self._closers.append((os.getpid(), session.close))
        return session

    @property
    def calls(self) -> tuple[Call, ...]:
        """Every call that can still be read, in order of creation."""
        with self._platform.lock:
            return tuple(self._platform.calls)

    def call(self, call_id: str) -> Call:
        """Return the current state of a call.

        :raises SimulatorError: for an unknown id.
        """
        with self._platform.lock:
            return self._known("call", call_id)

    def document(self, call_id: str) -> str | None:
        """Return the last BXML of a call; None before that, after a redirect and after its end.

        :raises SimulatorError: for an unknown id.
        """
        with self._platform.lock:
            self._known("document", call_id)
            return self._platform.calls.document(call_id)

    def history(self, call_id: str) -> tuple[HistoryEntry, ...]:
        """Return the history of a call, oldest first: at most the last 1000 entries.

        :raises SimulatorError: for an unknown id.
        """
        with self._platform.lock:
            self._known("history", call_id)
            return self._platform.calls.history(call_id)

    def receive_call(
        self, *, from_: str, to: str, application_id: str = "simulator-application"
    ) -> Call:
        """Add an inbound call, initiated and unanswered, and return it.

        :raises SimulatorError: if ``Limits.active_calls`` are up: such a call is dropped.
        """
        for name, value in (("from_", from_), ("to", to)):
            if not value:
                raise SimulatorError(f"receive_call.{name}: expected a number, got {value!r}")
        with self._platform.lock:
            self._platform.calls.expect_room("receive_call")
            fields = {"from": from_, "to": to, "applicationId": application_id, "tag": None}
            call = self._platform.calls.receive(fields)
        return self._settled(call)

    def answer(self, call_id: str) -> Call:
        """Answer a call that is queued or ringing, and return its new state.

        :raises SimulatorError: for an unknown id and a call in another state.
        """
        with self._platform.lock:
            call = self._known("answer", call_id)
            if call.state not in ("queued", "initiated"):
                raise SimulatorError(f"answer: expected an unanswered call, got one {call.state}")
            call = self._platform.calls.answer(call_id)
        return self._settled(call)

    def end(
        self, call_id: str, cause: DisconnectCause = "hangup", *, error_message: str | None = None
    ) -> Call:
        """End a call for the given cause, and return its new state.

        :raises SimulatorError: for an unknown id or cause, and a call that has ended.
        """
        if cause not in CAUSES:
            raise SimulatorError(f"end.cause: expected one of {', '.join(CAUSES)}, got {cause!r}")
        with self._platform.lock:
            if self._known("end", call_id).state == "disconnected":
                raise SimulatorError("end: the call has ended already")
            call = self._platform.calls.end(call_id, cause, error_message)
        return self._settled(call)

    def _settled(self, call: Call) -> Call:
        """Deliver the webhooks about a change of a call, and return the call."""
        if self._started_session is not None:
            self._started_session.engine.settle()
        return call

    def _known(self, operation: str, call_id: str) -> Call:
        call = self._platform.calls.get(call_id)
        if call is None:
            raise SimulatorError(f"{operation}: expected the id of a call, got {call_id!r}")
        return call

    @property
    def now(self) -> datetime:
        """The virtual time, UTC: that of ``start``, until ``advance`` moves it."""
        return self._platform.clock.now

    def advance(self, seconds: float) -> None:
        """Let ``seconds`` pass: the queue dials, unanswered calls time out, tokens expire.

        :raises SimulatorError: for a negative or infinite number of seconds.
        """
        if self._started_session is not None:
            return self._started_session.engine.advance(seconds)
        with self._platform.lock:
            return self._platform.clock.advance(seconds)

    @property
    def requests(self) -> tuple[LoggedRequest, ...]:
        """The last 10,000 well-formed requests, oldest first, without secrets."""
        return tuple(self._platform.log.copy())
