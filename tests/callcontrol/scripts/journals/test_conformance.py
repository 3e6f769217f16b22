"""Every store passes the checks that authors of other stores run on theirs."""

from pathlib import Path

import pytest

from callcontrol.scripts.journals import Journal, MemoryJournal
from callcontrol.scripts.journals.conformance import CHECKS, Check
from callcontrol.scripts.journals.postgres import PostgresJournal
from callcontrol.scripts.journals.redis import RedisJournal
from callcontrol.scripts.journals.sqlite import SQLiteJournal
from tests.journal_servers import Server


class Shared(MemoryJournal):
    """A journal in memory that several users open, which others must not close for them."""

    def close(self) -> None:
        """Do nothing."""


@pytest.mark.parametrize("check", CHECKS, ids=str)
def test_sqlite(check: Check, folder: Path) -> None:
    """A file, with its locks beside it."""
    check(lambda: SQLiteJournal(folder / "calls.sqlite"))


@pytest.mark.parametrize("check", CHECKS, ids=str)
def test_postgres(check: Check, postgres: Server) -> None:
    """A database."""
    check(lambda: PostgresJournal(postgres.url))


@pytest.mark.parametrize("check", CHECKS, ids=str)
def test_redis(check: Check, redis_store: Server) -> None:
    """Keys in Redis."""
    check(lambda: RedisJournal(redis_store.url))


@pytest.mark.parametrize("check", [each for each in CHECKS if not each.several_processes], ids=str)
def test_memory(check: Check) -> None:
    """The memory of this process."""
    if check.name == "a_closed_journal_is_refused":
        check(MemoryJournal)
        return
    journal: Journal = Shared()
    check(lambda: journal)
