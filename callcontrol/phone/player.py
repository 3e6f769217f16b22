"""Run a script in virtual time: without a person, without waiting, with the same result each time.

A step begins when every reply under way has arrived, and replies within a second take no virtual
time, so that the result does not depend on the speed of the application.
"""

import re
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from dataclasses import replace
from functools import partial
from time import monotonic

from callcontrol.phone import HOME
from callcontrol.phone.call_log import CallLog, Phone, Trouble
from callcontrol.phone.call_request import CallRequest
from callcontrol.phone.script import Step
from callcontrol.simulator.applications import (
    ApplicationError,
    ApplicationTarget,
    Remote,
    Router,
    Transport,
    transport_for,
)
from callcontrol.simulator.applications.call_scripts import forget_calls, status_url_of
from callcontrol.simulator.core.observations import Observation
from callcontrol.simulator.core.platform import Platform
from callcontrol.simulator.core.signals import NotSimulatedError
from callcontrol.simulator.core.webhooks import HttpRequest, PendingReply, WebhookReply
from callcontrol.simulator.errors import SimulatorError
from callcontrol.simulator.settings import Account, Assumptions, Limits, SimulatorSettings
from callcontrol.simulator.testing.phone_call import GREETING
from callcontrol.simulator.testing.session import TestSession

PATIENCE = 60.0
"""Longest virtual time in seconds until the call waits for an action."""
AFTERWARDS = 10.0
"""Seconds after the end of a call in which recordings and transcriptions are reported."""
QUICK = 1.0
"""Real seconds from which a reply takes virtual time."""
_METHOD = re.compile(r"^[a-z_.]+: ")
"""The method of the engine that its error names; the trouble names the step instead."""
_SETTINGS = SimulatorSettings(
    account=Account(),
    limits=Limits(),
    assumptions=Assumptions(),
    auto_answer=False,
    token_lifetime=3600,
    seed=0,
)


def play(  # noqa: PLR0913 - the last two are for applications in this process
    request: CallRequest,
    steps: Sequence[Step],
    log: CallLog,
    on_observation: Callable[[Observation], None],
    *,
    app: ApplicationTarget | None = None,
    platform: Platform | None = None,
) -> Sequence[ApplicationError]:
    """Place the call, run the steps, hang up, and return what the application raised.

    Every observation goes to ``log`` and to ``on_observation``. A step that cannot be done is a
    trouble of the log and ends the script. ``app`` serves the URLs that begin with ``HOME``, and
    ``platform`` is the one whose REST operations it uses.

    :raises SimulatorError: for a call that cannot be placed.
    """
    router = Router(Timed(Remote(only=request.origins)))
    output = sys.stdout

    def show(observation: Observation) -> None:
        with redirect_stdout(output):  # also while the application is answering
            on_observation(observation)

    try:
        if app is not None:
            forget_calls(app)
            request = with_status_url(request, app)
            router.mount(HOME, Timed(transport_for(app, router.loop)))
        player = Player(request, log, router, on_observation=show, platform=platform)
        with redirect_stdout(output if app is None else sys.stderr):
            player.run(steps)
    finally:
        router.close()
    return tuple(router.errors)


def with_status_url(request: CallRequest, app: ApplicationTarget) -> CallRequest:
    """Return a request whose end an application of call scripts learns of."""
    status = status_url_of(app, request.url, request.disconnect_url)
    return replace(request, disconnect_url=status)


_NOTHING_RINGS = (
    "expected a phone that rings, but no Transfer has dialled one; for a call that the application "
    "places to this phone give --outbound, otherwise leave the step out"
)


