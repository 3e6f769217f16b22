"""Every store passes the checks that authors of other stores run on theirs."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from callcontrol.scripts.journals import Changes, Journal, MemoryJournal
from callcontrol.scripts.journals.conformance import CHECKS, Check
from callcontrol.scripts.journals.postgres import PostgresJournal
from callcontrol.scripts.journals.redis import RedisJournal
from callcontrol.scripts.journals.sqlite import SQLiteJournal
from tests.journal_checks import failure_of
from tests.journal_servers import Server


class Shared(MemoryJournal):
    """A journal in memory that several users open, which others must not close for them."""

    def close(self) -> None:
        """Do nothing."""


@pytest.mark.parametrize("check", CHECKS, ids=str)
def test_sqlite(check: Check, folder: Path) -> None:
    """A file, with its locks beside it."""
    assert failure_of(check, lambda: SQLiteJournal(folder / "calls.sqlite")) == ""


@pytest.mark.parametrize("check", CHECKS, ids=str)
def test_postgres(check: Check, postgres: Server) -> None:
    """A database."""
    assert failure_of(check, lambda: PostgresJournal(postgres.url)) == ""


@pytest.mark.parametrize("check", CHECKS, ids=str)
def test_redis(check: Check, redis_store: Server) -> None:
    """Keys in Redis."""
    assert failure_of(check, lambda: RedisJournal(redis_store.url)) == ""


@pytest.mark.parametrize("check", [each for each in CHECKS if not each.several_processes], ids=str)
def test_memory(check: Check) -> None:
    """The memory of this process."""
    journal: Journal = Shared()
    of_its_own = check.name == "a_closed_journal_is_refused"
    assert failure_of(check, MemoryJournal if of_its_own else lambda: journal) == ""


class Forgetful(Shared):
    """A journal with faults: it takes a second entry with the same key, and locks nothing."""

    def commit(self, run_id: str, changes: Changes) -> None:
        """Drop entries that exist."""
        there = {(entry.leg, entry.step) for entry in self.entries(run_id)}
        kept = [entry for entry in changes.entries if (entry.leg, entry.step) not in there]
        super().commit(run_id, replace(changes, entries=tuple(kept)))

    def lock(self, run_id: str, *, timeout: float) -> AbstractContextManager[None]:
        """Hold nothing."""
        assert timeout >= 0, run_id
        return nullcontext()


def test_faults_are_found() -> None:
    """In the words of the protocol."""
    found: dict[str, str] = {}
    for check in CHECKS:
        if not check.several_processes:
            journal = Forgetful()
            found[check.name] = failure_of(check, lambda: journal)  # noqa: B023 - used at once
    assert {name for name, text in found.items() if text} == {
        "a_closed_journal_is_refused",
        "commit_writes_all_or_nothing",
        "lock_has_one_holder",
        "lock_is_given_to_those_who_wait",
        "one_of_many_writers_writes_a_step",
    }
    assert found["commit_writes_all_or_nothing"].endswith("expected EntryExistsError, got no error")
    assert found["lock_has_one_holder"] == (
        "lock that is held: expected JournalBusyError, got no error"
    )
