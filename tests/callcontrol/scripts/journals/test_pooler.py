"""A journal in PostgreSQL behind PgBouncer, which may give each transaction to another backend."""

from collections.abc import Generator

import pytest

from callcontrol.scripts.journals import PostgresJournal
from callcontrol.scripts.journals.conformance import CHECKS, Check
from tests.journal_checks import failure_of
from tests.journal_servers import Server, find_program, pooler_server


@pytest.fixture(scope="module")
def pooler(running_postgres: Server) -> Generator[Server]:
    """Start PgBouncer."""
    if find_program("pgbouncer") is None:
        pytest.skip("pgbouncer is not installed")
    server = pooler_server(running_postgres)
    yield server
    server.remove()


LOCKS_AND_COMMITS = [
    check
    for check in CHECKS
    if check.several_processes or check.name.startswith(("commit", "lock", "one_of"))
]


@pytest.mark.parametrize("check", LOCKS_AND_COMMITS, ids=str)
@pytest.mark.usefixtures("postgres")
def test_in_transaction_mode(check: Check, pooler: Server) -> None:
    """Locks hold, and commits are whole."""
    assert failure_of(check, lambda: PostgresJournal(pooler.url)) == ""
