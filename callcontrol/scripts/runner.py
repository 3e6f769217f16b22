"""The protocol: one resolution and one reply for each step, however often it is asked for."""

import hashlib
import logging
import threading
import time
from dataclasses import dataclass, replace
from functools import partial

from bxml import Document
from callcontrol.events import Event
from callcontrol.scripts.addresses import Address
from callcontrol.scripts.advancing import Advancer
from callcontrol.scripts.errors import (
    EntryExistsError,
    JournalBusyError,
    JournalError,
    ScriptChangedError,
)
from callcontrol.scripts.execution import Execution
from callcontrol.scripts.journals.model import Changes, Message, Run
from callcontrol.scripts.journals.protocol import Journal
from callcontrol.scripts.links import Links
from callcontrol.scripts.live import LiveRun
from callcontrol.scripts.loading import Loader, UnknownVersionError
from callcontrol.scripts.pushing import Pusher
from callcontrol.scripts.repeating import Repeated
from callcontrol.scripts.replies import MOST_ROUNDS, come_again
from callcontrol.scripts.resolutions import Resolution
from callcontrol.scripts.waiting_tasks import WaitingTasks

_LOGGER = logging.getLogger("callcontrol.scripts")
_LOCK_SECONDS = 10.0
_PUSHING_PAUSE = 0.5


@dataclass(frozen=True, slots=True)
class Apologies:
    """Documents for calls that cannot go on."""

    on_error: Document
    on_lost: Document


