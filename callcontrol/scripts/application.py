"""Scripts as an application: webhooks in, documents out, signals, outbound calls."""

import asyncio
import secrets
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, cast
from wsgiref.types import StartResponse, WSGIEnvironment

from bxml import Document
from bxml._once import FIRST_IMPORT
from bxml._wording import quoted
from callcontrol._urls import origin_of
from callcontrol.events import Event
from callcontrol.integrations._webhook import WebhookUrl
from callcontrol.scripts.addresses import Addresses
from callcontrol.scripts.advancing import Advancer
from callcontrol.scripts.call_base import CallContext
from callcontrol.scripts.door import (
    Receive,
    Scope,
    ScriptReply,
    ScriptRequest,
    Send,
    serve_asgi,
    serve_wsgi,
)
from callcontrol.scripts.errors import ScriptMistakeError
from callcontrol.scripts.journals.memory import MemoryJournal
from callcontrol.scripts.journals.protocol import Journal
from callcontrol.scripts.links import Links
from callcontrol.scripts.live import LiveRuns
from callcontrol.scripts.loading import Loader
from callcontrol.scripts.messaging import Messaging
from callcontrol.scripts.outbound import Outbound
from callcontrol.scripts.pushing import Pusher
from callcontrol.scripts.replaying import RecordedRun, ReplayDifferenceError, Replayer
from callcontrol.scripts.replies import APOLOGY
from callcontrol.scripts.runner import Apologies, Runner
from callcontrol.scripts.script import Script, ScriptRegistry
from callcontrol.scripts.suspended import Suspended, suspended
from callcontrol.scripts.webhooks import OVERRIDE, RoomHandler, Security, Webhooks, active_setting

if TYPE_CHECKING:
    from callcontrol.client import Client

_CACHED = 4096
_KEY = "signing key"
_LOCK_SECONDS = 10.0


