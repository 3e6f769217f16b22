"""From the resolution of an await to its value."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import cast

from callcontrol.events import GatherEvent, ReferCompleteEvent
from callcontrol.scripts.addresses import Address
from callcontrol.scripts.asks import Ask, Task, Wanted
from callcontrol.scripts.errors import CallEndedError, CallInterruptedError
from callcontrol.scripts.journals.model import Message
from callcontrol.scripts.places import Place
from callcontrol.scripts.resolutions import Resolution
from callcontrol.scripts.talk import Talk, talk_of
from callcontrol.scripts.tasks import LIMIT, called_in_time, result_of


def _expect_value(found: Resolution) -> None:
    """Raise what an await raises in place of a value."""
    if found.kind == "ended":
        raise CallEndedError(str(found.value))
    if found.kind == "interrupted":
        raise CallInterruptedError(str(found.value))
    if found.kind == "timeout":
        raise TimeoutError("no message came in time")


def read_nothing(found: Resolution) -> None:
    """Return None when a document has been heard."""
    _expect_value(found)


def read_result(found: Resolution) -> object:
    """Return the result of a function that ran while the caller was on the line."""
    if found.kind in ("ended", "interrupted", "timeout"):
        _expect_value(found)
    return result_of(found)


def read_event(found: Resolution) -> object:
    """Return the event of a verb."""
    _expect_value(found)
    return found.event()


def read_talk(found: Resolution) -> Talk[object]:
    """Return the end of a Transfer."""
    _expect_value(found)
    return talk_of(found)


def read_message(found: Resolution) -> object:
    """Return the value of a signal, or an event."""
    _expect_value(found)
    return found.value if found.kind == "signal" else found.event()


def ends_call(found: Resolution) -> bool:
    """Return whether a resolution says that the call is gone: a Refer that succeeded."""
    if found.name != "referComplete" or found.kind != "event":
        return False
    return cast(ReferCompleteEvent, found.event()).refer_call_status == "success"


def secret_digits(then: Callable[..., object], place: Place) -> Callable[[Resolution], Resolution]:
    """Return what hands the keys of a Gather to a function, so that only its result is kept."""

    def settle(found: Resolution) -> Resolution:
        if found.kind != "event":
            return found
        digits = cast(GatherEvent, found.event()).digits
        return replace(
            called_in_time(Task(then, (digits,), LIMIT, place, is_secret=True)), at=found.at
        )

    return settle


def run_message(address: Address) -> Wanted:
    """Return the message with the result of a function that runs during a hold."""
    return "event", f"callcontrol.run {address.leg}/{address.step}"


def either(inner: Ask, kind: str, wanted: tuple[Wanted, ...]) -> Ask:
    """Return the wait for a verb or a message, whichever comes first."""

    def read(found: Resolution) -> object:
        if (_kind_of(found), found.name) in wanted:
            return read_message(found)
        return inner.read(found)

    return replace(inner, kind=kind, wanted=(*inner.wanted, *wanted), read=read)


def _kind_of(found: Resolution) -> str:
    return "signal" if found.kind == "signal" else "event"


def message_resolution(message: Message, at: float) -> Resolution:
    """Return what an await gets that takes a message."""
    if message.kind == "signal":
        return Resolution("signal", json.loads(message.value), message.name, at)
    if message.name.startswith("callcontrol.run "):
        return replace(Resolution.of_text(message.value), at=at)
    found = Resolution("event", message.value, message.name, at)
    return Resolution.of_event(found.event(), at)
