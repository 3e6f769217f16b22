"""Events built from the current state of a leg, and sent to the targets of a verb or request."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from bxml._element import Callback
from bxml._node import Node
from bxml._once import once
from bxml._replies import media_note
from callcontrol import _urls
from callcontrol._urls import shown_url
from callcontrol.events import EVENT_TYPES, Event
from callcontrol.simulator.core.observations import Rejected, Warned
from callcontrol.simulator.core.reply_findings import reply_name
from callcontrol.simulator.core.scheduler import Actor
from callcontrol.simulator.core.script import FetchedDocument, read
from callcontrol.simulator.core.signals import CallEnded, Delivery, Routine
from callcontrol.simulator.core.webhooks import Target, Targets, Webhook

if TYPE_CHECKING:
    from callcontrol.simulator.core.leg import Leg


E = TypeVar("E", bound=Event)
R = TypeVar("R")
NO_FIELDS: Mapping[str, object] = MappingProxyType({})
_NAMED = 3
"""URLs that are named when documents are fetched in a loop."""
_KINDS = {cls: kind for kind, cls in EVENT_TYPES.items()}


def kind_of(cls: type[Event]) -> str:
    """Return the wire name of a class of events."""
    return _KINDS[cls]


@once
def _names(cls: type) -> frozenset[str]:
    return frozenset(field.name for field in fields(cls) if field.init)


def build(cls: type[R], values: Mapping[str, object]) -> R:
    """Return an event, or a part of one, from the values that its class has fields for."""
    names = _names(cls)
    make: Callable[..., R] = cls
    return make(**{name: value for name, value in values.items() if name in names})


def call_event(leg: "Leg", cls: type[E], extra: Mapping[str, object] = NO_FIELDS) -> E:
    """Return an event about the current state of a leg; ``extra`` are the fields of the verb.

    The second leg of a Transfer shows the numbers of the call that ran it.
    """
    call = leg.call
    original = leg.parent.call if leg.kind == "transfer" and leg.parent is not None else call
    second = leg.kind == "transfer"
    return build(
        cls,
        {
            "event_time": leg.scheduler.now,
            "account_id": call.account_id,
            "application_id": call.application_id,
            "from_": original.from_,
            "to": original.to,
            "direction": call.direction,
            "call_id": call.call_id,
            "call_url": f"{leg.scheduler.platform.calls_url}/{call.call_id}",
            "start_time": call.start_time,
            "enqueued_time": call.enqueued_time,
            "answer_time": call.answer_time,
            "tag": call.tag,
            "parent_call_id": call.parent_call_id if second else None,
            "transfer_caller_id": call.from_ if second else None,
            "transfer_to": call.to if second else None,
            **extra,
        },
    )


def resolve(actor: Actor, url: str) -> str:
    """Return an absolute URL (rules F5, F6).

    :raises CallEnded: for a relative URL in a document that was pushed over REST.
    """
    if url[:7].lower() == "http://" or url[:8].lower() == "https://":
        return url
    if actor.document_url is None:
        message = f"expected an absolute URL in a document pushed over REST, got {url!r}"
        raise CallEnded("application-error", message)
    found = _urls.resolve(actor.document_url, url)
    if found is None:
        raise CallEnded("application-error", f"expected an http or https URL, got {url!r}")
    return found


def targets_of(actor: Actor, node: Node, kind: str) -> Targets | None:
    """Return the URL and the fallback of a verb for a webhook, None if it has no URL for it."""
    primary, fallback = _callbacks(type(node), kind)
    target = _target(actor, node, primary)
    if target is None:
        return None
    return Targets(target, None if fallback is None else _target(actor, node, fallback))


@once
def _callbacks(cls: type[Node], kind: str) -> tuple[Callback, Callback | None]:
    """Return the attributes of a verb for a webhook, and those for its fallback."""
    found = next(each for each in cls.element.callbacks if kind in each.webhooks)
    if found.fallback_url is None:
        return found, None
    return found, Callback(
        found.webhooks,
        found.fallback_url,
        found.fallback_method,
        username=found.fallback_username,
        password=found.fallback_password,
    )


def _target(actor: Actor, node: Node, names: Callback) -> Target | None:
    url = _value(node, names.url)
    if url is None:
        return None
    return Target(
        url=resolve(actor, url),
        method="GET" if _value(node, names.method) == "GET" else "POST",
        username=_value(node, names.username),
        password=_value(node, names.password),
    )


def _value(node: Node, name: str | None) -> str | None:
    value = getattr(node, name) if name else None
    return None if value is None else str(value)


def notify(actor: Actor, call_id: str, event: Event, targets: Targets) -> None:
    """Send a webhook that only notifies; a failure is ignored (async webhooks)."""
    webhook = Webhook(
        event=event,
        target=targets.primary,
        fallback=targets.fallback,
        timeout=actor.callback_timeout,
        can_reply=False,
        call_id=call_id,
    )
    actor.scheduler.send(webhook, _ignore_delivery)


def _ignore_delivery(_: Delivery) -> None:
    """Do nothing: no routine waits for this webhook, and observers have seen its result."""


def request_document(
    leg: "Leg", node: Node, cls: type[Event], extra: Mapping[str, object] = NO_FIELDS
) -> Routine[FetchedDocument | None]:
    """Send a webhook to the URL of a verb and return the reply; None if it has no URL."""
    targets = targets_of(leg, node, kind_of(cls))
    if targets is None:
        return None
    return (yield from fetch_document(leg, call_event(leg, cls, extra), targets))


def fetch_document(leg: "Leg", event: Event, targets: Targets) -> Routine[FetchedDocument]:
    """Send a webhook and return the document of the reply (F1 to F7, U11).

    :raises CallEnded: if there is no reply, or none that can be run.
    """
    _check_document_rate(leg, targets.primary.url)
    webhook = Webhook(
        event=event,
        target=targets.primary,
        fallback=targets.fallback,
        timeout=leg.callback_timeout,
        can_reply=True,
        call_id=leg.id,
    )
    delivery = yield from leg.send_and_wait(webhook)
    if delivery.problem is not None:
        shown = shown_url(delivery.url)
        message = f"{event.event_type} webhook to {shown} failed: {delivery.problem}"
        _reject(leg, message, delivery.url)
        raise CallEnded("callback-error", message)
    return _document_of(leg, delivery, event.event_type)


def _document_of(leg: "Leg", delivery: Delivery, event_type: str) -> FetchedDocument:
    assumptions = leg.scheduler.assumptions
    source = reply_name(event_type, delivery.url, delivery.handler)
    if assumptions.empty_reply == "callback-error" and not delivery.body.strip():
        _reject(leg, f"{source} is empty", delivery.url)
        raise CallEnded("callback-error", f"{source} is empty")
    _check_media_type(leg, delivery, source)
    reading = read(delivery.body, leg.context, assumptions)
    for warning in reading.warnings:
        leg.warn(f"{source}: {warning}")
    if reading.document is None:
        _reject(leg, f"{source} is not valid BXML: {reading.error}", delivery.url)
        raise CallEnded("invalid-bxml", f"{source} is not valid BXML: {reading.error}")
    leg.last_url = delivery.url
    leg.scheduler.calls.set_document(leg.id, delivery.body.decode("utf-8", "replace"))
    return FetchedDocument(reading.document, delivery.url)


def _check_media_type(leg: "Leg", delivery: Delivery, source: str) -> None:
    """Warn once a leg about a reply with the Content-Type of something else."""
    note = media_note(delivery.content_type) if delivery.content_type else None
    if note is not None and delivery.body.strip() and note not in leg.noted:
        leg.noted.add(note)
        leg.warn(f"{source}: {note}")


def _reject(leg: "Leg", text: str, url: str) -> None:
    leg.scheduler.observe(Rejected(at=leg.scheduler.now, call_id=leg.id, text=text, url=url))


def _check_document_rate(leg: "Leg", url: str) -> None:
    """End a call that fetches documents in a loop while no time passes."""
    moment, count, urls = leg.fetched
    if moment != leg.scheduler.now:
        count, urls = 0, ()
    leg.fetched = (leg.scheduler.now, count + 1, (*urls, shown_url(url))[-_NAMED:])
    limit = leg.scheduler.assumptions.documents_per_instant
    if count >= limit:
        text = f"more than {limit} documents were fetched at one instant of virtual time"
        circle = " and ".join(dict.fromkeys(leg.fetched[2]))
        hint = "let a verb that takes time, such as Gather or Pause, come before the next document"
        raise CallEnded("error", f"{text}, the last ones from {circle}; {hint}")


def warn(actor: Actor, call_id: str, text: str) -> None:
    """Report something that will probably not work as intended."""
    actor.scheduler.observe(Warned(at=actor.scheduler.now, call_id=call_id, text=text))
