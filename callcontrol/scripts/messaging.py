"""Signals to the scripts of live calls, from any process that has the journal."""

import asyncio
import json
import logging
import time
import uuid
from typing import TYPE_CHECKING, Literal, TypeVar

from callcontrol.errors import AuthenticationError, CallControlError, NotFoundError, TokenError
from callcontrol.scripts.definitions import INTERRUPT, Signal, expect_signal
from callcontrol.scripts.errors import ScriptMistakeError, UnknownRunError
from callcontrol.scripts.journals.model import Message, Run
from callcontrol.scripts.journals.protocol import Journal
from callcontrol.scripts.runner import Runner

if TYPE_CHECKING:
    from callcontrol.client import Client

_LOGGER = logging.getLogger("callcontrol.scripts")
T = TypeVar("T")
_LOCK_SECONDS = 10.0
SignalOutcome = Literal["delivered", "waiting", "ended", "unknown"]


class Messaging:
    """The methods of ``Scripts`` that send messages to calls."""

    _journal: Journal
    _runner: Runner
    _client: "Client | None"

    def signal(self, call_id: str, signal: Signal[T], value: T) -> SignalOutcome:
        """Send a value to the script of a call.

        ``delivered``: the script has gone on with it. ``waiting``: it takes it with its next
        ``wait_for`` or ``first``, or at the end of the present round of a hold. ``ended``,
        ``unknown``: there is no such script any longer, or there never was.

        :raises ScriptMistakeError: for a value of another type.
        :raises JournalError: if the journal cannot be written.
        """
        expect_signal(signal).expect_value(value)
        return self._send(call_id, signal.name, value)

    async def asignal(self, call_id: str, signal: Signal[T], value: T) -> SignalOutcome:
        """Do the same as ``signal``, in a thread."""
        return await asyncio.to_thread(self.signal, call_id, signal, value)

    def signal_first(self, signal: Signal[T], value: T) -> str | None:
        """Send a value to the call that waits longest for the signal; return its call id.

        None if no call waits. A call that waits for the same signal again keeps its place. Of
        several values that are sent at once, by any processes, each reaches another call.

        :raises ScriptMistakeError: for a value of another type.
        :raises JournalError: if the journal cannot be written.
        """
        expect_signal(signal).expect_value(value)
        for run in self._journal.waiting(signal.name):
            with self._journal.lock(f"first {signal.name}", timeout=_LOCK_SECONDS):
                inbox = self._journal.inbox(run.run_id)
                if any(message.name == signal.name for message in inbox):
                    continue  # another agent has it already
                message_id = self._post(run.run_id, signal.name, value)
            if message_id is None:
                continue
            outcome = self._delivered(run.run_id, message_id)
            if outcome == "delivered":
                return run.call_id
            if outcome == "waiting" and self._is_waiting(run.run_id, signal.name):
                return run.call_id
            if outcome == "waiting" and not self._journal.withdraw(run.run_id, message_id):
                return run.call_id  # it was taken in this moment
        return None

    def waiting(self, signal: Signal[T]) -> tuple[str, ...]:
        """Return the ids of the calls that wait for a signal, the longest wait first."""
        waiting = self._journal.waiting(expect_signal(signal).name)
        return tuple(run.call_id for run in waiting)

    def withdraw(self, call_id: str, signal: Signal[T]) -> bool:
        """Take back what the script has not taken; return whether there was anything."""
        expect_signal(signal)
        run = self._run_of(call_id)
        if run is None:
            return False
        found = [
            self._journal.withdraw(run.run_id, message.message_id)
            for message in self._journal.inbox(run.run_id)
            if (message.kind, message.name) == ("signal", signal.name)
        ]
        return any(found)

    def interrupt(self, call_id: str, reason: str = "") -> SignalOutcome:
        """Raise ``CallInterruptedError`` in the script of a call, at its pending await."""
        return self._send(call_id, INTERRUPT, reason)

    def sweep(self, *, quiet: float = 600) -> int:
        """End the scripts of calls that are over without notice; return how many.

        Asks the platform for the state of each call whose script has done nothing for ``quiet``
        seconds. Without a status URL, the end of an inbound call is noticed only in this way.

        :raises AuthenticationError: if the platform refuses the credentials.
        """
        if self._client is None:
            raise ScriptMistakeError("sweep: needs Scripts(client=...) to ask for states of calls")
        before = time.time() - quiet
        return sum(
            self._end_if_over(run, self._client)
            for run in [*self._journal.runs(state="running")]
            if run.updated_at < before
        )

    def _end_if_over(self, run: Run, client: "Client") -> bool:
        cause = "unknown"
        try:
            state = client.get_call_state(run.call_id)
        except NotFoundError:
            pass
        except (AuthenticationError, TokenError):
            raise
        except CallControlError as error:  # asked again by the next sweep
            _LOGGER.warning("the state of call %s was not read: %s", run.call_id, error)
            return False
        else:
            if state.state != "disconnected":
                return False
            cause = state.disconnect_cause or cause
        self._end(run, cause)
        return True

    def _end(self, run: Run, cause: str) -> None:
        event = {"eventType": "disconnect", "callId": run.call_id, "cause": cause}
        body = json.dumps(event)
        self._journal.post(
            Message(f"end of {run.run_id}", run.run_id, "event", "disconnect", body, time.time())
        )
        self._runner.take_messages(run.run_id)

    def end(self, call_id: str, cause: str = "unknown") -> SignalOutcome:
        """Let the script of a call end as if the call were over; the call itself is left alone.

        ``waiting``: the script does not end by it, because it waits for an event after the call, or
        because another process has it in hand.
        """
        run = self._run_of(call_id)
        if run is None:
            return "unknown"
        if run.state != "running":
            return "ended"
        self._end(run, cause)
        found = self._journal.run(run.run_id)
        return "waiting" if found is not None and found.state == "running" else "delivered"

    def kick(self, call_id: str) -> bool:
        """Replay the script of a call, and go on where a process died; return whether it went on.

        A run that has failed because its code was changed is running again afterwards.

        :raises UnknownRunError: if the journal has no such call.
        :raises ScriptChangedError: if the script does something else now.
        :raises JournalBusyError: if another process has the call in hand.
        """
        run = self._run_of(call_id)
        return self._runner.kick(call_id if run is None else run.run_id)

    def _send(self, call_id: str, name: str, value: object) -> SignalOutcome:
        run = self._run_of(call_id)
        if run is None:
            return "unknown"
        if run.state != "running":
            return "ended"
        message_id = self._post(run.run_id, name, value)
        return "unknown" if message_id is None else self._delivered(run.run_id, message_id)

    def _post(self, run_id: str, name: str, value: object) -> str | None:
        """Put a value into the inbox of a run and return its id; None if there is no such run."""
        message_id = uuid.uuid4().hex
        text = json.dumps(value)
        try:
            self._journal.post(Message(message_id, run_id, "signal", name, text, time.time()))
        except UnknownRunError:
            return None
        return message_id

    def _delivered(self, run_id: str, message_id: str) -> SignalOutcome:
        """Let a script take its messages, and return the outcome of one."""
        self._runner.take_messages(run_id)
        return self._outcome(run_id, message_id)

    def _outcome(self, run_id: str, message_id: str) -> SignalOutcome:
        left = any(message.message_id == message_id for message in self._journal.inbox(run_id))
        if not left:
            return "delivered"
        run = self._journal.run(run_id)
        if run is None or run.state != "running":
            self._journal.withdraw(run_id, message_id)
            return "ended"
        return "waiting"

    def _is_waiting(self, run_id: str, name: str) -> bool:
        run = self._journal.run(run_id)
        return run is not None and run.state == "running" and name in run.waiting_for

    def _run_of(self, call_id: str) -> Run | None:
        run = self._journal.run(call_id)
        if run is not None:
            return run
        route = self._journal.route(call_id)
        return None if route is None else self._journal.run(route.run_id)
