"""Which message of the inbox a pending await takes."""

import hashlib
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from callcontrol.events import CallEvent, DisconnectEvent, Event, parse_event
from callcontrol.scripts.addresses import Address
from callcontrol.scripts.asks import START
from callcontrol.scripts.definitions import INTERRUPT
from callcontrol.scripts.execution import Execution
from callcontrol.scripts.journals.model import Message
from callcontrol.scripts.reading import message_resolution
from callcontrol.scripts.resolutions import Resolution

_KEPT = "callcontrol.webhook "
Taken = tuple[Resolution, tuple[str, ...]]
"""A resolution, and the ids of the messages that it takes."""


def kept_name(address: Address) -> str:
    """Return the name of the message with a webhook for a step that came to another process."""
    return f"{_KEPT}{address.leg}/{address.step}"


def kept_message(address: Address, event: Event) -> Message:
    """Return a webhook as a message, for the process that can go on with its step."""
    name, value = kept_name(address), event.to_json()
    digest = hashlib.sha256(f"{name} {value}".encode()).hexdigest()[:32]
    return Message(digest, address.run_id, "event", name, value, time.time())


def _is_past(name: str, execution: Execution) -> bool:
    """Return whether the message with this name is a webhook for a step that is over."""
    if not name.startswith(_KEPT):
        return False
    leg, _, step = name.removeprefix(_KEPT).rpartition("/")
    number = int(leg.partition(".")[0] if leg else step)
    return execution.pending is None or number < execution.address.step


def taken_by(execution: Execution, inbox: Sequence[Message]) -> Taken | None:
    """Return what ends the pending await of a function; None if no message does."""
    for message in inbox:
        found = _resolution(execution, message)
        if found is not None:
            return found, (message.message_id,)
    return None


def _resolution(execution: Execution, message: Message) -> Resolution | None:
    pending = execution.pending
    if pending is None:
        return None
    if (message.kind, message.name) in pending.wanted:
        found = message_resolution(message, execution.seen)
        return found if pending.accepts is None or pending.accepts(found) else None
    if message.name == kept_name(execution.address):
        event = parse_event(message.value)
        is_meant = event.event_type in pending.resolved_by
        return Resolution.of_event(event, execution.seen) if is_meant else None
    return _end(execution, message)


def _end(execution: Execution, message: Message) -> Resolution | None:
    """Return the resolution by a message that is about the call itself, or its leg."""
    if execution.is_whisper:
        return _end_of_leg(execution, message)
    if message.name == "disconnect":
        return _end_of_call(execution, message)
    if message.name == INTERRUPT and execution.pending is not None and execution.pending.needs_call:
        found = message_resolution(message, execution.seen)
        return replace(found, kind="interrupted")
    return None


def _end_of_call(execution: Execution, message: Message) -> Resolution | None:
    pending = execution.pending
    event = cast(DisconnectEvent, parse_event(message.value))
    found = Resolution.of_event(event, execution.seen)
    if pending is START:
        return found
    if pending is None or not pending.needs_call:
        return None
    return Resolution("ended", event.cause or "unknown", "disconnect", found.at)


def _end_of_leg(execution: Execution, message: Message) -> Resolution | None:
    if message.name != "transferDisconnect" or execution.call_id is None:
        return None
    event = cast(CallEvent, parse_event(message.value))
    if event.call_id != execution.call_id:
        return None
    return Resolution("ended", "hangup", message.name, Resolution.of_event(event, 0).at)


def surplus(execution: Execution, inbox: Sequence[Message]) -> tuple[str, ...]:
    """Return the messages that no await will take: the end of a call or of a leg that is over."""
    pending = execution.pending
    wanted = () if pending is None else pending.wanted
    names: set[str] = set()
    if pending is None or "Transfer" not in pending.kind:
        names.add("transferDisconnect")
    if pending is None or not pending.needs_call:
        names |= {"disconnect", INTERRUPT}
    return tuple(
        message.message_id
        for message in inbox
        if (message.name in names and (message.kind, message.name) not in wanted)
        or _is_past(message.name, execution)
    )
