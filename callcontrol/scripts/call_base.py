"""The facts of a call, and how its verbs become steps."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from logging import Logger, LoggerAdapter, getLogger
from typing import Any

from bxml import Conference, Custom, Forward, Gather, PhoneNumber, SipUri, Transfer, Verb
from bxml._node import Node
from callcontrol.events import CallEvent
from callcontrol.scripts._methods import CallMethods
from callcontrol.scripts.addresses import Address, Purpose
from callcontrol.scripts.asks import Ask, CallStep, Task, Whisper
from callcontrol.scripts.awaitables import Queued
from callcontrol.scripts.execution import Execution
from callcontrol.scripts.links import Links, changed, hidden
from callcontrol.scripts.mistakes import mistake_here
from callcontrol.scripts.places import calling_place
from callcontrol.scripts.reading import (
    read_event,
    read_nothing,
    read_result,
    read_talk,
    secret_digits,
)
from callcontrol.scripts.tasks import expect_function
from callcontrol.scripts.verbs import JOINING, QUEUED, REPORTING, event_kinds, method_name

_LOGGER = getLogger("callcontrol.scripts")


@dataclass(frozen=True, slots=True)
class CallContext:
    """Values that the calls of one application share."""

    links: Links
    rooms: frozenset[str]
    """Names of the conferences whose events have a handler."""
    can_push: bool
    """Whether a signal can interrupt a verb."""


class CallBase(CallMethods):
    """The facts of a call, and its verbs."""

    def __init__(
        self,
        execution: Execution,
        context: CallContext,
        event: CallEvent,
        arguments: Mapping[str, object],
    ) -> None:
        self._execution = execution
        self._context = context
        self.first_event: CallEvent = event
        """The webhook that the script began with."""
        self.call_id: str = event.call_id
        """Id of the call; in a whisper, of the callee's leg."""
        self.args: Mapping[str, object] = arguments
        """The ``args`` of ``Scripts.start``; an empty dict for inbound calls."""
        self.random = random.Random(f"{execution.address.run_id}/{execution.address.leg}")  # noqa: S311 - repeatable
        """Random numbers that are the same in every replay."""
        self.log: LoggerAdapter[Logger] = _ReplayLog(_LOGGER, execution)
        """A logger with the call id that is silent in replays."""

    @property
    def from_(self) -> str | None:
        """Caller, as in the first event."""
        return self.first_event.from_

    @property
    def to(self) -> str | None:
        """Called number, as in the first event."""
        return self.first_event.to

    @property
    def direction(self) -> str | None:
        """``inbound`` or ``outbound``."""
        return self.first_event.direction

    @property
    def key(self) -> str:
        """A text that is the same whenever the next ``run`` is repeated, and no other has."""
        return self._execution.task_key

    def now(self) -> datetime:
        """Return the time of the last event, in UTC."""
        return datetime.fromtimestamp(self._execution.now, UTC)

    # --- how verbs become steps -------------------------------------------------------------

    def _step(self, ask: Ask | Task) -> CallStep[Any]:
        return self._execution.step(ask)

    def _say(self, cls: type[Verb], arguments: tuple[Any, ...], values: dict[str, Any]) -> Queued:
        if not self._execution.skips_verbs:
            self._execution.say(self._build(cls, arguments, values))
        return Queued(partial(self._redirecting, cls.__name__))

    def _redirecting(self, kind: str, *verbs: Verb) -> CallStep[Any]:
        """Return the step that ends when the call has done all verbs."""
        redirect = self._context.links.redirect
        ask = Ask(
            kind=kind,
            place=calling_place(),
            read=read_nothing,
            verbs=lambda address: (*verbs, redirect(address)),
            resolved_by=frozenset(("redirect",)),
        )
        return self._step(ask)

    def _build(
        self,
        cls: type[Node],
        arguments: tuple[Any, ...],
        values: dict[str, Any],
        purpose: Purpose = "step",
    ) -> Any:  # noqa: ANN401 - a verb of that class
        """Return a verb with its addresses.

        A script may catch the error of an invalid verb. That is noted, so that replays of it make
        all verbs again; others need none.
        """
        try:
            self._expect_allowed(cls, values)
            address = replace(self._execution.next, purpose=purpose)
            links = self._context.links.attributes(cls, address, values)
            return cls(*arguments, **{**values, **links})
        except Exception:
            self._execution.has_invalid = True
            raise

    def _expect_allowed(self, cls: type[Node], values: dict[str, Any]) -> None:
        refused = hidden(cls).intersection(values)
        if refused:
            text = f"leave out {', '.join(sorted(refused))}: the runtime sets it"
            raise mistake_here(cls.__name__, text)
        if self._execution.is_whisper and cls in JOINING:
            text = "not allowed in a whisper; return, and both are joined"
            raise mistake_here(cls.__name__, text)

    def _report(
        self,
        cls: type[Verb],
        arguments: tuple[Any, ...],
        values: dict[str, Any],
        **more: Any,  # noqa: ANN401 - see Ask
    ) -> CallStep[Any]:
        purpose: Purpose = "secret" if "settle" in more else "step"
        skips = self._execution.skips_verbs
        made = () if skips else (self._build(cls, arguments, values, purpose),)
        options: dict[str, Any] = {"read": read_event, "resolved_by": event_kinds(cls), **more}
        ask = Ask(kind=cls.__name__, place=calling_place(), verbs=lambda _: made, **options)
        return self._step(ask)

    def _callee(
        self, noun: PhoneNumber | SipUri | Custom, index: int, *, has_whisper: bool
    ) -> Node:
        refused = hidden(type(noun)) & {
            name for name in hidden(type(noun)) if getattr(noun, name) is not None
        }
        if refused:
            self._execution.has_invalid = True
            text = f"leave out {', '.join(sorted(refused))}: the runtime sets it"
            raise mistake_here(type(noun).__name__, text)
        address = self._execution.next
        if has_whisper:
            address = Address(address.run_id, f"{address.step}.{index}", 0)
        return self._context.links.callee(noun, address)


