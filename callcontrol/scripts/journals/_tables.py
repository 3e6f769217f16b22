"""The tables of a journal in a database of SQL, and the statements of both stores that have one.

Statements are written for SQLite; ``PostgresJournal`` translates their parameter marks. Lists of
texts are JSON in a column: they are short, and one query form serves both databases. Runs are
ordered by time and id, bytewise, so that all stores list them alike.
"""

import json
from collections.abc import Sequence
from functools import cache
from typing import cast

from callcontrol.scripts.journals.model import (
    Entry,
    EntryKind,
    Message,
    MessageKind,
    Route,
    Run,
    RunState,
)

VERSION = 1
"""Version of the tables; a journal of another one is refused."""

RUN_COLUMNS = (
    "run_id, script, key, version, created_at, updated_at, state, call_id, numbers, arguments,"
    " waiting_for, waiting_since, pushing, detail"
)

SCHEMA: Sequence[str] = (
    "CREATE TABLE callcontrol_about (version INTEGER NOT NULL)",
    f"INSERT INTO callcontrol_about VALUES ({VERSION})",
    """CREATE TABLE callcontrol_runs (
    run_id TEXT {collate} PRIMARY KEY,
    script TEXT NOT NULL,
    key TEXT NOT NULL,
    version TEXT NOT NULL,
    created_at {double} NOT NULL,
    updated_at {double} NOT NULL,
    state TEXT NOT NULL,
    call_id TEXT NOT NULL,
    numbers TEXT NOT NULL,
    arguments TEXT NOT NULL,
    waiting_for TEXT NOT NULL,
    waiting_since {double} NOT NULL,
    pushing TEXT NOT NULL,
    detail TEXT NOT NULL
)""",
    "CREATE UNIQUE INDEX callcontrol_runs_by_key ON callcontrol_runs (script, key) WHERE key <> ''",
    "CREATE INDEX callcontrol_runs_by_age ON callcontrol_runs (created_at, run_id)",
    "CREATE INDEX callcontrol_runs_at_rest ON callcontrol_runs (updated_at)"
    " WHERE state <> 'running'",
    "CREATE INDEX callcontrol_runs_waiting ON callcontrol_runs (waiting_since, run_id)"
    " WHERE state = 'running' AND waiting_for <> '[]'",
    """CREATE TABLE callcontrol_entries (
    position {serial},
    run_id TEXT NOT NULL,
    leg TEXT NOT NULL,
    step BIGINT NOT NULL,
    kind TEXT NOT NULL,
    number BIGINT NOT NULL,
    value TEXT NOT NULL,
    UNIQUE (run_id, leg, step, kind, number)
)""",
    """CREATE TABLE callcontrol_messages (
    position {serial},
    run_id TEXT NOT NULL,
    message_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    created_at {double} NOT NULL,
    gone INTEGER NOT NULL,
    UNIQUE (run_id, message_id)
)""",
    "CREATE TABLE callcontrol_routes"
    " (call_id TEXT PRIMARY KEY, run_id TEXT NOT NULL, leg TEXT NOT NULL)",
    "CREATE INDEX callcontrol_routes_by_run ON callcontrol_routes (run_id)",
    "CREATE TABLE callcontrol_settings (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
)
"""Statements that make the tables; the words in braces differ between databases."""

TABLES_OF_RUNS = (
    "callcontrol_entries",
    "callcontrol_messages",
    "callcontrol_routes",
    "callcontrol_runs",
)

ABOUT = "SELECT version FROM callcontrol_about"
CREATE_RUN = (
    f"INSERT INTO callcontrol_runs ({RUN_COLUMNS}) VALUES ({', '.join('?' * 14)})"
    " ON CONFLICT DO NOTHING"
)
EXISTING_RUN = (
    f"SELECT {RUN_COLUMNS} FROM callcontrol_runs WHERE run_id = ?"
    " UNION ALL"
    f" SELECT {RUN_COLUMNS} FROM callcontrol_runs WHERE script = ? AND key = ? AND key <> ''"
)
RUN = f"SELECT {RUN_COLUMNS} FROM callcontrol_runs WHERE run_id = ?"
RUN_EXISTS = "SELECT 1 FROM callcontrol_runs WHERE run_id = ?"
UPDATE_RUN = (
    "UPDATE callcontrol_runs SET version = ?, created_at = ?, updated_at = ?, state = ?,"
    " call_id = ?, numbers = ?, arguments = ?, waiting_for = ?, waiting_since = ?, pushing = ?,"
    " detail = ? WHERE run_id = ? AND script = ? AND key = ?"
)
ENTRIES = (
    "SELECT leg, step, kind, number, value FROM callcontrol_entries WHERE run_id = ?"
    " ORDER BY position"
)
ENTRY = (
    "SELECT leg, step, kind, number, value FROM callcontrol_entries"
    " WHERE run_id = ? AND leg = ? AND step = ? AND kind = ? AND number = ?"
)
POST = (
    "INSERT INTO callcontrol_messages (run_id, message_id, kind, name, value, created_at, gone)"
    " VALUES (?, ?, ?, ?, ?, ?, 0) ON CONFLICT DO NOTHING"
)
INBOX = (
    "SELECT message_id, run_id, kind, name, value, created_at FROM callcontrol_messages"
    " WHERE run_id = ? AND gone = 0 ORDER BY position"
)
REMOVE_MESSAGE = (
    "UPDATE callcontrol_messages SET gone = 1, value = ''"
    " WHERE run_id = ? AND message_id = ? AND gone = 0"
)
"""The row stays, so that the same message is not taken again, but not what it said."""

