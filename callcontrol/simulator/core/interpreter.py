"""Running a document, verb by verb (rules C5, C6, F2, X2 to X6)."""

from collections.abc import Callable
from typing import TypeVar, cast

from bxml._node import Node
from bxml._verb import Verb
from bxml.verbs._groups import Tagged
from bxml.verbs.audio import Ring
from bxml.verbs.gather import Gather
from callcontrol.simulator.core.calls import DisconnectCause
from callcontrol.simulator.core.leg import Leg
from callcontrol.simulator.core.observations import Started
from callcontrol.simulator.core.script import FetchedDocument
from callcontrol.simulator.core.signals import CallEnded, NotSimulatedError, Routine

V = TypeVar("V", bound=Verb)

Blocking = Callable[[Leg, V], Routine[FetchedDocument | None]]
"""A verb that takes time: returns the document that replaces the rest, None to go on."""
Instant = Callable[[Leg, V], None]

BLOCKING: dict[type[Verb], Callable[[Leg, Verb], Routine[FetchedDocument | None]]] = {}
"""Verbs that take time, by class."""
INSTANT: dict[type[Verb], Callable[[Leg, Verb], None]] = {}
"""Verbs that are done at once, by class."""


def blocks(verb: type[V]) -> Callable[[Blocking[V]], Blocking[V]]:
    """Register a function in ``BLOCKING``."""

    def enter(function: Blocking[V]) -> Blocking[V]:
        BLOCKING[verb] = cast("Blocking[Verb]", function)
        return function

    return enter


def at_once(verb: type[V]) -> Callable[[Instant[V]], Instant[V]]:
    """Register a function in ``INSTANT``."""

    def enter(function: Instant[V]) -> Instant[V]:
        INSTANT[verb] = cast("Instant[Verb]", function)
        return function

    return enter


def perform(leg: Leg, first: Routine[FetchedDocument]) -> Routine[None]:
    """Run documents one after the other until there is none left or the leg ends."""
    try:
        script: FetchedDocument | None = yield from first
        while script is not None:
            script = yield from _run(leg, script)
    except CallEnded as end:
        leg.end(end.cause, end.message)
    except NotSimulatedError as error:
        leg.scheduler.failures.append(error)
        leg.end("error", str(error))
    else:
        _finish(leg)


def pushed(script: FetchedDocument) -> Routine[FetchedDocument]:
    """Return a document that needs no request, as a routine for ``perform``."""
    yield from ()
    return script


def _finish(leg: Leg) -> None:
    """Hang up, or join the legs if this was the document of a transferAnswer (X4, X5)."""
    if leg.peer is not None:  # no other document runs on a leg with a peer
        leg.peer.on_document_end(leg)
    else:
        leg.end(hangup_cause(leg))


def _run(leg: Leg, script: FetchedDocument) -> Routine[FetchedDocument | None]:
    leg.document_url = script.url
    leg.script, leg.position = script, 0
    verbs = script.document.verbs
    if not verbs:  # X2
        raise CallEnded(hangup_cause(leg))
    for leg.position, verb in enumerate(verbs):
        _start_verb(leg, verb)
        instant = INSTANT.get(type(verb))
        if instant is not None:
            instant(leg, verb)
            continue
        blocking = BLOCKING.get(type(verb))
        if blocking is None:
            raise NotSimulatedError(f"{verb.element.name}: expected a verb that is simulated")
        next_document = yield from blocking(leg, verb)
        if next_document is not None:
            return next_document
    return None


def hangup_cause(leg: Leg) -> DisconnectCause:
    """Return the cause for a leg that its document ends (V8)."""
    call = leg.call
    if call.direction == "inbound" and call.state == "initiated":
        return leg.scheduler.assumptions.reject_cause
    return "hangup"


def _start_verb(leg: Leg, verb: Verb) -> None:
    scheduler = leg.scheduler
    name = verb.element.name
    scheduler.observe(Started(at=scheduler.now, call_id=leg.id, verb=name, detail=_detail(verb)))
    answers = not isinstance(verb, Ring) or verb.answer_call is not False
    if answers and name in scheduler.assumptions.answering_verbs:
        leg.answer()
    if isinstance(verb, Tagged) and not (name == "StartRecording" and leg.recorder):
        leg.set_tag(verb.tag)


def _detail(verb: Verb) -> str:
    """Return the text of a verb, or the numbers and URIs that it dials."""
    content = verb.element.content
    if content.form == "text":
        return str(getattr(verb, content.name))
    if content.form != "children" or isinstance(verb, Gather):
        return ""
    children: tuple[Node, ...] = getattr(verb, content.name)
    texts = (child for child in children if child.element.content.form == "text")
    return ", ".join(str(getattr(text, text.element.content.name)) for text in texts)