class Scripts(Messaging, Outbound):
    """An application that runs calls by scripts: ASGI, or WSGI as ``wsgi``.

    ``journal`` keeps the runs; the memory of this process by default, which loses its calls at a
    restart. ``base_url`` is the public address of this application, ``fallback_base_url`` that of
    another process or region with the same journal. ``credentials`` are pairs of a user name and a
    password: requests need one of them, and the platform is given the first. ``client`` pushes
    documents when a signal comes, and asks for states in ``sweep``. ``on_error`` is what a caller
    hears when a script raises, ``on_lost`` when the journal does not have the call, ``rooms`` are
    the functions for the events of conferences, by name. ``cached`` is the number of calls whose
    functions are kept in memory; others are replayed.

    :raises ScriptMistakeError: for two scripts of one name and version, and addresses that cannot
        work.
    """

    def __init__(  # noqa: PLR0913 - all keyword-only, all optional
        self,
        *scripts: Script,
        journal: Journal | None = None,
        base_url: str | None = None,
        fallback_base_url: str | None = None,
        credentials: Iterable[tuple[str, str]] = (),
        client: "Client | None" = None,
        on_error: Document | None = None,
        on_lost: Document | None = None,
        rooms: Mapping[str, RoomHandler] | None = None,
        cached: int = _CACHED,
    ) -> None:
        if cached < 0:
            raise ScriptMistakeError(f"Scripts.cached: expected 0 or more calls, got {cached}")
        pairs = [*credentials]
        _expect_addresses(base_url, fallback_base_url, client, has_credentials=bool(pairs))
        self._client = client
        self._registry = ScriptRegistry(scripts)
        self._urls = base_url or "", fallback_base_url or ""
        self._security = Security(
            WebhookUrl[Event](Event, pairs or None), pairs[0] if pairs else None
        )
        self._apologies = Apologies(on_error or APOLOGY, on_lost or APOLOGY)
        self._rooms = dict(rooms or {})
        self._cache = LiveRuns(cached)
        self._has_own_journal = journal is None
        self._use(MemoryJournal() if journal is None else journal)

    def _use(self, journal: Journal) -> None:
        """Build all parts that rest on a journal."""
        self._journal = journal
        addresses = Addresses(partial(_signing_key, journal), *self._urls)
        pusher = Pusher(self._client, addresses, self._security.pair)
        links = Links(addresses, has_credentials=self._security.pair is not None)
        context = CallContext(links, frozenset(self._rooms), pusher.can_push)
        loader = Loader(journal, self._registry, context, self._cache)
        self._addresses = addresses
        self._loader = loader
        self._runner = Runner(journal, loader, links, self._apologies, pusher)
        again = Loader(journal, self._registry, context, LiveRuns(0))
        advancer = Advancer(journal, again, links, self._apologies.on_error)
        self._replayer = Replayer(again, advancer, self._registry)
        self._webhooks = Webhooks(
            self._runner, self._registry, addresses, self._security, self._rooms
        )

    def renew_memory(self) -> None:
        """Forget all calls of the memory journal that is the default.

        A simulator does so when it first calls the application: its calls have the same ids as
        those of the simulator before it.
        """
        if self._has_own_journal:
            self._cache.clear()
            self._use(MemoryJournal())

    @property
    def journal(self) -> Journal:
        """The journal of this application."""
        return self._journal

    def handle(self, request: ScriptRequest) -> ScriptReply:
        """Return the reply to one request; for servers that speak neither ASGI nor WSGI."""
        return self._webhooks.handle(request)

    async def ahandle(self, request: ScriptRequest) -> ScriptReply:
        """Do the same as ``handle``, in a thread."""
        return await asyncio.to_thread(self.handle, request)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve as an ASGI application."""
        await serve_asgi(self, scope, receive, send)

    def wsgi(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve as a WSGI application."""
        return serve_wsgi(self, environ, start_response)

    def has(self, name: str, version: str) -> bool:
        """Return whether this application has a script of this name and version."""
        return self._registry.find(name, version) is not None

    def activate(self, name: str, version: str | None) -> None:
        """Give new calls this version of a script; None for the one that is listed first."""
        if version is not None and self._registry.find(name, version) is None:
            raise ScriptMistakeError(f"activate: there is no script {name}@{version} here")
        self._journal.set_setting(active_setting(name), version)

    def override(self, document: Document | None) -> None:
        """Give all new calls this document in place of their scripts; None ends that.

        :raises ScriptMistakeError: for anything else.
        """
        if not isinstance(cast("object", document), Document | None):
            got = f"got {quoted(document)}; read text with bxml.parse"
            raise ScriptMistakeError(f"override: expected a document or None, {got}")
        text = None if document is None else document.to_bxml()
        self._journal.set_setting(OVERRIDE, text)

    def suspended(self, call_id: str) -> tuple[Suspended, ...]:
        """Return where the functions of a call wait, that of the call itself first: for tools.

        Empty for a call that the journal does not have, or whose script is not here.
        """
        return suspended(self._journal, self._loader, call_id)

    def check_replays(self, *, process: bool = False) -> int:
        """Replay every call of the journal, and return how many there were: for tests.

        Each has to make the same awaits and documents as before, and may open connections, start
        processes and write files in ``call.run`` only. ``process`` replays them in another process
        too, with another hash seed, time zone, locale and folder; the application needs a name in a
        module for it.

        :raises ReplayDifferenceError: if a script did something else; it names the lines.
        """
        recorded = [
            RecordedRun(run, tuple(self._journal.entries(run.run_id)))
            for run in self._journal.runs()
        ]
        found = [text for each in recorded for text in self._replayer.findings(each)]
        if process and not found:
            with FIRST_IMPORT:
                from callcontrol.scripts.replay_process import findings_elsewhere

            settings = {_KEY: self._journal.setting(_KEY) or ""}
            found += findings_elsewhere(self, settings, recorded)
        if found:
            raise ReplayDifferenceError("\n".join(found))
        return len(recorded)

    def replayed(self, journal: Journal, recorded: Iterable[RecordedRun]) -> Iterator[str]:
        """Yield what replays of these calls do in another way, with the settings of a journal."""
        self._use(journal)
        for each in recorded:
            yield from self._replayer.findings(each)

    def put_away(self) -> None:
        """Drop the functions of all calls from memory; their next webhooks replay them."""
        self._cache.clear()

    def close(self) -> None:
        """Drop the functions and close the journal."""
        self.put_away()
        self._journal.close()


def _signing_key(journal: Journal) -> bytes:
    """Return the key of all processes with this journal; the first one makes it."""
    found = journal.setting(_KEY)
    if found is None:
        with journal.lock(_KEY, timeout=_LOCK_SECONDS):
            found = journal.setting(_KEY)
            if found is None:
                found = secrets.token_hex()
                journal.set_setting(_KEY, found)
    return bytes.fromhex(found)


def _expect_addresses(
    base_url: str | None,
    fallback_base_url: str | None,
    client: "Client | None",
    *,
    has_credentials: bool,
) -> None:
    for name, url in (("base_url", base_url), ("fallback_base_url", fallback_base_url)):
        if url is None:
            continue
        if origin_of(url) is None or "?" in url or "#" in url:
            text = f"expected an absolute http or https URL without a query, got {quoted(url)}"
            raise ScriptMistakeError(f"Scripts.{name}: {text}")
        if has_credentials and not url.lower().startswith("https:"):
            raise ScriptMistakeError(f"Scripts.{name}: expected https with credentials, got http")
    if client is not None and base_url is None:
        text = "expected the public address of this application with client, got nothing"
        raise ScriptMistakeError(
            f"Scripts.base_url: {text}; a pushed document has no URL of its own"
        )
