"""The result of a run, with the totals of all processes that worked on its journal."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Number of calls by outcome, since the journal was created."""

    journal: str
    """Path of the journal."""
    done: int = 0
    """The platform accepted the change."""
    gone: int = 0
    """The call had ended before; no error."""
    refused: int = 0
    """The platform refused the change."""
    unknown: int = 0
    """The change may or may not have been made."""
    skipped: int = 0
    """``skip_if`` returned true."""
    planned: int = 0
    """Not sent yet."""
    maybe_twice: int = 0
    """Sent by an executor that repeats work by itself, and started more than once."""
    limited: int = 0
    """Replies of this process with status 429."""
    stopped: str | None = None
    """Why the run stopped before its end; None if it did not."""
    excluded: Mapping[str, int] | None = None
    """Calls that the plan left out, by reason."""

    @property
    def is_complete(self) -> bool:
        """Whether every call has been dealt with."""
        return self.planned == 0

    @property
    def resume_command(self) -> str | None:
        """The command that goes on with the run; None if nothing is left."""
        from shlex import quote

        return None if self.is_complete else f"callcontrol bulk resume {quote(self.journal)}"

    def __str__(self) -> str:
        names = ("done", "gone", "refused", "unknown", "skipped", "planned")
        counts = ((name, getattr(self, name)) for name in names)
        text = ", ".join(f"{count:,} {name}" for name, count in counts if count) or "no calls"
        return f"{text}; stopped: {self.stopped}" if self.stopped else text
