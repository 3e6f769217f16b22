"""A call of ``callcontrol dial`` in real time, with keys from the keyboard."""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from queue import Empty, SimpleQueue
from select import select

from callcontrol._urls import shown_url
from callcontrol.cli.dial_display import SLOW, Screen
from callcontrol.cli.dial_keyboard import Keyboard
from callcontrol.cli.output import emit, say
from callcontrol.cli.server_options import Clients
from callcontrol.cli.signals import SelfPipe, Signals
from callcontrol.phone.call_log import CallLog, Phone, Trouble
from callcontrol.phone.call_request import CallRequest
from callcontrol.simulator.applications import Remote
from callcontrol.simulator.core.engine import DIGITS
from callcontrol.simulator.core.observations import Observation, Sent
from callcontrol.simulator.core.signals import NotSimulatedError
from callcontrol.simulator.errors import SimulatorError
from callcontrol.simulator.live import LiveSimulator
from callcontrol.simulator.simulator import Simulator

KEYS = (
    "0-9 * # A-D are typed; a answers, r refuses, b is busy, h hangs up; Tab changes phones; "
    "Ctrl-C hangs up and leaves"
)
KEYPAD = frozenset(digit for digit in DIGITS if not digit.islower())
RINGING_KEYS = "a answers, r refuses, b is busy"
LATE_CHECK = 0.25
"""Seconds between two checks for late replies."""
GRACE = 3.0
"""Seconds after the end of the call in which its last webhooks may still arrive."""
STAY = 60.0
"""Seconds of the call that the caller stays on after the end of standard input."""
END = "\x04"
_HEADING = "Clients reach the platform of this call with"
"""Ctrl-D."""


@dataclass(frozen=True, slots=True)
class DialPlatform:
    """The platform of a call, and how its clients reach it."""

    speed: float
    port: int | None
    """None if no client is expected."""
    clients: Clients
    as_json: bool = field(kw_only=True)

    def live(self, transport: Remote) -> LiveSimulator:
        """Return the simulator, in which phones ring until a key is pressed."""
        return LiveSimulator(
            speed=self.speed,
            port=self.port or 0,
            answer_after=None,
            simulator=Simulator(account=self.clients.account()),
            transport=transport,
        )

    def announce(self, simulator: Simulator) -> None:
        """Write where clients find the platform, if any are expected."""
        if self.port is None:
            return
        guide = replace(self.clients.guide(), heading=_HEADING)
        if self.as_json:
            emit({"kind": "ready", **guide.record(simulator)})
            return
        for line in guide.lines(simulator):
            say(line)


def talk(request: CallRequest, log: CallLog, screen: Screen, platform: DialPlatform) -> None:
    """Place the call, show it and carry out the keys that are typed until the call is over.

    :raises SimulatorError: for a call that cannot be placed.
    :raises KeyboardInterrupt: on the second Ctrl-C.
    """
    observations: SimpleQueue[Observation] = SimpleQueue()
    keyboard = Keyboard()
    transport = Remote(only=request.origins)
    live = platform.live(transport)
    with SelfPipe() as pipe, Signals(pipe) as signals:

        def observe(observation: Observation) -> None:
            observations.put(observation)
            pipe.wake()

        live.observers.append(observe)
        # The terminal is restored first, however long the rest takes.
        with live, keyboard:
            platform.announce(live.simulator)
            if keyboard.is_terminal:
                screen.note(KEYS)
            live.run(request.place)
            LiveCall(live, log, screen, platform.speed).run(observations, keyboard, pipe, signals)


