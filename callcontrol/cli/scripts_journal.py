"""Opens the journal of call scripts that an option names."""

from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from callcontrol.cli.errors import REFUSED, UNKNOWN, USAGE, CommandFailure

if TYPE_CHECKING:
    from callcontrol.scripts.journals.protocol import Journal

JOURNAL = "BW_JOURNAL"
"""Environment variable with the URL of the journal."""
_SQLITE = "sqlite:///"


class JournalFailure(CommandFailure):
    """The journal cannot be used, or has no such call."""

    @property
    def kind(self) -> str:
        """Name of the error in JSON output."""
        return "JournalError"


@contextmanager
def journal_errors() -> Generator[None, None, None]:
    """End a command whose journal cannot be used, or that another process keeps from its work."""
    from callcontrol.scripts.errors import JournalBusyError, JournalError, UnknownRunError

    try:
        yield
    except UnknownRunError as error:
        raise JournalFailure(str(error), REFUSED) from error
    except JournalBusyError as error:
        raise JournalFailure(f"{error}; a process has the call in hand", UNKNOWN) from error
    except JournalError as error:
        raise JournalFailure(str(error), USAGE) from error


@contextmanager
def opened(url: str) -> "Generator[Journal, None, None]":
    """Yield the journal at a URL, which is not made if it is missing.

    :raises JournalFailure: if it cannot be opened or read.
    """
    from callcontrol.scripts.journals import open_journal

    if url.startswith("memory:"):
        text = "journal of call scripts: expected one that several processes use, got memory:"
        raise JournalFailure(text, USAGE)
    _expect_file(url)
    with journal_errors(), closing(open_journal(url)) as journal:
        yield journal


def _expect_file(url: str) -> None:
    """Refuse the path of a file that is not there: a new one has no calls, whatever is live."""
    is_path = ":" not in url
    if not is_path and not url.startswith(_SQLITE):
        return
    path = url if is_path else url.removeprefix(_SQLITE).partition("?")[0]
    if not Path(path).is_file():
        text = f"journal of call scripts: expected a file, got none at {path}"
        raise JournalFailure(text, USAGE)
