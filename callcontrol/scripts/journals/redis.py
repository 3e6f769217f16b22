"""A journal in Redis: for several machines, and as durable as the server is set up to be.

Redis answers before its data is on a disk. With ``appendonly yes`` and the usual ``appendfsync
everysec`` a commit survives the end of the server's process, and a power failure may lose the last
second; with ``appendfsync always`` it survives that, too. Without ``appendonly`` a restart loses
all calls, and with an eviction policy the server drops some when its memory is full: both are
refused unless the journal is ``volatile``. A replica that takes over may lack the last commits.

Each commit is a Lua script, which Redis runs as one transaction. If the connection is cut during
one, it is sent again with its token, and is carried out once.

The lock of a run belongs to a connection of the process, which the server lists while it is open:
at the end of the process the lock is free at once, after a power failure of its machine when the
server notices (``tcp-keepalive``, 300 s unless set). If that connection is cut while the process
lives (also by the server's ``timeout``), or another server takes over, another process may take
its locks; the keys of the entries then decide which of the two writes the step. A proxy between
journal and server, other than one of TCP, has connections of its own and cannot be used.
"""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import cast
from uuid import uuid4

from callcontrol._fork import renewed_in_children
from callcontrol._secret import Secret
from callcontrol.scripts.errors import JournalError
from callcontrol.scripts.journals import _checks as checks
from callcontrol.scripts.journals import _redis_records as records
from callcontrol.scripts.journals import _redis_scripts as scripts
from callcontrol.scripts.journals._redis_client import Argument, RedisClient
from callcontrol.scripts.journals._redis_locks import ConnectionLocks
from callcontrol.scripts.journals._run_locks import RunLocks, busy
from callcontrol.scripts.journals.model import Changes, Entry, Message, Route, Run, RunState

VERSION = "1"
"""Version of the keys; a journal of another one is refused."""
_PREFIX = "{callcontrol}:"
_AT_ONCE = 500
"""Runs that are read in one script."""
_KEEPS_DATA = (
    ("persistence", "aof_enabled", "1"),
    ("memory", "maxmemory_policy", "noeviction"),
)
_HOW_TO_KEEP = {
    "aof_enabled": "set appendonly yes",
    "maxmemory_policy": "set maxmemory-policy noeviction",
}
_left_by_parents: list[object] = []
"""Clients of parents, which must not be finalized: they may hold locks of threads."""


