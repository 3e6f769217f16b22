"""A leg: one call as the engine runs it, with what goes on in the background."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from callcontrol.simulator.core.calls import Call, DisconnectCause
from callcontrol.simulator.core.observations import Pressed, Said, Warned
from callcontrol.simulator.core.scheduler import Actor, Scheduler
from callcontrol.simulator.core.script import ContextId, FetchedDocument
from callcontrol.simulator.core.signals import Key, Signal, SpeechHeard
from callcontrol.simulator.core.webhooks import Target

MAX_EARLY = 50
"""Early keys that are kept: as many as a Gather can take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceApplication:
    """Where the webhooks of inbound calls go: the settings of a voice application.

    Vendor page: https://dev.bandwidth.com/docs/account/applications
    """

    initiated: Target
    """Receives initiate; its credentials serve ``status`` too unless that has its own."""
    initiated_fallback: Target | None = None
    status: Target | None = None
    """Receives disconnect; None sends none."""
    callback_timeout: float = 15.0
    """Seconds to wait for replies, 1 to 25."""
    application_id: str = "simulator-application"


Ending = Literal["over", "interrupted"]
"""Why a leg stops what it does: the call is over, or it is to run something else."""


class Peer(Protocol):
    """Someone who has to know when a leg leaves what joins the two: a bridge or a transfer."""

    def left(self, leg: "Leg", ending: Ending) -> None:
        """Take note that ``leg`` is gone or goes its own way."""
        ...

    def picked_up(self, leg: "Leg") -> None:
        """Take note that ``leg``, which was being dialled, has been answered."""
        ...

    def ready(self, leg: "Leg") -> None:
        """Take note that ``leg`` has run out of the document it had to run alone."""
        ...


class KeyListener(Protocol):
    """What StartGather leaves on a leg."""

    def report(self, leg: "Leg", digit: str) -> None:
        """Report a key that no verb takes."""
        ...


class RunningRecording(Protocol):
    """What StartRecording leaves on a leg."""

    def pause(self) -> None:
        """Stop counting."""
        ...

    def resume(self) -> None:
        """Go on counting."""
        ...

    def stop(self) -> object:
        """End the recording."""
        ...


class RunningMedia(Protocol):
    """What StartStream and StartTranscription leave on a leg."""

    @property
    def kind(self) -> str:
        """Return ``stream`` or ``transcription``."""
        ...

    @property
    def name(self) -> str:
        """Return the name of the verb, or the id if it has none."""
        ...

    @property
    def tracks(self) -> tuple[str, ...]:
        """Return the tracks that it takes up."""
        ...

    def close(self, leg: "Leg") -> None:
        """End it."""
        ...

    def as_original(self) -> Mapping[str, object]:
        """Return the field of an event that refuses a second one of the same name."""
        ...


class LegDirectory(Protocol):
    """Where the verbs of a leg find other legs, and enter those that they dial."""

    def get(self, call_id: str) -> "Leg | None":
        """Return the leg of a call that is up, None if there is none."""
        ...

    def add(self, leg: "Leg") -> "Leg":
        """Enter a new leg."""
        ...

    def dialled(self, call: Call) -> None:
        """Report an outbound call that is being dialled."""
        ...


