"""Verbs that decide what runs next: Hangup, Redirect, Tag (V8 to V10)."""

from bxml.verbs.flow import Hangup, Redirect, Tag
from callcontrol.events import RedirectEvent
from callcontrol.simulator.core.events import request_document
from callcontrol.simulator.core.interpreter import at_once, blocks, hangup_cause
from callcontrol.simulator.core.leg import Leg
from callcontrol.simulator.core.script import FetchedDocument
from callcontrol.simulator.core.signals import CallEnded, Routine


@at_once(Hangup)
def _hangup(leg: Leg, _: Hangup) -> None:
    """End the leg, or reject a call that is not answered yet (V8, T7)."""
    raise CallEnded(hangup_cause(leg))


@blocks(Redirect)
def _redirect(leg: Leg, verb: Redirect) -> Routine[FetchedDocument | None]:
    """Fetch the next document (V9)."""
    return (yield from request_document(leg, verb, RedirectEvent))


@at_once(Tag)
def _tag(leg: Leg, verb: Tag) -> None:
    """Set or clear the tag (V10)."""
    leg.set_tag(verb.content.strip())
