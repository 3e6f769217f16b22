"""A journal in a database of SQL: what SQLite and PostgreSQL have in common."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import ClassVar, Protocol, TypeVar, cast

from callcontrol.scripts.journals import _checks as checks
from callcontrol.scripts.journals import _tables as tables
from callcontrol.scripts.journals.model import Changes, Entry, Message, Route, Run, RunState

T = TypeVar("T")

Row = tuple[object, ...]
_ROWS_AT_ONCE = 100
"""Entries in one statement; databases limit its parameters."""


class Found(Protocol):
    """The result of a statement."""

    @property
    def rowcount(self) -> int:
        """How many rows it wrote."""
        ...

    def fetchall(self) -> Sequence[Row]:
        """Return the rows that it read."""
        ...


class Statements(Protocol):
    """A transaction, which executes statements."""

    def execute(self, statement: str, values: tuple[object, ...], /) -> Found:
        """Execute one."""
        ...


class SqlJournal(ABC):
    """A journal in the tables of ``_tables``; a store adds connections, transactions and locks."""

    _contains: ClassVar[str]
    """The function that returns the place of a text in another one."""
    _for_update: ClassVar[str]
    """The end of a query that locks the rows that it finds until the transaction is over."""

    @abstractmethod
    def _read(self, query: str, *values: object) -> Sequence[Row]:
        """Return the rows that a query finds now; none for values that no row can have."""

    @abstractmethod
    def _write(self, work: Callable[[Statements], T]) -> T:
        """Do some work in one transaction, which is rolled back if it raises."""

    def create(self, run: Run) -> Run:
        """Write a new run, or return the run that is there already."""
        checks.expect_run(f"run {run.run_id}", run)

        def work(transaction: Statements) -> Sequence[Row]:
            if transaction.execute(tables.CREATE_RUN, tables.run_values(run)).rowcount:
                return [tables.run_values(run)]
            return transaction.execute(
                tables.EXISTING_RUN, (run.run_id, run.script, run.key)
            ).fetchall()

        rows: Sequence[Row] = ()
        while not rows:  # the run that was in the way may be pruned before it is read
            rows = self._write(work)
        return min(map(tables.run_of, rows), key=lambda found: found.run_id != run.run_id)

    def run(self, run_id: str) -> Run | None:
        """Return the run."""
        return _first(self._read(tables.RUN, run_id), tables.run_of)

    def entries(self, run_id: str) -> Sequence[Entry]:
        """Return all entries of a run in the order in which they were committed."""
        return [tables.entry_of(row) for row in self._read(tables.ENTRIES, run_id)]

    def entry(self, run_id: str, key: tuple[str, int, str, int]) -> Entry | None:
        """Return one entry by leg, step, kind and index; takes no lock."""
        return _first(self._read(tables.ENTRY, run_id, *key), tables.entry_of)

    def commit(self, run_id: str, changes: Changes) -> None:
        """Write all changes in one transaction.

        :raises EntryExistsError: if an entry with one of the keys exists, or one of the messages to
            be taken is not in the inbox; nothing is written then.
        :raises UnknownRunError: if the journal has no such run.
        """
        checks.expect_changes(run_id, changes)
        # Made before the transaction, in which other writers wait.
        new_values = tables.update_values(changes.run) if changes.run else None
        inserts = list(_inserts(run_id, changes.entries))

        def work(transaction: Statements) -> None:
            self._update_run(transaction, run_id, new_values)
            for statement, values, entries in inserts:
                if transaction.execute(statement, values).rowcount < len(entries):
                    raise checks.entry_exists(run_id, entries)
            for message_id in changes.taken:
                if not transaction.execute(tables.REMOVE_MESSAGE, (run_id, message_id)).rowcount:
                    raise checks.message_taken(run_id, message_id)
            for route in changes.routes:
                transaction.execute(tables.SET_ROUTE, (route.call_id, route.run_id, route.leg))

        self._write(work)

    def _update_run(self, transaction: Statements, run_id: str, values: Row | None) -> None:
        if values and transaction.execute(tables.UPDATE_RUN, values).rowcount:
            return
        self._expect_run(transaction, run_id)
        if values:
            raise checks.identity_changed(run_id)

    def _expect_run(self, transaction: Statements, run_id: str) -> None:
        query = f"{tables.RUN_EXISTS}{self._for_update}"
        if not transaction.execute(query, (run_id,)).fetchall():
            raise checks.unknown_run(run_id)

    def post(self, message: Message) -> bool:
        """Put a message into the inbox of its run; False if the id was posted before.

        :raises UnknownRunError: if the journal has no such run.
        """
        checks.expect_message(f"run {message.run_id}", message)
        values = (message.run_id, message.message_id, message.kind, message.name, message.value)

        def work(transaction: Statements) -> bool:
            self._expect_run(transaction, message.run_id)
            posted = transaction.execute(tables.POST, (*values, float(message.created_at)))
            return posted.rowcount == 1

        return self._write(work)

    def inbox(self, run_id: str) -> Sequence[Message]:
        """Return the messages that nothing has taken or withdrawn, oldest first."""
        return [tables.message_of(row) for row in self._read(tables.INBOX, run_id)]

    def withdraw(self, run_id: str, message_id: str) -> bool:
        """Remove a message from the inbox; False if it is not there (any longer)."""
        if not (checks.is_storable(run_id) and checks.is_storable(message_id)):
            return False

        def work(transaction: Statements) -> bool:
            return transaction.execute(tables.REMOVE_MESSAGE, (run_id, message_id)).rowcount == 1

        return self._write(work)

    def route(self, call_id: str) -> Route | None:
        """Return the run and leg that webhooks of a call belong to."""
        return _first(self._read(tables.ROUTE, call_id), tables.route_of)

    def waiting(self, name: str) -> Sequence[Run]:
        """Return the running runs that wait for this signal or event, longest first."""
        query = tables.WAITING.format(contains=self._contains)
        runs = map(tables.run_of, self._read(query, tables.list_text([name])[1:-1]))
        return [run for run in runs if name in run.waiting_for]

    def runs(self, *, state: RunState | None = None, script: str | None = None) -> Iterator[Run]:
        """Iterate over runs, oldest first."""
        last = (-1e308, "")
        while rows := self._read(tables.RUNS, *last):
            for run in map(tables.run_of, rows):
                last = run.created_at, run.run_id
                if state in (None, run.state) and script in (None, run.script):
                    yield run

    def setting(self, name: str) -> str | None:
        """Return a setting."""
        return _first(self._read(tables.SETTING, name), lambda row: cast("str", row[0]))

    def set_setting(self, name: str, value: str | None) -> None:
        """Write a setting, or remove it with None."""
        checks.expect_texts("setting", (name, value or ""))

        def work(transaction: Statements) -> None:
            if value is None:
                transaction.execute(tables.REMOVE_SETTING, (name,))
            else:
                transaction.execute(tables.SET_SETTING, (name, value))

        self._write(work)

    def prune(self, *, before: float) -> int:
        """Remove runs not running that were last updated before this time; return their number."""
        query = f"{tables.AT_REST}{self._for_update}"

        def work(transaction: Statements) -> int:
            rows = transaction.execute(query, (min(before, 1e308),)).fetchall()
            return _remove(transaction, [row[0] for row in rows])

        removed = 0
        while found := self._write(work):
            removed += found
        return removed

    def forget(self, number: str) -> int:
        """Remove every run, running ones too, that has this telephone number; return how many."""
        if not checks.is_storable(number):
            return 0
        query = f"{tables.WITH_NUMBER.format(contains=self._contains)}{self._for_update}"

        def work(transaction: Statements) -> int:
            rows = transaction.execute(query, (tables.list_text([number])[1:-1],)).fetchall()
            found = [row[0] for row in rows if number in tables.texts_of(cast("str", row[1]))]
            return _remove(transaction, found)

        return self._write(work)


def _first(rows: Sequence[Row], read: Callable[[Row], T]) -> T | None:
    return read(rows[0]) if rows else None


def _inserts(run_id: str, entries: Sequence[Entry]) -> Iterator[tuple[str, Row, Sequence[Entry]]]:
    """Yield statements that insert entries, with their values and the entries."""
    for start in range(0, len(entries), _ROWS_AT_ONCE):
        part = entries[start : start + _ROWS_AT_ONCE]
        rows = ((run_id, e.leg, e.step, e.kind, e.index, e.value) for e in part)
        yield tables.insert_entries(len(part)), tuple(chain.from_iterable(rows)), part


def _remove(transaction: Statements, run_ids: Sequence[object]) -> int:
    for run_id in run_ids:
        for table in tables.TABLES_OF_RUNS:
            statement = f"DELETE FROM {table} WHERE run_id = ?"  # noqa: S608 - our own tables
            transaction.execute(statement, (run_id,))
    return len(run_ids)