class _ReplayLog(LoggerAdapter[Logger]):
    def __init__(self, logger: Logger, execution: Execution) -> None:
        super().__init__(logger, {"call_id": execution.address.run_id})
        self._execution = execution

    def isEnabledFor(self, level: int) -> bool:  # noqa: N802 - a name of logging
        return not self._execution.is_replayed and super().isEnabledFor(level)


def _queued(cls: type[Verb]) -> Callable[..., object]:
    def method(self: CallBase, *arguments: Any, **values: Any) -> Queued:  # noqa: ANN401 - a verb's
        return self._say(cls, arguments, values)

    return method


def _reporting(cls: type[Verb]) -> Callable[..., object]:
    def method(self: CallBase, *arguments: Any, **values: Any) -> object:  # noqa: ANN401 - a verb's
        return self._report(cls, arguments, values)

    return method


def _gather(
    call: CallBase,
    *children: Any,  # noqa: ANN401 - see CallMethods
    secret: bool = False,
    then: Callable[..., object] | None = None,
    **values: Any,  # noqa: ANN401 - see CallMethods
) -> CallStep[Any]:
    if not secret and then is not None:
        raise mistake_here("gather", "then: needs secret=True, or await the event and read digits")
    if not secret:
        return call._report(Gather, children, values)
    place = calling_place()
    function = expect_function(then, f"gather at {place}", "write `then=f`, which gets the keys")
    settle = secret_digits(function, place)
    return call._report(Gather, children, values, settle=settle, read=read_result)


def _transfer(
    call: CallBase,
    *children: Any,  # noqa: ANN401 - see CallMethods
    answered: object = None,
    **values: Any,  # noqa: ANN401 - see CallMethods
) -> CallStep[Any]:
    if answered is not None and not isinstance(answered, Whisper):
        text = "answered: expected a function decorated with @whisper"
        raise mistake_here("Transfer", text)
    nouns = (
        ()
        if call._execution.skips_verbs
        else tuple(
            call._callee(noun, index, has_whisper=answered is not None)
            for index, noun in enumerate(children)
        )
    )
    return call._report(Transfer, nouns, values, answered=answered, read=read_talk)


def _conference(call: CallBase, *arguments: Any, **values: Any) -> CallStep[Any]:  # noqa: ANN401 - see CallMethods
    verb: Conference = call._build(Conference, arguments, values)
    if verb.name in call._context.rooms:
        room = Address(verb.name, "", 0, "room")
        verb = changed(verb, call._context.links.room(room))
    return call._redirecting("Conference", verb)


def _forward(call: CallBase, *arguments: Any, **values: Any) -> CallStep[Any]:  # noqa: ANN401 - see CallMethods
    verb = call._build(Forward, arguments, values)
    ask = Ask(kind="Forward", place=calling_place(), read=read_nothing, closes=verb)
    return call._step(ask)


_OWN: Mapping[str, Callable[..., object]] = {
    "gather": _gather,
    "transfer": _transfer,
    "conference": _conference,
    "forward": _forward,
}


def _add_methods() -> None:
    for make, classes in ((_queued, QUEUED), (_reporting, REPORTING)):
        for cls in classes:
            setattr(CallBase, method_name(cls), make(cls))
    for name, method in _OWN.items():
        setattr(CallBase, name, method)


_add_methods()
