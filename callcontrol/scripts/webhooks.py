"""From a request to the run that it belongs to."""

import logging
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import cast

from bxml import Document
from callcontrol.errors import EventError
from callcontrol.events import (
    CallEvent,
    ConferenceEvent,
    DisconnectEvent,
    Event,
    InitiateEvent,
    parse_event,
)
from callcontrol.integrations._webhook import RefusedError, WebhookUrl, body_of
from callcontrol.scripts.addresses import Address, Addresses, ForgedAddressError
from callcontrol.scripts.door import ScriptReply, ScriptRequest
from callcontrol.scripts.errors import JournalError, UnknownRunError
from callcontrol.scripts.journals.model import Run
from callcontrol.scripts.journals.protocol import Journal
from callcontrol.scripts.replies import with_credentials
from callcontrol.scripts.runner import Runner
from callcontrol.scripts.script import ScriptRegistry

RoomHandler = Callable[[ConferenceEvent], Document | None]
_LOGGER = logging.getLogger("callcontrol.scripts")
NO_REPLY = ScriptReply(204)
_CHALLENGE = MappingProxyType({"WWW-Authenticate": 'Basic realm="webhooks", charset="UTF-8"'})
_ALLOWED = MappingProxyType({"Allow": "GET, POST"})
OVERRIDE = "override"
"""Setting with the document that new calls get in an outage."""
STATUS_WEBHOOK = "status webhook"
"""Setting with the time of the last ``disconnect`` of an inbound call, which only the status URL of
the application brings."""
_NOTED_EVERY = 600.0
"""Seconds for which a process does not write it again."""


def active_setting(name: str) -> str:
    """Return the setting with the version of a script that new calls get."""
    return f"active {name}"


@dataclass(frozen=True, slots=True)
class Security:
    """Who may send webhooks, and what the platform sends with them."""

    url: WebhookUrl[Event]
    pair: tuple[str, str] | None = field(repr=False)


class Webhooks:
    """Handles the requests of the platform."""

    def __init__(
        self,
        runner: Runner,
        registry: ScriptRegistry,
        addresses: Addresses,
        security: Security,
        rooms: Mapping[str, RoomHandler],
    ) -> None:
        self._runner = runner
        self._journal: Journal = runner.journal
        self._registry = registry
        self._addresses = addresses
        self._security = security
        self._rooms = rooms
        self._noted_at = 0.0

    def handle(self, request: ScriptRequest) -> ScriptReply:
        """Return the reply to a request."""
        if request.method in ("GET", "HEAD") and request.path.rstrip("/").endswith("/health"):
            return self._health()
        if request.method == "GET" and not request.query:
            line = f"GET {request.path}: expected a webhook; serve files by another application"
            return ScriptReply.text(404, line)
        try:
            return self._answered(request)
        except RefusedError as refused:
            body = f"{refused}\n".encode()
            return ScriptReply(refused.status, body, headers=refused.headers)
        except ForgedAddressError as error:
            return ScriptReply(401, f"{error}\n".encode(), headers=_CHALLENGE)
        except EventError as error:
            return ScriptReply.text(400, str(error))

    def _answered(self, request: ScriptRequest) -> ScriptReply:
        if request.method not in ("GET", "POST"):
            raise RefusedError(405, f"expected GET or POST, got {request.method}", _ALLOWED)
        self._security.url.authorize(request.authorization)
        event = parse_event(request.query if request.method == "GET" else request.body)
        try:
            address = self._addresses.read(request.query)
            if not event.can_reply_with_bxml:
                return self._notified(address, event, request.body or request.query.encode())
            return self._replied(address, event, request.path)
        except ForgedAddressError:
            raise
        except Exception:
            # A 5xx would end the call, or lead it to the fallback URL, which is the same.
            _LOGGER.exception("a webhook of kind %s has failed", event.event_type)
            return self._failed(event)

    def _failed(self, event: Event) -> ScriptReply:
        if isinstance(event, ConferenceEvent):
            return NO_REPLY  # a document would be run in the room
        if not event.can_reply_with_bxml:
            return ScriptReply.text(503, "the journal cannot be used at the moment")
        return ScriptReply.document(self._runner.apologies.on_lost.to_bxml())

    def _health(self) -> ScriptReply:
        try:
            self._journal.setting(OVERRIDE)
        except JournalError:  # its text has the place of the journal, and this door is open
            _LOGGER.exception("the journal has failed")
            return ScriptReply.text(503, "the journal cannot be used; the log says why")
        return ScriptReply.text(200, "ready")

    def _document(self, text: str) -> ScriptReply:
        pair = self._security.pair
        return ScriptReply.document(with_credentials(text, self._addresses, pair))

    def _replied(self, address: Address | None, event: Event, path: str) -> ScriptReply:
        if address is None and isinstance(event, InitiateEvent) and event.call_id:
            return self._begun(event, path)
        if address is None or address.purpose == "target":
            run_id, leg = self._owner(event)
            return self._document(self._runner.current(run_id, leg))
        if address.purpose == "room":
            return self._room(address.run_id, event)
        return self._document(self._runner.reply(address, event))

    def _begun(self, event: InitiateEvent, path: str) -> ScriptReply:
        name = self._registry.name_at(path)
        if name is None:
            return ScriptReply.text(404, self._registry.no_script(path))
        override = self._journal.setting(OVERRIDE)
        if override is not None:
            return self._document(override)
        return self._document(self._runner.begin(self._new_run(event, name), event))

    def _new_run(self, event: InitiateEvent, name: str) -> Run:
        at = time.time() if event.event_time is None else event.event_time.timestamp()
        numbers = tuple(number for number in (event.from_, event.to) if number)
        version = self.version_of(name)
        return Run(event.call_id, name, version, at, at, call_id=event.call_id, numbers=numbers)

    def version_of(self, name: str) -> str:
        """Return the version of a script that new calls get."""
        active = self._journal.setting(active_setting(name))
        return active if active is not None else self._registry.names[name]

    def _owner(self, event: Event) -> tuple[str, str]:
        """Return run and leg of the call that an event is about."""
        call_id = event.call_id if isinstance(event, CallEvent) else ""
        if self._journal.run(call_id) is not None:
            return call_id, ""
        route = self._journal.route(call_id)
        return (call_id, "") if route is None else (route.run_id, route.leg)

    def _room(self, name: str, event: Event) -> ScriptReply:
        handler = self._rooms.get(name)
        body = None if handler is None else body_of(handler(cast(ConferenceEvent, event)), handler)
        return NO_REPLY if body is None else ScriptReply.document(body.decode())

    def _notified(self, address: Address | None, event: Event, body: bytes) -> ScriptReply:
        if address is not None and address.purpose == "room":
            return self._room(address.run_id, event)
        run_id = self._owner(event)[0] if address is None else address.run_id
        with suppress(UnknownRunError):  # a call that was answered elsewhere, or is forgotten
            self._runner.notify(run_id, event, body)
        if address is None and isinstance(event, DisconnectEvent):
            self._note_status_webhook()
        return NO_REPLY

    def _note_status_webhook(self) -> None:
        """Write that the status URL of inbound calls is set, once in a while."""
        now = time.time()
        if now - self._noted_at >= _NOTED_EVERY:
            self._noted_at = now
            self._journal.set_setting(STATUS_WEBHOOK, str(int(now)))

    @property
    def credentials(self) -> Mapping[str, str]:
        """The arguments of ``create_call`` with the credentials of webhooks."""
        if self._security.pair is None:
            return {}
        username, password = self._security.pair
        return {
            "username": username,
            "password": password,
            "fallback_username": username,
            "fallback_password": password,
        }
