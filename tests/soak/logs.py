"""What the two sides of a soak write down, a line for each thing that happens."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

__all__ = [
    "Attempt",
    "Ended",
    "Entry",
    "Placed",
    "Received",
    "Sent",
    "Server",
    "is_recorded",
    "read",
    "write",
]

Server = Literal["primary", "fallback"]
_EVERY = 5


@dataclass(frozen=True, slots=True)
class Placed:
    """A call was placed."""

    call_id: str


@dataclass(frozen=True, slots=True)
class Sent:
    """The simulator has put a webhook on its way."""

    call_id: str
    event: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """An exchange about a webhook is over, as the simulator sees it."""

    call_id: str
    event: str
    attempt: str
    """``first``, ``repeat`` or ``fallback``."""
    status: str
    """The HTTP status, empty if there was no reply."""
    failure: str
    """Why there was none, empty if there was one."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A call has ended."""

    call_id: str
    cause: str


@dataclass(frozen=True, slots=True)
class Received:
    """The application has received a webhook."""

    call_id: str
    event: str
    server: Server


Entry = Placed | Sent | Attempt | Ended | Received
_KINDS = {kind.__name__: kind for kind in (Placed, Sent, Attempt, Ended, Received)}


def write(entry: Entry) -> str:
    """Return an entry as a line."""
    cells = (str(getattr(entry, name)) for name in entry.__dataclass_fields__)
    return "\t".join((type(entry).__name__, *cells)) + "\n"


def read(path: Path) -> list[Entry]:
    """Return the entries of a file."""
    found: list[Entry] = []
    for line in path.read_text(encoding="ascii").splitlines():
        kind, *cells = line.split("\t")
        found.append(_KINDS[kind](*cells))  # type: ignore[arg-type]  # the cells that write() made
    return found


def is_recorded(call_id: str) -> bool:
    """Return whether the application records the call: one in five."""
    return int(call_id[2:10], 16) % _EVERY == 0
