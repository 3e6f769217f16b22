"""What can be seen and heard of one leg of a call, as a test asks for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from bxml._wording import visible_lines, visible_text
from callcontrol.events import Event
from callcontrol.simulator.core.calls import Call, DisconnectCause, State
from callcontrol.simulator.core.engine import Engine
from callcontrol.simulator.core.observations import (
    Joined,
    Observation,
    Played,
    Recorded,
    Sent,
    Spoke,
)
from callcontrol.simulator.core.wav import Recording
from callcontrol.simulator.errors import SimulatorError, expect_kind
from callcontrol.simulator.testing.timeline import rendered

T = TypeVar("T", bound=Observation)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a question about a call found: true or false, and why, for a failed assertion."""

    holds: bool
    text: str

    def __bool__(self) -> bool:
        return self.holds

    def __repr__(self) -> str:
        return visible_lines(f"<{self.text}>")


class ObservedCalls(Protocol):
    """The calls of one simulator and what was observed on them."""

    @property
    def engine(self) -> Engine:
        """The engine that runs the calls."""
        ...

    def seen(self, call_id: str) -> Sequence[Observation]:
        """Return what was observed on a leg so far, oldest first."""
        ...

    def run(self, call_id: str) -> None:
        """Let time pass until the leg needs somebody, as far as the last action allows."""
        ...

    def record(self, call_id: str) -> Call:
        """Return the call as it stands."""
        ...


class CallView:
    """Looks at one leg of a call.

    Whatever looks first lets the time pass that the last action allows, so that a document pushed
    over REST is heard.
    """

    def __init__(self, calls: ObservedCalls, call_id: str) -> None:
        self._calls = calls
        self._engine = calls.engine
        self._mark = 0
        self.call_id = call_id
        """Id of the leg, for the client."""

    def __repr__(self) -> str:
        call = self._calls.record(self.call_id)
        cause = f" ({call.disconnect_cause})" if call.disconnect_cause else ""
        parties = f"{call.from_} to {call.to}"
        return visible_text(f"<call {self.call_id[:10]} {parties}, {call.state}{cause}>")

    # --- hearing --------------------------------------------------------------------------

    def hears(self, text: str) -> Finding:
        """Whether the person has heard ``text`` since the last thing that the person did.

        Case and white space do not count; a part of what was said is enough. SSML is heard as
        the words that it stands for.
        """
        expect_kind("hears.text", text, str, "words to listen for")
        if not _flat(text):
            raise SimulatorError(f"hears.text: expected words to listen for, got {text!r}")
        heard = self.heard
        if _flat(text) in _flat(" ".join(heard)):
            return Finding(holds=True, text=f'heard "{text}"')
        return Finding(holds=False, text=f'did not hear "{text}" but {_quoted(heard)}')

    def hears_audio(self, url: str) -> Finding:
        """Whether a file has begun to play whose URL ends in ``url``."""
        expect_kind("hears_audio.url", url, str, "the end of a URL")
        played = [each.url for each in self._window(Played)]
        if url and any(each.endswith(url) for each in played):
            return Finding(holds=True, text=f"heard {url}")
        return Finding(holds=False, text=f"did not hear {url} but {', '.join(played) or 'no file'}")

    def hears_person(self, other: "CallView") -> Finding:
        """Whether what the person on another leg says reaches this one, as things stand.

        Through a Transfer, Forward or Bridge that joined the two, or a conference unless mute,
        hold or coaching keeps them apart.
        """
        expect_kind("hears_person.other", other, CallView, "the phone of another leg")
        holds = self._is_joined_to(other.call_id) or self._meets(other.call_id)
        return Finding(holds=holds, text=f"{'hears' if holds else 'does not hear'} {other!r}")

    def _is_joined_to(self, other_id: str) -> bool:
        met = [each for each in self._all(Joined) if each.other_id == other_id]
        return bool(met) and met[-1].together

    def _meets(self, other_id: str) -> bool:
        both = {self.call_id, other_id}
        rooms = self._engine.conferences.values()
        return any(
            both <= room.members.keys() and room.hears(self.call_id, other_id) for room in rooms
        )

    @property
    def says_nothing(self) -> Finding:
        """Whether neither speech nor audio has begun since the last thing that the person did."""
        heard = self.heard + tuple(each.url for each in self._window(Played))
        return Finding(holds=not heard, text=f"heard {_quoted(heard)}")

    @property
    def heard(self) -> tuple[str, ...]:
        """What was spoken to the person since the last thing that the person did."""
        return tuple(each.text for each in self._window(Spoke))

    @property
    def transcript(self) -> tuple[str, ...]:
        """What was spoken to the person during the whole call."""
        return tuple(each.text for each in self._all(Spoke))

    # --- looking --------------------------------------------------------------------------

    @property
    def record(self) -> Call:
        """The call as it stands, with numbers, times, cause and error message."""
        self._look()
        return self._calls.record(self.call_id)

    @property
    def state(self) -> State:
        """queued, initiated, answered or disconnected."""
        return self.record.state

    @property
    def ended(self) -> Finding:
        """Whether the call is over; a finding, so that it says why when an assertion fails."""
        call = self.record  # not a bool: type checkers would take a later look for the same
        over = call.state == "disconnected"
        return Finding(holds=over, text=f"ended: {call.disconnect_cause}" if over else call.state)

    @property
    def cause(self) -> DisconnectCause | None:
        """Why the call ended; None while it is up."""
        return self.record.disconnect_cause

    @property
    def tag(self) -> str | None:
        """The tag in force."""
        return self.record.tag

    @property
    def events(self) -> tuple[Event, ...]:
        """Every webhook about this leg, in the order in which they went out."""
        return tuple(each.event for each in self._all(Sent))

    @property
    def recordings(self) -> tuple[Recording, ...]:
        """Every recording that was begun on this leg, oldest first."""
        now = self._engine.now
        found: dict[str, Recording] = {}
        began: dict[str, datetime | None] = {}
        for each in self._all(Recorded):
            runs = each.change in ("started", "resumed")
            began[each.recording_id] = each.at if runs else None
            made = self._engine.recordings.get(each.recording_id)
            found[each.recording_id] = Recording(
                each.recording_id,
                each.seconds,
                complete=each.change == "stopped",
                channels=1 if made is None else made.channels,
            )
        return tuple(_grown(item, began[item.recording_id], now) for item in found.values())

    @property
    def timeline(self) -> str:
        """What was heard, pressed, sent and fetched: a line each, with seconds since the start."""
        self._look()
        return self.history

    @property
    def history(self) -> str:
        """The timeline up to now; unlike ``timeline`` it lets no time pass."""
        return rendered(self._calls.seen(self.call_id))

    def _look(self) -> None:
        self._calls.run(self.call_id)

    def _all(self, kind: type[T]) -> list[T]:
        self._look()
        return [
            observation
            for observation in self._calls.seen(self.call_id)
            if isinstance(observation, kind)
        ]

    def _window(self, kind: type[T]) -> list[T]:
        self._look()
        seen = self._calls.seen(self.call_id)[self._mark :]
        return [observation for observation in seen if isinstance(observation, kind)]


def _flat(text: str) -> str:
    return " ".join(text.casefold().split())


def _quoted(heard: Sequence[str]) -> str:
    return ", ".join(f'"{text}"' for text in heard) or "nothing"


def _grown(recording: Recording, began: datetime | None, now: datetime) -> Recording:
    """Return a recording with what was added since it last changed."""
    if began is None or recording.complete:
        return recording
    seconds = recording.seconds + (now - began).total_seconds()
    return Recording(recording.recording_id, seconds, complete=False)
