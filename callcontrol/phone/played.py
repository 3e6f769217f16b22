"""A script carried out in virtual time: no person, no waiting, the same every time.

A step happens once every reply that was under way is there, and replies within a second cost no
virtual time, so that nothing depends on how fast the application is.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from callcontrol.phone.log import CallLog, Phone, Trouble
from callcontrol.phone.orders import Order
from callcontrol.phone.script import Step
from callcontrol.simulator.applications import Carrier, Remote, Router
from callcontrol.simulator.engine.observing import Observation
from callcontrol.simulator.engine.signals import NotSimulatedError
from callcontrol.simulator.engine.webhooks import HttpRequest, Reply
from callcontrol.simulator.errors import SimulatorError
from callcontrol.simulator.platform import Platform
from callcontrol.simulator.settings import Account, Assumptions, Limits, Settings
from callcontrol.simulator.stage import Theatre
from callcontrol.simulator.testing import _GREETING as GREETING

__all__ = ["PATIENCE", "play"]

PATIENCE = 60.0
"""Seconds that may pass by themselves until the call needs somebody."""
QUICK = 1.0
"""Seconds from which the time of a reply counts."""
_METHOD = re.compile(r"^[a-z_.]+: ")
"""The engine names its own method first; the person knows the step."""
_SETTINGS = Settings(
    account=Account(),
    limits=Limits(),
    assumptions=Assumptions(),
    auto_answer=False,
    token_lifetime=3600,
    seed=0,
)


def play(
    order: Order, steps: Sequence[Step], log: CallLog, told: Callable[[Observation], None]
) -> None:
    """Place the call, carry out the steps, and hang up when all are done.

    ``log`` knows everything afterwards, and ``told`` is told of everything. What a step cannot do
    is a trouble of the log and ends the script. Raises ``SimulatorError`` for a call that cannot
    be placed.
    """
    router = Router(_Timed(Remote()))
    theatre = Theatre(Platform(_SETTINGS), router, PATIENCE)

    def observe(seen: Observation) -> None:
        log.observe(seen)
        told(seen)

    theatre.engine.observers.append(observe)
    try:
        _Playing(theatre, log, order).run(steps)
    finally:
        router.close()


class _Timed:
    """Lets quick replies cost no virtual time, so that the same script gives the same timeline."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier

    def deliver(self, request: HttpRequest) -> Reply:
        """Return the reply; a slow one takes the time that it took."""
        reply = self._carrier.deliver(request)
        return reply if reply.seconds >= QUICK else replace(reply, seconds=0)

    def close(self) -> None:
        """Let go of connections."""
        self._carrier.close()


class _Playing:
    """One call under way."""

    def __init__(self, theatre: Theatre, log: CallLog, order: Order) -> None:
        self._theatre = theatre
        self._engine = theatre.engine
        self._log = log
        self._order = order
        self._call_id = ""
        self._is_machine = False
        """Whether a machine has picked up: it listens on, whatever the call asks for."""
        self._actions: dict[str, Callable[[Step], None]] = {
            "wait": self._wait,
            "press": lambda step: self._engine.press(self._phone(step), step.argument),
            "say": lambda step: self._engine.say(self._phone(step), step.argument),
            "beep": lambda step: self._engine.beep(self._phone(step)),
            "hang up": self._hang_up,
            "answer": lambda _: self._engine.answer(self._ringing()),
            "decline": lambda _: self._engine.decline(self._ringing()),
            "busy": lambda _: self._engine.busy(self._ringing()),
            "no answer": lambda _: self._engine.no_answer(self._ringing()),
            "voicemail": self._voicemail,
        }

    def run(self, steps: Sequence[Step]) -> None:
        try:
            self._call_id = self._order.place(self._engine)
        except NotSimulatedError as error:  # by the first document
            self._log.troubles.append(Trouble(str(error)))
            return
        if not self._safely("", self._settle):
            return
        for number, step in enumerate(steps, 1):
            if not self._safely(f"step {number} ({step}): ", partial(self._do, step)):
                break
        self._safely("", self._finish)

    def _safely(self, where: str, action: Callable[[], None]) -> bool:
        """Do something and return whether it could be done."""
        try:
            action()
        except NotSimulatedError as error:
            self._log.troubles.append(Trouble(str(error)))
            return False
        except SimulatorError as error:
            if not (self._log.ended and self._log.troubles):  # else the reason is known already
                finding = _METHOD.sub("", str(error))
                self._log.troubles.append(Trouble(f"{where}{finding}"))
            return False
        return True

    def _do(self, step: Step) -> None:
        self._actions[step.action](step)
        self._settle()

    def _settle(self) -> None:
        """Let time pass until nobody waits for a reply of the application."""
        self._engine.run_until(lambda: not self._is_fetching(), PATIENCE)

    def _is_fetching(self) -> bool:
        legs = map(self._engine.legs.get, self._log.phones)
        return any(leg is not None and leg._errand is not None for leg in legs)  # noqa: SLF001 - as the stage does

    def _phone(self, step: Step) -> str:
        if not step.callee:
            if self._log.ended:
                raise SimulatorError(f"expected a call that is up, it has ended: {self._log.cause}")
            return self._call_id
        callee = self._log.callee
        if callee is None:
            raise SimulatorError("expected a leg that a Transfer has dialled, there is none")
        return callee.call_id

    def _wait(self, step: Step) -> None:
        if step.seconds is not None:
            self._engine.advance(step.seconds)
            return
        self._listen()

    def _listen(self) -> None:
        """Let time pass until every phone of the call needs somebody."""
        self._theatre.acted()
        for phone in tuple(self._log.phones):
            self._theatre.run(phone)

    def _hang_up(self, step: Step) -> None:
        if step.callee or not self._log.ended:
            self._engine.hang_up(self._phone(step))

    def _ringing(self) -> str:
        """Return the phone that rings first, as soon as one does."""
        self._engine.run_until(lambda: self._log.ringing is not None or self._log.ended, PATIENCE)
        phone: Phone | None = self._log.ringing
        if phone is None:
            raise SimulatorError("expected a phone that rings, there is none")
        return phone.call_id

    def _voicemail(self, step: Step) -> None:
        self._is_machine = True
        self._engine.voicemail(self._ringing(), step.argument or GREETING)

    def _finish(self) -> None:
        """Listen until the call needs somebody, then hang up; last webhooks still arrive."""
        if self._is_machine:
            self._engine.run_until(lambda: self._log.ended, PATIENCE)
        else:
            self._listen()
        own = self._log.own
        if own is not None and own.is_up and not own.rings:
            self._engine.hang_up(self._call_id)
        self._engine.run_until(lambda: not self._log.waiting, PATIENCE)
