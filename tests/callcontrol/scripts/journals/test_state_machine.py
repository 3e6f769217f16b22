"""Every store behaves as the one in memory does."""

from pathlib import Path
from tempfile import mkdtemp

from callcontrol.scripts.journals.sqlite import SQLiteJournal
from callcontrol.scripts.journals.state_machine import state_machine

TestSQLite = state_machine(lambda: SQLiteJournal(Path(mkdtemp()) / "j")).TestCase
