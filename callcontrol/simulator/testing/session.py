"""The engine of a test, with its applications and observations."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from callcontrol.simulator.applications import ApplicationTarget, Router, transport_for
from callcontrol.simulator.applications.call_scripts import forget_calls
from callcontrol.simulator.core.calls import Call
from callcontrol.simulator.core.engine import Engine
from callcontrol.simulator.core.observations import Observation, Played, Pressed, Said, Spoke
from callcontrol.simulator.core.platform import Platform
from callcontrol.simulator.core.signals import Key, SpeechHeard
from callcontrol.simulator.core.verbs.conference import Conference
from callcontrol.simulator.errors import SimulatorError
from callcontrol.simulator.testing.phone_call import PhoneCall

_BASE_URL = "http://application.test/"
_ANY_INPUT = (Key("1"), SpeechHeard("hello", 1))


class TestSession:
    """Runs the calls of one platform for a test; see ``phone_call.PhoneSession``.

    ``patience`` is how many seconds of virtual time may pass without a further action.
    """

    def __init__(self, platform: Platform, router: Router, patience: float) -> None:
        self.engine = Engine(platform, router, router.loop)
        self.engine.observers.append(self._observe)
        self.updates = 0
        """REST requests so far; each counts as an action."""
        self._platform = platform
        self._router = router
        self._patience = timedelta(seconds=patience)
        self._until = self.engine.now
        self._updates_run = 0
        self._seen: dict[str, list[Observation]] = defaultdict(list)
        self._sound_ends: dict[str, datetime] = {}
        self._phones: dict[str, PhoneCall] = {}
        self._homes: list[tuple[ApplicationTarget, str]] = []

    # --- applications ---------------------------------------------------------------------

    def home_of(self, target: ApplicationTarget, base_url: str | None) -> str:
        """Mount an application, if it is not mounted, and return its base URL."""
        for known, home in self._homes:
            if known is target and base_url in (None, home):
                return home
        home = base_url or (target if isinstance(target, str) else self._new_url())
        forget_calls(target)
        self._router.mount(home, transport_for(target, self._router.loop))
        self._homes.append((target, home))
        return home

    def _new_url(self) -> str:
        number = len(self._homes) + 1
        return _BASE_URL if number == 1 else f"http://application-{number}.test/"

    # --- phones ---------------------------------------------------------------------------

    def seen(self, call_id: str) -> Sequence[Observation]:
        """Return the observations of a leg so far, oldest first."""
        return self._seen[call_id]

    def record(self, call_id: str) -> Call:
        """Return the current state of the call."""
        with self._platform.lock:
            call = self._platform.calls.get(call_id)
        if call is None:
            raise SimulatorError(f"phone_call: expected the id of a call, got {call_id!r}")
        return call

    def phone_call(self, call_id: str) -> PhoneCall:
        """Return the phone of a leg, the same one each time."""
        self.record(call_id)
        if call_id not in self._phones:
            self._phones[call_id] = PhoneCall(self, call_id)
        return self._phones[call_id]

    @property
    def phones(self) -> Sequence[PhoneCall]:
        """Every phone that a test has used, in that order."""
        return tuple(self._phones.values())

    def record_action(self, *, run: bool = True) -> None:
        """Record a caller action; ``run=False`` keeps virtual time still afterwards."""
        self._updates_run = self.updates
        self._until = self.engine.now + self._patience if run else self.engine.now

    def run(self, call_id: str) -> None:
        """Let time pass until the leg waits for an action, within the limit of the last action."""
        if self.updates != self._updates_run:
            self.record_action()
        limit = max(self._until - self.engine.now, timedelta()).total_seconds()
        self.engine.run_until(lambda: self.is_idle(call_id), limit)

    def is_idle(self, call_id: str) -> bool:
        """Whether a leg waits for a key, speech, an answer or its peer, or has ended."""
        leg = self.engine.legs.get(call_id)
        if leg is None:
            return True
        room = self._room_of(call_id)
        if room is not None and room.is_busy:
            return False
        ends = self._sound_ends.get(call_id)
        audible = ends is not None and ends > self.engine.now
        listens = any(map(leg.wants, _ANY_INPUT))
        # No further input follows what a Gather has: it goes on by itself.
        return leg.waits_indefinitely or (listens and not audible and not leg.collecting)

    def _room_of(self, call_id: str) -> Conference | None:
        rooms = self.engine.conferences.values()
        return next((room for room in rooms if call_id in room.members), None)

    def _observe(self, seen: Observation) -> None:
        self._store(seen)
        if isinstance(seen, Spoke | Played) and seen.source == "conference":
            for room in self.engine.conferences.values():
                for leg_id in room.listeners if room.id == seen.call_id else ():
                    self._store(replace(seen, call_id=leg_id))

    def _store(self, seen: Observation) -> None:
        self._seen[seen.call_id].append(seen)
        if isinstance(seen, Spoke | Played):
            self._sound_ends[seen.call_id] = seen.at + timedelta(seconds=seen.seconds)
        elif isinstance(seen, Pressed | Said) and seen.taken and self._stops_prompts(seen):
            self._sound_ends.pop(seen.call_id, None)

    def _stops_prompts(self, seen: Pressed | Said) -> bool:
        """Return whether the running verb takes the input; machine detection listens as well."""
        leg = self.engine.legs.get(seen.call_id)
        return isinstance(seen, Pressed) or (leg is not None and leg.wants(_ANY_INPUT[1]))
