"""The phones of a simulated platform, and what the person at them does."""

from collections.abc import Callable, Mapping
from contextlib import suppress

from callcontrol.cli.dial_display import Screen
from callcontrol.phone.call_log import CallLog, Phone, Trouble
from callcontrol.phone.call_logs import CallLogs
from callcontrol.phone.call_request import CallRequest
from callcontrol.phone.script import Step
from callcontrol.simulator.core.engine import Engine
from callcontrol.simulator.core.signals import NotSimulatedError
from callcontrol.simulator.errors import SimulatorError
from callcontrol.simulator.live import LiveSimulator
from callcontrol.simulator.testing.phone_call import GREETING

_Action = Callable[[Engine, str, str], None]
"""Does something on a leg, with the argument of the step."""
_RINGING: Mapping[str, _Action] = {
    "answer": lambda engine, call_id, _: engine.answer(call_id),
    "decline": lambda engine, call_id, _: engine.decline(call_id),
    "busy": lambda engine, call_id, _: engine.busy(call_id),
    "no answer": lambda engine, call_id, _: engine.no_answer(call_id),
    "voicemail": lambda engine, call_id, text: engine.voicemail(call_id, text or GREETING),
}
"""Steps for a phone that rings."""
_IN_USE: Mapping[str, _Action] = {
    "press": lambda engine, call_id, text: engine.press(call_id, text),
    "say": lambda engine, call_id, text: engine.say(call_id, text),
    "beep": lambda engine, call_id, _: engine.beep(call_id),
    "hang up": lambda engine, call_id, _: engine.hang_up(call_id),
}
"""Steps for the selected phone."""


class LivePhones:
    """The phones of all calls, on one thread; steps go to the selected one.

    ``request`` is the call that the step ``dial`` places: the first time as it is, then from
    higher numbers, so that each caller has its own.
    """

    def __init__(
        self, live: LiveSimulator, logs: CallLogs, screen: Screen, request: CallRequest | None
    ) -> None:
        self._live = live
        self._logs = logs
        self._screen = screen
        self._request = request
        self._placed = 0
        self._selected: str | None = None
        """Call id of the phone that steps go to."""

    def dial(self) -> None:
        """Place a call.

        :raises SimulatorError: for a call that cannot be placed.
        """
        if self._request is None:
            raise SimulatorError("dial: there is no application to call; name it when you start")
        request = self._request.with_next_number(self._placed)
        call_id = self._live.run(request.place)
        log = CallLog(request.number, outbound=request.outbound) if self._placed else self._logs.own
        self._placed += 1
        self._logs.add(call_id, log)
        self._selected = call_id
        if len(self._logs.up) > 0:
            self._screen.note(f"keys go to {self._name(call_id, request.number)}")

    def do(self, step: Step) -> None:
        """Do a step; one that cannot be done is a line on the screen."""
        try:
            self._do(step)
        except NotSimulatedError as error:
            self._logs.of(self._selected or "").troubles.append(Trouble(str(error)))
        except SimulatorError as error:
            self._screen.refuse(str(error).partition(": ")[2])

    def _do(self, step: Step) -> None:
        if step.action == "dial":
            self.dial()
        elif step.action == "call":
            self._select(self._named(step.argument))
        elif step.action in _RINGING:
            self._run(_RINGING[step.action], self._ringing(), step.argument)
        elif step.callee:
            self._run(_IN_USE[step.action], self._callee(), step.argument)
        else:
            self._run(_IN_USE[step.action], self._current(), step.argument)

    def _run(self, action: _Action, phone: Phone, argument: str) -> None:
        if phone.rings and action is _IN_USE["hang up"]:
            action = _RINGING["decline"]
        self._live.run(lambda engine: action(engine, phone.call_id, argument))

    # --- which phone ----------------------------------------------------------------------

    @property
    def selected(self) -> Phone | None:
        """The phone that keys go to; None before the first call."""
        return None if self._selected is None else self._logs.phone(self._selected)

    def _current(self) -> Phone:
        phone = self.selected
        if phone is None:
            raise SimulatorError("phone: there is no call")
        return phone

    def _callee(self) -> Phone:
        phone = self._logs.of(self._current().call_id).callee
        if phone is None:
            raise SimulatorError("phone: expected a leg that a Transfer has dialled, there is none")
        return phone

    def _ringing(self) -> Phone:
        held = self.selected
        phone = held if held is not None and held.rings else self._logs.ringing
        if phone is None:
            raise SimulatorError("phone: no phone rings")
        return phone

    def _named(self, text: str) -> Phone:
        """Return the phone whose number in the display, phone number or call id is ``text``."""
        up = self._logs.up
        names = (
            (str(self._logs.number(phone.call_id)), phone.number, phone.call_id) for phone in up
        )
        found = next((phone for phone, given in zip(up, names, strict=True) if text in given), None)
        if found is None:
            there = ", ".join(self._name(phone.call_id, phone.number) for phone in up) or "none"
            raise SimulatorError(
                f"phone: expected a phone whose call is up ({there}), got {text!r}"
            )
        return found

    def select_next(self) -> None:
        """Select the next phone whose call is up."""
        up = self._logs.up
        if len(up) < 2:  # noqa: PLR2004 - nothing to choose from
            self._screen.note("there is no other phone")
            return
        place = next((at for at, phone in enumerate(up) if phone.call_id == self._selected), -1)
        self._select(up[(place + 1) % len(up)])

    def select_one_that_is_up(self) -> None:
        """Select the first phone whose call is up if that of the selected one has ended."""
        selected = self.selected
        if selected is not None and selected.is_up:
            return
        up = self._logs.up
        if up and selected is None:
            self._selected = up[0].call_id
        elif up:
            self._select(up[0])

    def _select(self, phone: Phone) -> None:
        self._selected = phone.call_id
        self._screen.note(f"keys go to {self._name(phone.call_id, phone.number)}")

    def _name(self, call_id: str, number: str) -> str:
        if not self._screen.is_numbered:
            return f"the phone of {number}"
        return f"phone {self._logs.number(call_id)}, {number}"

    # --- the end --------------------------------------------------------------------------

    def hang_up_all(self) -> None:
        """Hang up every call, or refuse it where the phone rings."""
        for log in self._logs:
            own = log.own
            if own is not None and own.is_up:
                with suppress(SimulatorError):  # it has just ended by itself
                    self._run(_IN_USE["hang up"], own, "")
