"""Every store behaves as the one in memory does, in random sequences of operations."""

from collections.abc import Callable
from itertools import count
from pathlib import Path

import psycopg
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from callcontrol.scripts.journals import Journal
from callcontrol.scripts.journals.postgres import PostgresJournal
from callcontrol.scripts.journals.redis import RedisJournal
from callcontrol.scripts.journals.sqlite import SQLiteJournal
from callcontrol.scripts.journals.state_machine import state_machine
from tests.journal_servers import Server, ask_redis

EXAMPLES = settings(max_examples=settings().max_examples // 4, stateful_step_count=30)


def assert_same(open_empty: Callable[[], Journal]) -> None:
    """Run the comparison, which fails by itself."""
    examples = 0

    def open_next() -> Journal:
        nonlocal examples
        examples += 1
        return open_empty()

    run_state_machine_as_test(state_machine(open_next), settings=EXAMPLES)
    assert examples >= EXAMPLES.max_examples


def test_sqlite(folder: Path) -> None:
    """A new file for each sequence."""
    numbers = count()
    assert_same(lambda: SQLiteJournal(folder / f"{next(numbers)}.sqlite"))


def test_postgres(postgres: Server) -> None:
    """Empty tables for each sequence."""
    PostgresJournal(postgres.url).close()

    def open_empty() -> Journal:
        with psycopg.connect(postgres.url) as connection:
            connection.execute(
                "TRUNCATE callcontrol_runs, callcontrol_entries, callcontrol_messages,"
                " callcontrol_routes, callcontrol_settings"
            )
        return PostgresJournal(postgres.url)

    assert_same(open_empty)


def test_redis(redis_store: Server) -> None:
    """An empty server for each sequence."""

    def open_empty() -> Journal:
        ask_redis(redis_store.url, "FLUSHALL")
        return RedisJournal(redis_store.url)

    assert_same(open_empty)