class RedisJournal:
    """A journal in a Redis server, from version 6.2, in keys that begin with ``{callcontrol}:``.

    Needs ``pip install 'bxml-callcontrol[redis]'``.

    :param url: such as ``redis://user:password@host:6379/0``, ``rediss://...`` or
        ``unix:///path/to/socket``.
    :param volatile: whether a server is accepted that loses its data in a restart or when its
        memory is full.
    :param patience: seconds for which an operation waits for a server that went away.
    :raises JournalError: if redis-py is missing, the server cannot be reached or used, or has keys
        of another version.
    """

    def __init__(self, url: str, *, volatile: bool = False, patience: float = 5.0) -> None:
        self._url = Secret(url)
        self._patience = patience
        self._closed = False
        self._client = RedisClient(url)
        self._run_locks = RunLocks()
        self._locks = ConnectionLocks(self._url, _PREFIX, patience)
        renewed_in_children(self)
        try:
            self._prepare(volatile=volatile)
        except BaseException:
            self.close()
            raise

    def __repr__(self) -> str:
        return f"RedisJournal({self._client.name!r})"

    def renew_after_fork(self) -> None:
        """Leave the connections to the parent."""
        _left_by_parents.append(self._client)
        self._client = RedisClient(self._url.reveal())

    def _prepare(self, *, volatile: bool) -> None:
        self._client.expect_known_options(self._patience)
        self._execute("SET", f"{_PREFIX}version", VERSION, "NX")
        if (found := self._execute("GET", f"{_PREFIX}version")) != VERSION:
            expected = f"expected a journal of call scripts of version {VERSION}"
            advice = "use the release of this library that made it, or another database"
            raise JournalError(f"{self._client.name}: {expected}, got version {found}; {advice}")
        self._expect_listed_connections()
        for section, name, expected in () if volatile else _KEEPS_DATA:
            got = cast("Mapping[str, object]", self._execute("INFO", section)).get(name)
            if got is not None and str(got) != expected:  # some services do not report it
                text = f"{self._client.name}: expected a server with {name} {expected}, got {got}"
                advice = f"{_HOW_TO_KEEP[name]}, or accept the loss of calls with volatile=True"
                raise JournalError(f"{text}; {advice}")

    def _expect_listed_connections(self) -> None:
        def attempt(_: bool) -> object:  # noqa: FBT001 - whether it is a repetition
            number = self._client.execute("CLIENT", "ID")
            return self._client.execute("CLIENT", "LIST", "ID", cast("int", number))

        try:
            self._client.persistently(attempt, self._patience)
        except JournalError as error:
            advice = "the lock of a run needs Redis 6.2 and a user that may list connections"
            raise JournalError(f"{error}; {advice}") from None

    def _execute(self, *command: Argument) -> object:
        return self._persistently(lambda _: self._client.execute(*command))

    def _run(self, script: str, *values: Argument) -> object:
        return self._persistently(lambda _: self._client.run(script, [_PREFIX], values))

    def _persistently(self, attempt: Callable[[bool], object]) -> object:
        if self._closed:
            raise JournalError(f"{self._client.name}: the journal is closed")
        return self._client.persistently(attempt, self._patience)

    def _write(self, script: str, run_id: str, *values: Argument) -> str:
        """Run a script that is carried out once, even if it is sent again."""
        token = uuid4().hex

        def attempt(again: bool) -> object:  # noqa: FBT001 - whether it is a repetition
            arguments = (run_id, *values, token, int(again))
            return self._client.run(script, [_PREFIX], arguments)

        return cast("str", self._persistently(attempt))

    def create(self, run: Run) -> Run:
        """Write a new run, or return the run that is there already."""
        checks.expect_run(f"run {run.run_id}", run)
        texts = records.run_texts(run)
        return records.run_in(self._run(scripts.CREATE, run.run_id, int(bool(run.key)), *texts))

    def run(self, run_id: str) -> Run | None:
        """Return the run."""
        found = self._find("HGET", f"run:{run_id}", "run")
        return records.run_in(found) if found else None

    def _find(self, command: str, key: str, *fields: str) -> object:
        """Return what a key holds; None for a key that no write can have made."""
        if not all(map(checks.is_storable, (key, *fields))):
            return None
        return self._execute(command, f"{_PREFIX}{key}", *fields)

    def entries(self, run_id: str) -> Sequence[Entry]:
        """Return all entries of a run in the order in which they were committed."""
        return records.in_order(self._find("HGETALL", f"entries:{run_id}"), records.entry_in)

    def entry(self, run_id: str, key: tuple[str, int, str, int]) -> Entry | None:
        """Return one entry by leg, step, kind and index; takes no lock."""
        field = records.key_field(key)
        found = cast("str | None", self._find("HGET", f"entries:{run_id}", field))
        return records.entry_in(field, found.partition(":")[2]) if found else None

    def commit(self, run_id: str, changes: Changes) -> None:
        """Write all changes in one transaction.

        :raises EntryExistsError: if an entry with one of the keys exists, or one of the messages to
            be taken is not in the inbox; nothing is written then.
        :raises UnknownRunError: if the journal has no such run.
        """
        checks.expect_changes(run_id, changes)
        match self._write(scripts.COMMIT, run_id, records.changes_text(changes)):
            case "unknown":
                raise checks.unknown_run(run_id)
            case "identity":
                raise checks.identity_changed(run_id)
            case "exists":
                raise checks.entry_exists(run_id, changes.entries)
            case "taken":
                raise checks.message_taken(run_id, " or ".join(changes.taken))
            case _:
                return

    @contextmanager
    def _locked(self, run_id: str, timeout: float) -> Generator[None]:
        if self._closed:
            raise JournalError(f"{self._client.name}: the journal is closed")
        with (
            self._run_locks.hold(run_id, timeout) as deadline,
            self._locks.hold(run_id, deadline) as held,
        ):
            if not held:
                raise busy(run_id, timeout)
            yield

    def lock(self, run_id: str, *, timeout: float) -> AbstractContextManager[None]:
        """Hold the lock of a run: one holder at a time among all threads, processes and machines.

        The lock is free again when its holder's connection ends, however it ends.

        :param timeout: seconds to wait for it.
        :raises JournalBusyError: if it was not free within that time.
        """
        return self._locked(run_id, timeout)

    def post(self, message: Message) -> bool:
        """Put a message into the inbox of its run; False if the id was posted before.

        :raises UnknownRunError: if the journal has no such run.
        """
        checks.expect_message(f"run {message.run_id}", message)
        text = records.message_text(message)
        result = self._write(scripts.POST, message.run_id, message.message_id, text)
        if result == "unknown":
            raise checks.unknown_run(message.run_id)
        return result == "ok"

    def inbox(self, run_id: str) -> Sequence[Message]:
        """Return the messages that nothing has taken or withdrawn, oldest first."""
        found = self._find("HGETALL", f"inbox:{run_id}")
        return records.in_order(found, lambda _, text: records.message_in(text))

    def withdraw(self, run_id: str, message_id: str) -> bool:
        """Remove a message from the inbox; False if it is not there (any longer)."""
        if not (checks.is_storable(run_id) and checks.is_storable(message_id)):
            return False
        return self._write(scripts.WITHDRAW, run_id, message_id) == "ok"

    def route(self, call_id: str) -> Route | None:
        """Return the run and leg that webhooks of a call belong to."""
        found = self._find("HGET", "routes", call_id)
        return records.route_in(call_id, found) if found else None

    def waiting(self, name: str) -> Sequence[Run]:
        """Return the running runs that wait for this signal or event, longest first."""
        found = self._run(scripts.WAITING, name) if checks.is_storable(name) else ()
        return [records.run_in(text) for text in cast("Sequence[str]", found)]

    def runs(self, *, state: RunState | None = None, script: str | None = None) -> Iterator[Run]:
        """Iterate over runs, oldest first."""
        run_ids = cast("Sequence[str]", self._find("ZRANGE", "runs", "0", "-1"))
        for start in range(0, len(run_ids), _AT_ONCE):
            found = self._run(scripts.RUNS, *run_ids[start : start + _AT_ONCE])
            for run in map(records.run_in, cast("Sequence[str]", found)):
                if state in (None, run.state) and script in (None, run.script):
                    yield run

    def setting(self, name: str) -> str | None:
        """Return a setting."""
        return cast("str | None", self._find("HGET", "settings", name))

    def set_setting(self, name: str, value: str | None) -> None:
        """Write a setting, or remove it with None."""
        checks.expect_texts("setting", (name, value or ""))
        if value is None:
            self._find("HDEL", "settings", name)
        else:
            self._find("HSET", "settings", name, value)

    def prune(self, *, before: float) -> int:
        """Remove runs not running that were last updated before this time; return their number."""
        removed = 0
        while found := cast("int", self._run(scripts.PRUNE, "", f"({float(before)!r}")):
            removed += found
        return removed

    def forget(self, number: str) -> int:
        """Remove every run, running ones too, that has this telephone number; return how many."""
        return cast("int", self._run(scripts.FORGET, number)) if checks.is_storable(number) else 0

    def close(self) -> None:
        """Release connections; the journal cannot be used afterwards."""
        self._closed = True
        self._locks.close()
        self._client.close()