class Timed:
    """A transport whose quick replies take no virtual time, so that timelines can be repeated."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def deliver(self, request: HttpRequest) -> WebhookReply | PendingReply:
        """Return the reply; a slow one takes as much virtual time as real time.

        One of an application in this process does so only if it is too late for the platform.
        """
        began = monotonic()
        return self._transport.deliver(request).map(partial(_timed, request.timeout, began))

    def close(self) -> None:
        """Close connections."""
        self._transport.close()


def _timed(timeout: float, began: float, reply: WebhookReply) -> WebhookReply:
    seconds = monotonic() - began
    if reply.failure is None and seconds > timeout:  # it has blocked its thread or its loop
        return replace(reply, seconds=seconds)
    return reply if reply.seconds >= QUICK else replace(reply, seconds=0)


class Player:
    """One call in virtual time, and the actions on its phones.

    Every observation goes to ``log`` and to ``on_observation``. The call has a platform of its own
    unless the application uses the REST operations of ``platform``. Calls with different ``seed``
    have different ids, for applications that remember them.
    """

    def __init__(  # noqa: PLR0913 - all but the first three are optional
        self,
        request: CallRequest,
        log: CallLog,
        router: Router,
        *,
        on_observation: Callable[[Observation], None] | None = None,
        platform: Platform | None = None,
        seed: int = 0,
    ) -> None:
        platform = platform or Platform(replace(_SETTINGS, seed=seed))
        self._session = TestSession(platform, router, PATIENCE)
        self.engine = self._session.engine
        self.engine.observers.extend(
            observer for observer in (log.observe, on_observation) if observer is not None
        )
        self._log = log
        self._request = request
        self._call_id = ""
        self._is_machine = False
        """Whether a machine has picked up: it listens until the call ends."""
        self._actions: dict[str, Callable[[Step], None]] = {
            "wait": self._wait,
            "press": lambda step: self.engine.press(self._phone(step), step.argument),
            "say": lambda step: self.engine.say(self._phone(step), step.argument),
            "beep": lambda step: self.engine.beep(self._phone(step)),
            "hang up": self._hang_up,
            "answer": lambda _: self.engine.answer(self._ringing()),
            "decline": lambda _: self.engine.decline(self._ringing()),
            "busy": lambda _: self.engine.busy(self._ringing()),
            "no answer": lambda _: self.engine.no_answer(self._ringing()),
            "voicemail": self._voicemail,
        }

    def run(self, steps: Sequence[Step]) -> None:
        """Place the call, run the steps, and hang up; troubles go into the log.

        :raises SimulatorError: for a call that cannot be placed.
        """
        try:
            self.place()
        except NotSimulatedError as error:  # by the first document
            self._log.troubles.append(Trouble(str(error)))
            return
        if not self._safely("", self.settle):
            return
        for number, step in enumerate(steps, 1):
            if not self._safely(f"step {number} ({step}): ", partial(self.do, step)):
                break
        self._safely("", self.finish)

    def place(self) -> None:
        """Place the call."""
        self._call_id = self._request.place(self.engine)

    def _safely(self, where: str, action: Callable[[], None]) -> bool:
        """Run an action and return whether it succeeded; a trouble goes into the log."""
        try:
            action()
        except NotSimulatedError as error:
            self._log.troubles.append(Trouble(str(error)))
            return False
        except SimulatorError as error:
            if not (self._log.ended and self._log.troubles):  # else the log has the reason
                finding = _METHOD.sub("", str(error))
                self._log.troubles.append(Trouble(f"{where}{finding}"))
            return False
        return True

    def do(self, step: Step) -> None:
        """Run a step.

        :raises SimulatorError: for a step that cannot be done in the current state of the call.
        """
        self._actions[step.action](step)
        self.settle()

    def settle(self) -> None:
        """Let time pass until no reply of the application is under way."""
        self.engine.run_until(lambda: not self._is_fetching(), PATIENCE)

    def _is_fetching(self) -> bool:
        return any(map(self.engine.is_waiting_for_reply, self._log.phones))

    def _phone(self, step: Step) -> str:
        if not step.callee:
            if self._log.ended:
                raise SimulatorError(f"expected a call that is up, it has ended: {self._log.cause}")
            return self._call_id
        callee = self._log.callee
        if callee is None:
            raise SimulatorError("expected a leg that a Transfer has dialled, but no leg is up")
        return callee.call_id

    def _wait(self, step: Step) -> None:
        if step.seconds is not None:
            self.engine.advance(step.seconds)
            return
        self.listen()

    def listen(self) -> None:
        """Let time pass until every phone of the call waits for an action, a minute at most."""
        self.engine.run_until(self.is_idle, PATIENCE)

    def is_idle(self) -> bool:
        """Whether every phone of the call waits for an action or has ended."""
        return all(map(self._session.is_idle, self._log.phones))

    def _hang_up(self, step: Step) -> None:
        if step.callee or not self._log.ended:
            self.engine.hang_up(self._phone(step))

    def _ringing(self) -> str:
        """Return the phone that rings first, as soon as one does."""
        self.engine.run_until(lambda: self._log.ringing is not None or self._log.ended, PATIENCE)
        phone: Phone | None = self._log.ringing
        if phone is None:
            raise SimulatorError(_NOTHING_RINGS)
        return phone.call_id

    def _voicemail(self, step: Step) -> None:
        self._is_machine = True
        self.engine.voicemail(self._ringing(), step.argument or GREETING)

    def finish(self) -> None:
        """Listen until the call waits for an action, hang up, and await the last webhooks."""
        if self._is_machine:
            self.engine.run_until(lambda: self._log.ended, PATIENCE)
        else:
            self.listen()
        own = self._log.own
        if own is not None and own.is_up and not own.rings:
            self.engine.hang_up(self._call_id)
        self.engine.run_until(lambda: not self._log.waiting, PATIENCE)
        self.engine.advance(AFTERWARDS)