class Runner:
    """Answers webhooks and takes messages for the runs of one journal."""

    def __init__(
        self,
        journal: Journal,
        loader: Loader,
        links: Links,
        apologies: Apologies,
        pusher: Pusher,
    ) -> None:
        self.journal = journal
        self._loader = loader
        self._links = links
        self.apologies = apologies
        self._pusher = pusher
        self._advancer = Advancer(journal, loader, links, apologies.on_error)
        self._tasks = WaitingTasks(journal, self.take_messages)
        self._later = Repeated()

    # --- webhooks with a reply --------------------------------------------------------------

    def begin(self, run: Run, event: Event) -> str:
        """Return the first document of a call; the same for every delivery of its webhook."""
        made = self.journal.create(run)
        return self.reply(Address(made.run_id, "", 0), event)

    def reply(self, address: Address, event: Event) -> str:
        """Return the document for a webhook that waits for one."""
        try:
            return self._replied(address, event)
        except (UnknownVersionError, JournalBusyError):
            return self._come_again(address)
        except EntryExistsError:  # another process was here in spite of the lock
            return self._stored(address) or self._come_again(address)
        except JournalError:
            _LOGGER.exception("the journal has failed for call %s", address.run_id)
            return self._come_again(address)
        except ScriptChangedError as error:
            return self._changed(address, error)

    def _replied(self, address: Address, event: Event) -> str:
        stored = self._stored(address)
        if stored is not None:
            return stored
        with self.journal.lock(address.run_id, timeout=_LOCK_SECONDS):
            stored = self._stored(address, is_locked=True)
            if stored is not None:
                return stored
            run = self.journal.run(address.run_id)
            if run is None:
                return self.apologies.on_lost.to_bxml()
            live = self._loader.load(run)
            text = self._answered(live, address, event)
            has_messages = self._has_messages(live)
            self._loader.cache.keep(live)
        if has_messages:  # of events that came while the call was up
            arguments = (address.run_id,)
            threading.Thread(target=self.take_messages, args=arguments, daemon=True).start()
        return text

    def _has_messages(self, live: LiveRun) -> bool:
        """Return whether a script that has ended has functions for events that are there."""
        if live.main.pending is not None or not live.script.handlers:
            return False
        inbox = live.inbox(self.journal)
        return any(message.name in live.script.handlers for message in inbox)

    def _come_again(self, address: Address) -> str:
        if address.rounds >= MOST_ROUNDS:
            return self.apologies.on_lost.to_bxml()
        return come_again(self._links, address)

    def _changed(self, address: Address, error: ScriptChangedError) -> str:
        _LOGGER.error("%s", error)
        run = self.journal.run(address.run_id)
        if run is not None and run.state == "running":
            failed = replace(run, state="failed", detail=f"ScriptChangedError: {error}")
            self.journal.commit(run.run_id, Changes(run=failed))
        return self.apologies.on_error.to_bxml()

    def _stored(self, address: Address, *, is_locked: bool = False) -> str | None:
        """Return the document in force, if the step of a webhook has its reply."""
        leg, step = address.leg, address.step
        found = self.journal.entry(address.run_id, (leg, step, "reply", 0))
        if found is None:
            return None
        while True:
            newer = self.journal.entry(address.run_id, (leg, step + 1, "reply", 0))
            if newer is None:
                break
            found, step = newer, step + 1
        run = self.journal.run(address.run_id)
        if run is not None and run.pushing == f"{leg}/{step}":
            return self._pushed(replace(address, step=step), found.value, is_locked=is_locked)
        return found.value

    def _pushed(self, address: Address, text: str, *, is_locked: bool) -> str:
        """Return a document that was being pushed, unless its push may still arrive."""
        if is_locked:
            self._pusher.clear(self.journal, address.run_id)
            return text
        try:
            with self.journal.lock(address.run_id, timeout=0):
                self._pusher.clear(self.journal, address.run_id)
        except JournalBusyError:
            return come_again(self._links, replace(address, rounds=0), pause=_PUSHING_PAUSE)
        return text

    def _answered(self, live: LiveRun, address: Address, event: Event) -> str:
        execution = self._loader.leg(live, address.leg)
        at = _time_of(event)
        execution.seen = max(execution.seen, at)
        if execution.address.step or address.leg:
            self._advancer.drain(live)
        if execution.pending is None or execution.address.step != address.step:
            return self._current(execution) or self._come_again(address)
        if event.event_type in execution.pending.resolved_by:
            found = Resolution.of_event(event, at or execution.seen)
            return self._done(live, execution, found)
        if execution.pending.hold is not None:
            return self._round(live, execution)
        return self._current(execution) or self._come_again(address)

    def _done(self, live: LiveRun, execution: Execution, found: Resolution) -> str:
        text = self._advancer.advance(live, execution, found, ()).document
        self._tasks.start(execution)
        return text

    def _round(self, live: LiveRun, execution: Execution) -> str:
        pending = execution.pending
        assert pending is not None  # noqa: S101 - it has a hold
        over = (
            pending.timeout is not None and execution.seen - execution.asked_at >= pending.timeout
        )
        if over:
            return self._done(live, execution, Resolution("timeout", at=execution.seen))
        self._tasks.start(execution)
        return self._advancer.hold(execution)

    def _current(self, execution: Execution) -> str | None:
        """Return the document that a function has sent last."""
        step = execution.address.step - (execution.pending is not None)
        leg = execution.address.leg
        entry = self.journal.entry(execution.address.run_id, (leg, step, "reply", 0))
        return None if entry is None else entry.value

    def current(self, run_id: str, leg: str) -> str:
        """Return the document in force of a leg, for a webhook without an address of ours."""
        found: str | None = None
        for entry in self.journal.entries(run_id):
            if entry.leg == leg and entry.kind == "reply":
                found = entry.value
        return found or self.apologies.on_lost.to_bxml()

    # --- messages ---------------------------------------------------------------------------

    def notify(self, run_id: str, event: Event, body: bytes) -> None:
        """Put an event that needs no reply into the inbox, and let the script take it."""
        message_id = hashlib.sha256(body).hexdigest()[:32]
        value = event.to_json()
        at = _time_of(event) or time.time()
        message = Message(message_id, run_id, "event", event.event_type, value, at)
        self.journal.post(message)
        self.take_messages(run_id, at)

    def take_messages(self, run_id: str, at: float = 0.0) -> bool:
        """Let a script take its messages, and push the document that follows.

        Return whether the call itself has gone on.
        """
        try:
            with self.journal.lock(run_id, timeout=_LOCK_SECONDS):
                run = self.journal.run(run_id)
                if run is None:
                    return False
                live = self._loader.load(run)
                live.main.seen = max(live.main.seen, at)
                taken = self._take(live)
                self._loader.cache.keep(live)
                return taken
        except (UnknownVersionError, JournalBusyError, EntryExistsError):
            return False  # the holder of the lock takes the message, or the next webhook does
        except ScriptChangedError as error:
            _LOGGER.error("%s", error)  # noqa: TRY400 - the text says where
            return False

    def _take(self, live: LiveRun) -> bool:
        main = live.main
        if not (self._pusher.can_push and main.ended is None and main.address.step > 0):
            return self._take_later(live)
        interrupted = main.pending
        done = self._advancer.drain(live, push=True)
        if done is None:
            return False
        self._tasks.start(main)
        if main.is_over:
            self._pusher.clear(self.journal, live.run.run_id)
        else:
            has_redirect = interrupted is not None and interrupted.hold is not None
            self._push(live, done.document, has_redirect=has_redirect)
        live.run = self.journal.run(live.run.run_id) or live.run
        return True

    def _push(self, live: LiveRun, text: str, *, has_redirect: bool) -> None:
        """Send a document to the call; again later if nothing else brings it."""
        found = self._pusher.push(live.run, text)
        if not found.is_certain and not has_redirect:
            again = partial(self._push_again, live.run.run_id, live.run.pushing, text)
            self._later.call(again)
            return
        self._pusher.clear(self.journal, live.run.run_id)
        main = live.main
        if found.ended is not None and main.pending is not None and main.pending.needs_call:
            ended = Resolution("ended", found.ended, "disconnect", main.seen)
            self._advancer.advance(live, main, ended, ())

    def _push_again(self, run_id: str, pushing: str, text: str) -> bool:
        """Repeat a push whose outcome is unknown; return whether it is over."""
        with self.journal.lock(run_id, timeout=_LOCK_SECONDS):
            run = self.journal.run(run_id)
            if run is None or run.pushing != pushing:
                return True  # a webhook took the document
            live = self._loader.load(run)
            found = self._pusher.push(run, text)
            if found.is_certain:
                self._pusher.clear(self.journal, run_id)
            self._loader.cache.keep(live)
            return found.is_certain

    def _take_later(self, live: LiveRun) -> bool:
        """Take what needs no push: the end of the call, and messages after it."""
        main = live.main
        pending = main.pending
        ends = any(item.name == "disconnect" for item in live.inbox(self.journal))
        if pending is not None and pending.needs_call and not ends:
            return False
        return self._advancer.drain(live) is not None


def _time_of(event: Event) -> float:
    return 0.0 if event.event_time is None else event.event_time.timestamp()
