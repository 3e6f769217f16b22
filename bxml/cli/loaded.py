"""A source of a document, and the result of reading it: a document, or why there is none."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Kind = Literal["file", "stdin", "url"]


@dataclass(frozen=True, slots=True)
class Source:
    """One source that has not been read."""

    name: str
    """Path, URL, or ``-``."""
    kind: Kind


@dataclass(frozen=True, slots=True)
class Loaded:
    """One document as received."""

    name: str
    """Name in reports; for a file its path."""
    body: bytes = field(repr=False)
    kind: Kind = "file"
    notes: tuple[str, ...] = ()
    """Remarks about how it was received, such as a wrong Content-Type."""
    silent: bool = False
    """True for a reply without a body."""

    @property
    def path(self) -> Path:
        """Path of a document of the kind ``file``."""
        return Path(self.name)


@dataclass(frozen=True, slots=True)
class Unread:
    """One source that gave no document, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Request:
    """The request to a running application."""

    method: str = "GET"
    body: bytes | None = field(default=None, repr=False)
    """JSON body of a webhook."""
    timeout: float = 10
    """Seconds for the whole exchange."""
