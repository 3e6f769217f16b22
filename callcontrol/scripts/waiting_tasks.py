"""Functions that run in the background while the caller hears the hold."""

import logging
import threading
import time
from collections.abc import Callable

from callcontrol.scripts.asks import Task
from callcontrol.scripts.errors import JournalBusyError, JournalError
from callcontrol.scripts.execution import Execution
from callcontrol.scripts.journals.model import Message
from callcontrol.scripts.journals.protocol import Journal
from callcontrol.scripts.reading import run_message
from callcontrol.scripts.tasks import called

_LOGGER = logging.getLogger("callcontrol.scripts")


class WaitingTasks:
    """Starts each task once, whichever process gets the next webhook.

    The one that runs it holds a lock for as long, which the operating system drops with the
    process; the next round of the hold then starts the task again.
    """

    def __init__(self, journal: Journal, on_done: Callable[[str], object]) -> None:
        self._journal = journal
        self._on_done = on_done
        self._running: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    def start(self, execution: Execution) -> None:
        """Start the task of a pending await, unless it runs."""
        pending = execution.pending
        if pending is None or pending.task is None:
            return
        run_id, (_, name) = execution.address.run_id, run_message(execution.address)
        with self._lock:
            if (run_id, name) in self._running:
                return
            self._running.add((run_id, name))
        arguments = (run_id, name, pending.task)
        threading.Thread(target=self._work, args=arguments, daemon=True).start()

    def _work(self, run_id: str, name: str, task: Task) -> None:
        try:
            with self._journal.lock(f"{run_id} {name}", timeout=0):
                self._post(run_id, name, task)
            self._on_done(run_id)
        except JournalBusyError:
            return  # another process runs it
        except JournalError:
            _LOGGER.exception("the journal has failed for call %s", run_id)
        finally:
            with self._lock:
                self._running.discard((run_id, name))

    def _post(self, run_id: str, name: str, task: Task) -> None:
        if any(message.name == name for message in self._journal.inbox(run_id)):
            return
        found = called(task)
        self._journal.post(Message(name, run_id, "event", name, found.text, time.time()))
