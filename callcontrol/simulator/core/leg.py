"""A leg: one call as the engine runs it, with its background streams and recordings."""

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
"""Why a leg stops its routine: the call has ended, or it runs another document."""


class Peer(Protocol):
    """A bridge or transfer that joins a leg to another one."""

    def on_leave(self, leg: "Leg", ending: Ending) -> None:
        """Handle that ``leg`` has ended or runs another document."""
        ...

    def on_answer(self, leg: "Leg") -> None:
        """Handle that ``leg``, which was being dialled, is answered."""
        ...

    def on_document_end(self, leg: "Leg") -> None:
        """Handle the end of the document that ``leg`` runs alone."""
        ...


class KeyListener(Protocol):
    """The running StartGather of a leg."""

    def report(self, leg: "Leg", digit: str) -> None:
        """Report a key outside of a Gather."""
        ...


class RunningRecording(Protocol):
    """The running StartRecording of a leg."""

    def pause(self) -> None:
        """Pause the recording."""
        ...

    def resume(self) -> None:
        """Continue the recording."""
        ...

    def stop(self) -> object:
        """End the recording."""
        ...


class RunningMedia(Protocol):
    """A running stream or transcription of a leg."""

    @property
    def kind(self) -> str:
        """Return ``stream`` or ``transcription``."""
        ...

    @property
    def name(self) -> str:
        """Return the name of the verb, or the id if it has none."""
        ...

    @property
    def is_bidirectional(self) -> bool:
        """Return whether the far end of the stream may speak on the call."""
        ...

    @property
    def tracks(self) -> tuple[str, ...]:
        """Return its tracks."""
        ...

    def close(self, leg: "Leg") -> None:
        """End it."""
        ...

    def as_original(self) -> Mapping[str, object]:
        """Return its field in the event that rejects a second one of the same name."""
        ...


class LegDirectory(Protocol):
    """Where the verbs of a leg find other legs, and register those that they dial."""

    def get(self, call_id: str) -> "Leg | None":
        """Return the leg of a call that is up, None if there is none."""
        ...

    def add(self, leg: "Leg") -> "Leg":
        """Register a new leg."""
        ...

    def dialled(self, call: Call) -> None:
        """Report an outbound call that is being dialled."""
        ...


class Leg(Actor):
    """One call, from its first webhook or dialling to its end."""

    context: ContextId = "call-webhook-reply"
    """Where its documents are used; second legs run the reply to transferAnswer first."""
    final: Call | None = None
    """The last state of the call; None while it is up."""
    disconnect: Target | None = None
    """Where the end of the leg is reported; None reports it nowhere."""
    sip_response_code: int | None = None
    gathering = False
    """Whether a Gather is running, so that StartGather reports no keys."""
    collecting = False
    """Whether that Gather has some input, and waits for more or for its end."""
    keys: "KeyListener | None" = None
    recorder: "RunningRecording | None" = None
    peer: Peer | None = None
    """The Transfer that dialled the leg, or the Bridge that it is the target of."""
    bridged = False
    """Whether it is in a Bridge, as runner or as target."""
    fetched: tuple[datetime | None, int, tuple[str, ...]] = (None, 0, ())
    """When the last document came, how many came at that instant, and from which URLs."""
    last_url: str | None = None
    """Where the last document that was fetched came from."""
    script: FetchedDocument | None = None
    """The document that it runs or ran last."""
    position: int = 0
    """Which verb of ``script`` runs or ran last, from 0."""
    legs: "LegDirectory"
    """Where legs are found by call id; set when the leg is registered there."""

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
        """Keys that no verb took, kept for the next Gather if ``early_keys`` is "kept"."""
        self.noted: set[str] = set()
        """Remarks that are made once a leg."""
        self.listeners: list[Callable[[Signal], bool]] = []
        """Called with speech and tones, for machine detection."""

    @property
    def call(self) -> Call:
        """The current state of the call, or its last one."""
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
        """Report something that will probably not work as intended."""
        self.scheduler.observe(Warned(at=self.scheduler.now, call_id=self.id, text=text))

    def leave(self, ending: Ending) -> None:
        """Stop the routine of the leg and notify its peer (U8, U9, H1, H2)."""
        self.stop()
        peer, self.peer = self.peer, None
        if peer is not None:
            peer.on_leave(self, ending)

    def close_background(self) -> None:
        """End the recording, streams and transcriptions of an ended call (R9, S4, S5, H3)."""
        for media_stream in tuple(self.media_streams.values()):
            media_stream.close(self)
        if self.recorder is not None:
            self.recorder.stop()

    def on_key(self, digit: str) -> None:
        """Pass a key to the verb that waits for it and to StartGather (G10, G12, G13)."""
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
        """Pass speech or a tone to the running verb and to machine detection."""
        if not self.is_up:
            return
        taken = self.wants(signal)
        for listener in tuple(self.listeners):
            taken = listener(signal) or taken
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


def request_target(order: Mapping[str, object], prefix: str, fallback: str = "") -> Target | None:
    """Return a URL of a validated REST body with method and credentials, None if absent."""
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
