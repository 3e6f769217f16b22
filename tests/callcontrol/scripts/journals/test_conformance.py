"""Every store passes the checks that authors of other stores run on theirs."""

from pathlib import Path

import pytest

from callcontrol.scripts.journals import Journal
from callcontrol.scripts.journals.conformance import CHECKS, Check
from callcontrol.scripts.journals.sqlite import SQLiteJournal


@pytest.mark.parametrize("check", CHECKS, ids=str)
def test_sqlite(check: Check, tmp_path: Path) -> None:
    """A file, with its locks beside it."""

    def open_journal() -> Journal:
        return SQLiteJournal(tmp_path / "calls.sqlite")

    check(open_journal)