SET_ROUTE = (
    "INSERT INTO callcontrol_routes (call_id, run_id, leg) VALUES (?, ?, ?)"
    " ON CONFLICT (call_id) DO UPDATE SET run_id = excluded.run_id, leg = excluded.leg"
)
ROUTE = "SELECT call_id, run_id, leg FROM callcontrol_routes WHERE call_id = ?"
WAITING = (
    f"SELECT {RUN_COLUMNS} FROM callcontrol_runs WHERE state = 'running' AND waiting_for <> '[]'"
    " AND {contains}(waiting_for, ?) > 0 ORDER BY waiting_since, run_id"
)
"""Also finds a name with quotation marks in it by its parts: the caller compares again."""

RUNS = (
    f"SELECT {RUN_COLUMNS} FROM callcontrol_runs WHERE (created_at, run_id) > (?, ?)"
    " ORDER BY created_at, run_id LIMIT 500"
)
SETTING = "SELECT value FROM callcontrol_settings WHERE name = ?"
SET_SETTING = (
    "INSERT INTO callcontrol_settings (name, value) VALUES (?, ?)"
    " ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)
REMOVE_SETTING = "DELETE FROM callcontrol_settings WHERE name = ?"
AT_REST = (
    "SELECT run_id FROM callcontrol_runs WHERE state <> 'running' AND updated_at < ?"
    " ORDER BY run_id LIMIT 200"
)
WITH_NUMBER = (
    "SELECT run_id, numbers FROM callcontrol_runs WHERE {contains}(numbers, ?) > 0 ORDER BY run_id"
)


@cache
def insert_entries(count: int) -> str:
    """Return the statement that inserts some entries, and skips those that are there."""
    rows = ", ".join(["(?, ?, ?, ?, ?, ?)"] * count)
    columns = "run_id, leg, step, kind, number, value"
    return f"INSERT INTO callcontrol_entries ({columns}) VALUES {rows} ON CONFLICT DO NOTHING"


def run_values(run: Run) -> tuple[str | float, ...]:
    """Return the values of a run in the order of ``RUN_COLUMNS``."""
    return (run.run_id, run.script, run.key, *_changing(run))


def update_values(run: Run) -> tuple[str | float, ...]:
    """Return the parameters of ``UPDATE_RUN``."""
    return (*_changing(run), run.run_id, run.script, run.key)


def _changing(run: Run) -> tuple[str | float, ...]:
    return (
        run.version,
        float(run.created_at),
        float(run.updated_at),
        run.state,
        run.call_id,
        list_text(run.numbers),
        run.arguments,
        list_text(run.waiting_for),
        float(run.waiting_since),
        run.pushing,
        run.detail,
    )


def list_text(texts: Sequence[str]) -> str:
    """Return texts as a JSON list."""
    return json.dumps(texts, ensure_ascii=False) if texts else "[]"


def texts_of(text: str) -> tuple[str, ...]:
    """Return the texts of a JSON list."""
    return tuple(json.loads(text)) if text != "[]" else ()


def run_of(row: Sequence[object]) -> Run:
    """Return the run in a row of ``RUN_COLUMNS``."""
    run_id, script, key, version, created_at, updated_at, state, call_id, *rest = row
    numbers, arguments, waiting_for, waiting_since, pushing, detail = rest
    return Run(
        run_id=cast("str", run_id),
        script=cast("str", script),
        key=cast("str", key),
        version=cast("str", version),
        created_at=cast("float", created_at),
        updated_at=cast("float", updated_at),
        state=cast("RunState", state),
        call_id=cast("str", call_id),
        numbers=texts_of(cast("str", numbers)),
        arguments=cast("str", arguments),
        waiting_for=texts_of(cast("str", waiting_for)),
        waiting_since=cast("float", waiting_since),
        pushing=cast("str", pushing),
        detail=cast("str", detail),
    )


def entry_of(row: Sequence[object]) -> Entry:
    """Return the entry in a row of ``ENTRIES``."""
    return Entry(*cast("tuple[str, int, EntryKind, int, str]", tuple(row)))


def message_of(row: Sequence[object]) -> Message:
    """Return the message in a row of ``INBOX``."""
    return Message(*cast("tuple[str, str, MessageKind, str, str, float]", tuple(row)))


def route_of(row: Sequence[object]) -> Route:
    """Return the route in a row of ``ROUTE``."""
    return Route(*cast("tuple[str, str, str]", tuple(row)))