class LiveCall:
    """A call under way, on the main thread only."""

    def __init__(self, live: LiveSimulator, log: CallLog, screen: Screen, speed: float) -> None:
        self._live = live
        self._log = log
        self._screen = screen
        self._stay = STAY / speed
        self._held: str | None = None
        """Call id of the phone that keys go to; None for that of the call itself."""
        self._hung_up = False
        self._deadline: float | None = None
        """When to leave, or to hang up if the call is still up; real time."""
        self._late: set[int] = set()
        self._actions: Mapping[str, Callable[[], None]] = {
            "a": lambda: self._ringing(live.answer),
            "r": lambda: self._ringing(live.decline),
            "b": lambda: self._ringing(live.busy),
            "h": self._hang_up_held,
            "\t": self._hold_next,
            "?": lambda: screen.note(KEYS),
            END: self._hang_up,
        }

    def run(
        self,
        observations: SimpleQueue[Observation],
        keyboard: Keyboard,
        pipe: SelfPipe,
        signals: Signals,
    ) -> None:
        """Show observations and carry out keys until the call and its webhooks are over."""
        while not self._is_over():
            files = keyboard.files
            ready, _, _ = select([pipe.reading, *files], [], [], LATE_CHECK)
            pipe.clear()
            self._show(observations)
            if signals.interrupted and not self._hung_up:
                self._hang_up()
            if any(file in ready for file in files):
                for key in keyboard.read():
                    self._type(key)
                if keyboard.is_over and self._deadline is None:
                    self._deadline = time.monotonic() + self._stay
            self._mention_late()
        self._show(observations)

    # --- what happens ---------------------------------------------------------------------

    def _show(self, observations: SimpleQueue[Observation]) -> None:
        with suppress(Empty):
            while True:
                observation = observations.get_nowait()
                was_up = not self._log.ended
                self._log.observe(observation)
                self._screen.show(observation)
                if was_up and self._log.ended:
                    self._deadline = time.monotonic() + GRACE
        held = self._log.phones.get(self._held or "")
        if held is not None and not held.is_up:
            self._hold(None)

    def _is_over(self) -> bool:
        """Whether the call has ended and its last webhooks have arrived or are too late."""
        late = self._deadline is not None and time.monotonic() >= self._deadline
        if self._log.ended:
            return late or not (self._log.waiting or self._log.recorded)
        if late and not self._hung_up:
            self._hang_up()
        return False

    def _mention_late(self) -> None:
        """Write a line for each reply that is late, once, while it is awaited."""
        for sent in self._log.waiting:
            if self._log.age(sent) >= SLOW and id(sent) not in self._late:
                self._late.add(id(sent))
                self._screen.note(_waiting_for(sent))

    # --- what is typed --------------------------------------------------------------------

    def _type(self, key: str) -> None:
        try:
            if key in self._actions:
                self._actions[key]()
            elif key in KEYPAD:
                self._press(key)
        except NotSimulatedError as error:
            self._log.troubles.append(Trouble(str(error)))
        except SimulatorError as error:
            self._screen.note(str(error).partition(": ")[2])

    def _press(self, key: str) -> None:
        phone = self._phone
        if phone is not None:
            self._live.press(phone.call_id, key)

    @property
    def _phone(self) -> Phone | None:
        """The phone that is held."""
        return self._log.phones.get(self._held or "") or self._log.own

    def _ringing(self, action: Callable[[str], None]) -> None:
        held = self._phone
        phone = held if held is not None and held.rings else self._log.ringing
        if phone is None:
            self._screen.note("no phone rings")
        else:
            action(phone.call_id)

    def _hold_next(self) -> None:
        """Hold the next phone whose call is up."""
        up = [phone for phone in self._log.phones.values() if phone.is_up]
        if len(up) < 2:  # noqa: PLR2004 - nothing to choose from
            self._screen.note("there is no other phone")
            return
        held = self._phone
        place = up.index(held) if held in up else -1
        self._hold(up[(place + 1) % len(up)])

    def _hold(self, phone: Phone | None) -> None:
        self._held = None if phone is None else phone.call_id
        now = self._phone
        if now is not None and now.is_up:
            self._screen.note(f"keys go to the phone of {now.number}")

    def _hang_up_held(self) -> None:
        if self._phone is self._log.own:
            self._hang_up()
        elif self._phone is not None:
            self._end(self._phone)

    def _hang_up(self) -> None:
        """Hang up the call, once; a second Ctrl-C leaves instead."""
        self._hung_up = True
        own = self._log.own
        if own is not None and own.is_up:
            with suppress(SimulatorError):  # it has just ended by itself
                self._end(own)

    def _end(self, phone: Phone) -> None:
        (self._live.decline if phone.rings else self._live.hang_up)(phone.call_id)


def _waiting_for(sent: Sent) -> str:
    where = f"{sent.event.event_type} from {shown_url(sent.url)}"
    return f"waiting for the reply to {where} for {SLOW:g} s"
