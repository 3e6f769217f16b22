"""The result of a run, with the totals of all processes that worked on its journal."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from shlex import quote
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from callcontrol.bulk.journal import Journal

COUNTS = ("done", "gone", "refused", "unknown", "skipped", "planned", "sent")


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
    sent: int = 0
    """Sent, and without an outcome yet; if the process died, their outcome is unknown."""
    maybe_twice: int = 0
    """May have been sent twice: repeated because their outcome was unknown, or started more than
    once by an executor that repeats work by itself."""
    limited: int = 0
    """Replies with status 429."""
    stopped: str | None = None
    """Why the run stopped before its end; None if it did not."""
    excluded: Mapping[str, int] = field(default_factory=dict[str, int])
    """Calls that the plan left out, by reason."""
    ended: Mapping[str, int] | None = None
    """Calls that ended within ten seconds of their change, by cause; None if not looked up."""

    @property
    def is_complete(self) -> bool:
        """Whether every call has an outcome."""
        return self.planned == 0 and self.sent == 0

    @property
    def total(self) -> int:
        """Number of calls in the plan."""
        return sum(getattr(self, name) for name in COUNTS)

    @property
    def resume_command(self) -> str | None:
        """The command that continues the run; None if nothing is left."""
        return None if self.is_complete else f"callcontrol bulk resume {quote(self.journal)}"

    def __str__(self) -> str:
        counts = ((name, getattr(self, name)) for name in COUNTS)
        text = ", ".join(f"{count:,} {name}" for name, count in counts if count) or "no calls"
        return f"{text}; stopped: {self.stopped}" if self.stopped else text


def report_of(journal: "Journal", *, limited: int = 0, stopped: str | None = None) -> Report:
    """Return the totals of a journal; ``limited`` and ``stopped`` are those of the present run."""
    about = journal.about()
    ended = about.get("ended")
    return Report(
        journal=str(journal.path),
        **{str(state): count for state, count in journal.counts().items()},
        maybe_twice=journal.maybe_twice(),
        limited=limited + int(about.get("limited", "0")),
        stopped=stopped or about.get("stopped") or None,
        excluded=cast("Mapping[str, int]", json.loads(about.get("excluded", "{}"))),
        ended=None if ended is None else cast("Mapping[str, int]", json.loads(ended)),
    )
