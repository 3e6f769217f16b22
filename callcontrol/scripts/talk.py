"""The result of a Transfer."""

from dataclasses import dataclass
from typing import Generic, Literal, TypeVar, cast

from callcontrol.events import TransferCompleteEvent, parse_event
from callcontrol.scripts.resolutions import Resolution

V_co = TypeVar("V_co", covariant=True)

TalkOutcome = Literal["talked", "refused", "left", "unanswered", "busy", "rejected", "failed"]
_OUTCOMES: dict[str, TalkOutcome] = {
    "hangup": "talked",
    "busy": "busy",
    "timeout": "unanswered",
    "cancel": "unanswered",
    "rejected": "rejected",
}


@dataclass(frozen=True, slots=True)
class Talk(Generic[V_co]):
    """The end of a Transfer, while the caller is still there.

    Bandwidth sends the cause ``hangup`` after a conversation, but also if the callee refused it in
    the whisper, so ask ``outcome``.
    """

    event: TransferCompleteEvent
    """The webhook."""
    outcome: TalkOutcome
    """``talked``: both parties were connected. ``refused``: the whisper called ``refuse``.
    ``left``: the callee hung up during the whisper. ``unanswered``, ``busy``, ``rejected``: as they
    say. ``failed``: for another reason, see ``event.cause``."""
    value: V_co
    """The result of the whisper; None without one."""
    seconds: float | None
    """Seconds for which the parties were connected; None if that is not known."""


def talk_of(resolution: Resolution) -> Talk[object]:
    """Return the value of an await of a Transfer."""
    fields = cast("dict[str, object]", resolution.value)
    event = parse_event(cast("str", fields["event"]))
    assert isinstance(event, TransferCompleteEvent)  # noqa: S101 - nothing else resolves it
    outcome, seconds = cast("TalkOutcome", fields["outcome"]), fields["seconds"]
    return Talk(event, outcome, fields["value"], cast("float | None", seconds))


def talk_resolution(
    found: Resolution, whispered: tuple[TalkOutcome, object] | None, seconds: float | None
) -> Resolution:
    """Return the resolution of a Transfer from its webhook and the end of its whisper, if any."""
    event = cast(TransferCompleteEvent, found.event())
    outcome, value = whispered or (_OUTCOMES.get(event.cause or "", "failed"), None)
    fields = {
        "event": event.to_json(),
        "outcome": outcome,
        "value": value,
        "seconds": seconds if outcome == "talked" else None,
    }
    return Resolution("talk", fields, found.name, found.at)
