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
from callcontrol.scripts.journals.protocol import Journal

__all__ = [
    "Changes",
    "Entry",
    "EntryKind",
    "Journal",
    "MemoryJournal",
    "Message",
    "MessageKind",
    "Route",
    "Run",
    "RunState",
]
