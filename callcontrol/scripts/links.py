"""Verbs with the addresses of their step: which attributes of a verb the runtime sets."""

from collections.abc import Mapping
from typing import TypeVar

from bxml import Conference, Custom, PhoneNumber, Redirect, SipUri
from bxml._element import Callback
from bxml._node import Node, pieces_of
from bxml._once import once
from callcontrol.scripts.addresses import Address, Addresses

N = TypeVar("N", bound=Node)
Values = Mapping[str, object]
_UNUSED = frozenset(("partialGather", "conferenceCreated"))
"""Webhooks that a script does not ask for; those of a conference belong to the room."""


@once
def hidden(cls: type[Node]) -> frozenset[str]:
    """Return the attributes of an element that a script cannot set: URLs, methods, credentials."""
    names = {
        name
        for callback in cls.element.callbacks
        for name in (
            callback.url,
            callback.method,
            callback.fallback_url,
            callback.fallback_method,
            callback.username,
            callback.password,
            callback.fallback_username,
            callback.fallback_password,
        )
        if name is not None
    }
    for pair in cls.element.credentials():
        names |= {pair.username, pair.password}
    return frozenset(names)


def changed(node: N, values: Values) -> N:
    """Return an element with some attributes replaced."""
    content = node.element.content
    own = {attribute.name: getattr(node, attribute.name) for attribute in node.element.attributes}
    held = (getattr(node, content.name),) if content.form == "text" else pieces_of(node)
    return type(node)(*held, extra_attributes=node.extra_attributes, **{**own, **values})


class Links:
    """Sets the attributes of verbs that lead webhooks back to a script."""

    def __init__(self, addresses: Addresses, *, has_credentials: bool) -> None:
        self.addresses = addresses
        self._has_credentials = has_credentials

    def attributes(self, cls: type[Node], address: Address, given: Values) -> dict[str, object]:
        """Return the hidden attributes of an element for a step."""
        found: dict[str, object] = {}
        for callback in cls.element.callbacks:
            if _is_used(callback, given):
                found.update(self._of_callback(callback, _target(callback, address)))
        return found

    def room(self, address: Address) -> dict[str, object]:
        """Return the hidden attributes of a Conference whose events are wanted."""
        (callback,) = Conference.element.callbacks
        return self._of_callback(callback, address)

    def redirect(self, address: Address) -> Redirect:
        """Return the verb that comes back to a step."""
        values = self.attributes(Redirect, address, {})
        return Redirect(**values)  # type: ignore[arg-type] # names come from the table

    def callee(self, noun: PhoneNumber | SipUri | Custom, address: Address) -> Node:
        """Return a destination of a Transfer whose webhooks come to a leg of their own."""
        if isinstance(noun, Custom):
            return noun
        found: dict[str, object] = {}
        for callback in noun.element.callbacks:
            if "transferDisconnect" in callback.webhooks or address.leg:
                found.update(self._of_callback(callback, address))
        return changed(noun, found)

    def _of_callback(self, callback: Callback, address: Address) -> dict[str, object]:
        found: dict[str, object] = {callback.url: self.addresses.url(address)}
        if callback.fallback_url:
            found[callback.fallback_url] = self.addresses.url(address, fallback=True)
        if self._has_credentials:
            names = (
                (callback.username, callback.password),
                (callback.fallback_username, callback.fallback_password),
            )
            for pair in names:
                values = zip(pair, self.addresses.stand_ins, strict=True)
                found.update({name: value for name, value in values if name is not None})
        return found


def _target(callback: Callback, address: Address) -> Address:
    """Return the address for one webhook: that of a Bridge's target is found by its call id."""
    if "bridgeTargetComplete" in callback.webhooks:
        return Address("", "", 0, "target")
    return address


def _is_used(callback: Callback, given: Values) -> bool:
    """Return whether a webhook is asked for: of a transcription only if there is one."""
    if _UNUSED.intersection(callback.webhooks):
        return False
    return callback.webhooks != ("transcriptionAvailable",) or given.get("transcribe") is True
