"""What reading a source gives: a document, or the reason why there is none."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True)
class Loaded:
    """One document as it came."""

    name: str
    """How reports call it; for a file its path."""
    body: bytes = field(repr=False)
    kind: Literal["file", "stdin", "url"] = "file"
    notes: tuple[str, ...] = ()
    """What is odd about the way it came."""
    silent: bool = False
    """True for a reply without a body: an application that says nothing."""

    @property
    def path(self) -> Path:
        """Where a document of the kind ``file`` stands."""
        return Path(self.name)


@dataclass(frozen=True, slots=True)
class Unread:
    """One source that gave no document, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Request:
    """How running applications are asked."""

    method: str = "GET"
    body: bytes | None = field(default=None, repr=False)
    """JSON, as a webhook carries it."""
    timeout: float = 10
    """Seconds for the whole exchange."""
