"""Values that a journal of call scripts keeps: runs, their entries, messages for them, settings.

Values are immutable and made of text and numbers, so that each store maps them to rows or keys of
its own. Times are seconds since 1970 (UTC). Values of the application are JSON text here: a journal
never interprets them.
"""

from dataclasses import dataclass
from typing import Literal

RunState = Literal["running", "ended", "failed"]
EntryKind = Literal["asked", "event", "result", "reply", "note"]
MessageKind = Literal["signal", "event"]


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of a script, from the first webhook or ``start`` to its end.

    ``run_id`` is the call id of an inbound call, an id of our own for an outbound one. ``key`` is
    the user's key of an outbound call: at most one run of a script has it. ``waiting_for`` is the
    name of the signal or kind of event that the current await waits for, with ``waiting_since``.
    ``pushing`` names the step whose document is being sent to the live call. ``numbers`` are the
    telephone numbers of the call (``forget`` finds a person by them).
    """

    run_id: str
    script: str
    version: str
    created_at: float
    updated_at: float
    state: RunState = "running"
    key: str = ""
    call_id: str = ""
    numbers: tuple[str, ...] = ()
    arguments: str = "{}"
    waiting_for: tuple[str, ...] = ()
    waiting_since: float = 0.0
    pushing: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One fact about a step of a run; its key is (run, leg, step, kind, index).

    ``leg`` is empty for the call itself and names the callee's leg for a whisper. Kinds: ``asked``
    (the await that the step waits with, as its fingerprint), ``event`` (what resolved the step),
    ``result`` (the result of the ``index``-th ``run`` within the step), ``reply`` (the document
    given to the webhook that resolved the step), ``note`` (for people: a traceback, a divergence).
    """

    leg: str
    step: int
    kind: EntryKind
    index: int
    value: str


@dataclass(frozen=True, slots=True)
class Route:
    """A call id, and the run and leg that its webhooks belong to."""

    call_id: str
    run_id: str
    leg: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """A signal or an event that waits in the inbox of a run until the run takes it.

    ``message_id`` is unique in the run: of two messages with the same id only the first is kept (an
    event that the platform sends twice has the digest of its body as its id).
    """

    message_id: str
    run_id: str
    kind: MessageKind
    name: str
    value: str
    created_at: float


@dataclass(frozen=True, slots=True)
class Changes:
    """The parts of one commit: all of them are written or nothing.

    ``run`` replaces the run; ``taken`` are ids of messages that leave the inbox.
    """

    entries: tuple[Entry, ...] = ()
    run: Run | None = None
    routes: tuple[Route, ...] = ()
    taken: tuple[str, ...] = ()
