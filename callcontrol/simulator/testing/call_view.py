"""Questions about one leg of a call, for tests."""

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
from callcontrol.simulator.testing.timeline import number_of, rendered, shortened

T = TypeVar("T", bound=Observation)


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer to a question about a call, with the reason for a failed assertion."""

    holds: bool
    text: str

    def __bool__(self) -> bool:
        return self.holds

    def __repr__(self) -> str:
        return visible_lines(f"<{self.text}>")


class ObservedCalls(Protocol):
    """The calls of one simulator and their observations."""

    @property
    def engine(self) -> Engine:
        """The engine that runs the calls."""
        ...

    def seen(self, call_id: str) -> Sequence[Observation]:
        """Return the observations of a leg so far, oldest first."""
        ...

    def run(self, call_id: str) -> None:
        """Let time pass until the leg waits for an action, within the limit of the last action."""
        ...

    def record(self, call_id: str) -> Call:
        """Return the current state of the call."""
        ...


class CallView:
    """Shows one leg of a call.

    Every property and question first lets time pass within the limit of the last action, so that
    a document pushed over REST is heard.
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

    # --- speech and audio -----------------------------------------------------------------

    def hears(self, text: str) -> Finding:
        """Whether ``text`` was spoken to the caller since the last action.

        Case and white space are ignored; a part of the spoken text is enough. SSML is compared as
        its words.
        """
        expect_kind("hears.text", text, str, "words to listen for")
        if not normalized(text):
            raise SimulatorError(f"hears.text: expected words to listen for, got {text!r}")
        heard = self.heard
        if normalized(text) in normalized(" ".join(heard)):
            return Finding(holds=True, text=f'heard "{text}"')
        return Finding(holds=False, text=f'did not hear "{text}" but {_quoted(heard)}')

    def hears_audio(self, url: str) -> Finding:
        """Whether a file whose URL ends in ``url`` started to play since the last action."""
        expect_kind("hears_audio.url", url, str, "the end of a URL")
        played = [audio.url for audio in self._since_last_action(Played)]
        if url and any(address.endswith(url) for address in played):
            return Finding(holds=True, text=f"heard {url}")
        return Finding(holds=False, text=f"did not hear {url} but {', '.join(played) or 'no file'}")

    def hears_person(self, other: "CallView") -> Finding:
        """Whether this leg hears the caller on another leg at this moment.

        Through a Transfer, Forward or Bridge that joined the two, or a conference unless mute,
        hold or coaching prevents it.
        """
        expect_kind("hears_person.other", other, CallView, "the phone of another leg")
        holds = self._is_joined_to(other.call_id) or self._is_in_conference_with(other.call_id)
        return Finding(holds=holds, text=f"{'hears' if holds else 'does not hear'} {other!r}")

    def _is_joined_to(self, other_id: str) -> bool:
        joins = [joined for joined in self._all(Joined) if joined.other_id == other_id]
        return bool(joins) and joins[-1].together

    def _is_in_conference_with(self, other_id: str) -> bool:
        both = {self.call_id, other_id}
        rooms = self._engine.conferences.values()
        return any(
            both <= room.members.keys() and room.hears(self.call_id, other_id) for room in rooms
        )

    @property
    def says_nothing(self) -> Finding:
        """Whether neither speech nor audio started since the last action."""
        heard = self.heard + tuple(audio.url for audio in self._since_last_action(Played))
        return Finding(holds=not heard, text=f"heard {_quoted(heard)}")

    @property
    def heard(self) -> tuple[str, ...]:
        """The texts spoken to the caller since the last action."""
        return tuple(speech.text for speech in self._since_last_action(Spoke))

    @property
    def transcript(self) -> tuple[str, ...]:
        """The texts spoken to the caller during the whole call."""
        return tuple(speech.text for speech in self._all(Spoke))

    # --- state and history ----------------------------------------------------------------

    @property
    def record(self) -> Call:
        """The current state of the call, with numbers, times, cause and error message."""
        self._run()
        return self._calls.record(self.call_id)

    @property
    def state(self) -> State:
        """queued, initiated, answered or disconnected."""
        return self.record.state

    @property
    def ended(self) -> Finding:
        """Whether the call has ended; a finding, which shows the cause when an assertion fails."""
        call = self.record  # not a bool: type checkers would assume that it stays the same
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
        """Every webhook about this leg, in the order in which they were sent."""
        return tuple(sent.event for sent in self._all(Sent))

    @property
    def recordings(self) -> tuple[Recording, ...]:
        """Every recording that started on this leg, oldest first."""
        now = self._engine.now
        found: dict[str, Recording] = {}
        began: dict[str, datetime | None] = {}
        for change in self._all(Recorded):
            runs = change.change in ("started", "resumed")
            began[change.recording_id] = change.at if runs else None
            finished = self._engine.recordings.get(change.recording_id)
            found[change.recording_id] = Recording(
                change.recording_id,
                change.seconds,
                complete=change.change == "stopped",
                channels=1 if finished is None else finished.channels,
            )
        return tuple(
            _with_current_length(item, began[item.recording_id], now) for item in found.values()
        )

    @property
    def timeline(self) -> str:
        """Speech, keys, webhooks and replies: a line each, with seconds since the start."""
        self._run()
        return self.history

    @property
    def history(self) -> str:
        """The timeline up to now; unlike ``timeline`` it does not let time pass."""
        return rendered(self._calls.seen(self.call_id), self._number_of)

    def _number_of(self, call_id: str) -> str:
        """Return the number of the person on another leg."""
        try:
            return number_of(self._calls.record(call_id))
        except SimulatorError:  # it is too old to be kept
            return shortened(call_id)

    def _run(self) -> None:
        self._calls.run(self.call_id)

    def _all(self, kind: type[T]) -> list[T]:
        self._run()
        return [
            observation
            for observation in self._calls.seen(self.call_id)
            if isinstance(observation, kind)
        ]

    def _since_last_action(self, kind: type[T]) -> list[T]:
        self._run()
        seen = self._calls.seen(self.call_id)[self._mark :]
        return [observation for observation in seen if isinstance(observation, kind)]


def normalized(text: str) -> str:
    """Return a text in one case with single spaces, as texts are compared."""
    return " ".join(text.casefold().split())


def _quoted(heard: Sequence[str]) -> str:
    return ", ".join(f'"{text}"' for text in heard) or "nothing"


def _with_current_length(recording: Recording, began: datetime | None, now: datetime) -> Recording:
    """Return a recording with its current length."""
    if began is None or recording.complete:
        return recording
    seconds = recording.seconds + (now - began).total_seconds()
    return Recording(recording.recording_id, seconds, complete=False)