class Leg(Actor):
    """One call, from its first webhook or dialling to its end."""

    context: ContextId = "call-webhook-reply"
    """Where its documents are used; second legs run the reply to transferAnswer first."""
    final: Call | None = None
    """The call as it ended; None while it is up."""
    disconnect: Target | None = None
    """Where the end of the leg is reported; None reports it nowhere."""
    sip_response_code: int | None = None
    gathering = False
    """Whether a Gather takes the keys, so that StartGather reports none."""
    keys: "KeyListener | None" = None
    recorder: "RunningRecording | None" = None
    peer: Peer | None = None
    """Who has to know when the leg leaves: a Transfer, or the Bridge it is the target of."""
    bridged = False
    """Whether it is in a Bridge, as runner or as target."""
    fetched: tuple[datetime | None, int] = (None, 0)
    """When the last document came, and how many came at that instant."""
    last_url: str | None = None
    """Where the last document that was fetched came from."""
    script: FetchedDocument | None = None
    """The document that it runs or ran last."""
    position: int = 0
    """Which verb of ``script`` runs or ran last, from 0."""
    legs: "LegDirectory"
    """Where legs are found by call id; set when the leg is entered there."""

    def __init__(
        self,
        scheduler: Scheduler,
        call: Call,
        kind: Literal["call", "transfer", "forward"] = "call",
        parent: "Leg | None" = None,
    ) -> None:
        super().__init__(scheduler, call.call_id)
        self.kind = kind
        """A call of its own, or the second leg of a Transfer or Forward."""
        self.parent = parent
        self.media_streams: dict[tuple[str, str], RunningMedia] = {}
        """Streams and transcriptions by kind and name."""
        self.early: deque[str] = deque(maxlen=MAX_EARLY)
        """Keys that nobody took, kept for the next Gather if the option says so."""
        self.listeners: list[Callable[[Signal], bool]] = []
        """Machine detection listens here."""

    @property
    def call(self) -> Call:
        """The call as it stands, or as it ended."""
        if self.final is not None:
            return self.final
        call = self.scheduler.calls.get(self.id)
        assert call is not None  # noqa: S101 - a call that is up is known
        return call

    @property
    def is_up(self) -> bool:
        """Whether the call has not ended."""
        return self.final is None

    def answer(self) -> None:
        """Answer an inbound call that is not answered yet (rules C2, C5)."""
        call = self.call
        if call.direction == "inbound" and call.state == "initiated":
            self.scheduler.calls.answer(self.id)

    def end(self, cause: DisconnectCause, message: str | None = None) -> None:
        """End the call, unless it has ended already."""
        if self.is_up:
            self.scheduler.calls.end(self.id, cause, message)

    def set_tag(self, tag: str | None) -> None:
        """Set the tag, or clear it with an empty text; None leaves it as it is (rules P1 to P3)."""
        if tag is not None and self.is_up:
            self.scheduler.calls.set_tag(self.id, tag)

    def warn(self, text: str) -> None:
        """Tell observers what will not work as it was probably meant."""
        self.scheduler.observe(Warned(at=self.scheduler.now, call_id=self.id, text=text))

    def leave(self, ending: Ending) -> None:
        """Stop what the leg does and tell whoever it is joined with (U8, U9, H1, H2)."""
        self.stop()
        peer, self.peer = self.peer, None
        if peer is not None:
            peer.left(self, ending)

    def close_background(self) -> None:
        """End what goes on in the background of a call that is over (R9, S4, S5, H3)."""
        for feed in tuple(self.media_streams.values()):
            feed.close(self)
        if self.recorder is not None:
            self.recorder.stop()

    def on_key(self, digit: str) -> None:
        """Hand a key to the verb that waits for it and to StartGather (G10, G12, G13)."""
        if not self.is_up:
            return
        reported = self.keys is not None and not self.gathering
        if self.keys is not None and reported:
            self.keys.report(self, digit)
        key = Key(digit)
        taken = self.wants(key)
        self.scheduler.observe(
            Pressed(at=self.scheduler.now, call_id=self.id, digit=digit, taken=taken or reported)
        )
        if not taken and self.scheduler.assumptions.early_keys == "kept":
            self.early.append(digit)
        self.receive(key)

    def on_speech(self, signal: Signal) -> None:
        """Hand speech or a tone to whoever listens."""
        if not self.is_up:
            return
        taken = self.wants(signal)
        for ear in tuple(self.listeners):
            taken = ear(signal) or taken
        if isinstance(signal, SpeechHeard):
            self.scheduler.observe(
                Said(
                    at=self.scheduler.now,
                    call_id=self.id,
                    text=signal.text,
                    seconds=signal.seconds,
                    taken=taken,
                )
            )
        self.receive(signal)


def order_target(order: Mapping[str, object], prefix: str, fallback: str = "") -> Target | None:
    """Return an address of a judged REST body by the first part of its names."""
    url = order.get(f"{prefix}Url")
    if url is None:
        return None
    username, password = (
        order.get(_name(fallback, "username")),
        order.get(_name(fallback, "password")),
    )
    return Target(
        url=str(url),
        method="GET" if order.get(f"{prefix}Method") == "GET" else "POST",
        username=None if username is None else str(username),
        password=None if password is None else str(password),
    )


def _name(prefix: str, name: str) -> str:
    return f"{prefix}{name.capitalize()}" if prefix else name
