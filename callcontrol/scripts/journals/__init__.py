"""Journals: where runs of call scripts are kept."""

from callcontrol.scripts.journals.memory import MemoryJournal
from callcontrol.scripts.journals.model import (
    Changes,
    Entry,
    EntryKind,
    Message,
    MessageKind,
    Route,
    Run,
    RunState,
)
from callcontrol.scripts.journals.opening import open_journal
from callcontrol.scripts.journals.postgres import PostgresJournal
from callcontrol.scripts.journals.protocol import Journal
from callcontrol.scripts.journals.redis import RedisJournal
from callcontrol.scripts.journals.sqlite import SQLiteJournal

__all__ = [
    "Changes",
    "Entry",
    "EntryKind",
    "Journal",
    "MemoryJournal",
    "Message",
    "MessageKind",
    "PostgresJournal",
    "RedisJournal",
    "Route",
    "Run",
    "RunState",
    "SQLiteJournal",
    "open_journal",
]
