"""BulkProgress and totals of ``callcontrol bulk``."""

import csv
import io
from collections import deque
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING, Self

import click
from rich.console import Console
from rich.live import Live
from rich.text import Text

from bxml.cli.reports import screen
from callcontrol.bulk.errors import BulkError, JournalError
from callcontrol.bulk.report import COUNTS, Report, report_of
from callcontrol.cli.errors import REFUSED, UNKNOWN, USAGE, CommandFailure
from callcontrol.cli.output import emit, remark, say

if TYPE_CHECKING:
    from callcontrol.bulk.journal import PlannedCall

STOPPED = 4
"""Exit code of a run that stopped before its end."""
SHOWN = 3
"""Documents that --dry-run shows."""
FORM = 1
"""Version of the JSON form."""
SPAN = 5.0
"""Seconds over which the rate is measured."""
LINE_EVERY = 5.0
"""Seconds between two lines of progress without a terminal."""
_FACTS = ("action", "account", "user", "host", "package", "reason", "command")
_COLUMNS = ("call_id", "action", "state", "attempts", "maybe_twice", "detail", "document")


@contextmanager
def bulk_errors() -> Generator[None, None, None]:
    """End a command whose plan or journal cannot be used; nothing was sent."""
    try:
        yield
    except BulkError as error:
        raise CommandFailure(str(error), USAGE) from error


class BulkProgress:
    """Shows counts, rate, 429s and time left on standard error; called with each report."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or screen(stderr=True)
        self._live = Live(console=self._console, transient=True, auto_refresh=False)
        self._seen: deque[tuple[float, int]] = deque()
        self._last_line = monotonic()

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._live.stop()
        if isinstance(error, JournalError) and self._seen:
            raise CommandFailure(f"{error}; the run has stopped", STOPPED) from error

    def __call__(self, report: Report) -> None:
        """Show a report."""
        now = monotonic()
        left = report.planned + report.sent
        self._seen.append((now, report.total - left))
        while self._seen[0][0] < now - SPAN:
            self._seen.popleft()
        line = self._line(report, left)
        if self._console.is_terminal:
            self._live.update(Text(line), refresh=True)
        elif now - self._last_line >= LINE_EVERY:
            self._last_line = now
            remark(line)

    def _line(self, report: Report, left: int) -> str:
        (begun, before), (now, handled) = self._seen[0], self._seen[-1]
        rate = (handled - before) / (now - begun) if now > begun else 0.0
        parts = [str(report), f"{rate:.0f}/s"]
        if report.limited:
            parts.append(f"429: {report.limited}")
        if rate > 0 and left:
            parts.append(f"{left / rate:.0f} s left")
        return "; ".join(parts)


def exit_code(report: Report) -> int:
    """Return the exit code of a run."""
    if not report.is_complete:
        return STOPPED
    if report.unknown:
        return UNKNOWN
    return REFUSED if report.refused else 0


def describe(journal: str) -> dict[str, object]:
    """Return the totals and facts of a journal as JSON values."""
    from callcontrol.bulk.journal import Journal

    with closing(Journal.open(journal)) as opened:
        report, about, hashes = report_of(opened), opened.about(), opened.documents()
    return {
        "version": FORM,
        "journal": journal,
        **{name: getattr(report, name) for name in COUNTS},
        "maybeTwice": report.maybe_twice,
        "limited": report.limited,
        "stopped": report.stopped,
        "excluded": dict(report.excluded),
        "ended": None if report.ended is None else dict(report.ended),
        "resume": report.resume_command,
        "documents": list(hashes),
        **{name: about.get(name, "") for name in _FACTS},
    }


def show_report(journal: str) -> None:
    """Write the totals and facts of a journal for people."""
    from callcontrol.bulk.journal import Journal

    with closing(Journal.open(journal)) as opened:
        report, about, hashes = report_of(opened), opened.about(), opened.documents()
        failed = opened.rows("refused", "unknown")
    say(f"{journal}: {report}")
    for name in _FACTS:
        if about.get(name):
            say(f"  {name}: {about[name]}")
    for label, text in _lines(report, hashes):
        say(f"  {label}: {text}")
    for row in failed[:10]:
        say(f"  {row.call_id}: {row.state}: {row.detail}")
    if len(failed) > 10:  # noqa: PLR2004 - as many as above
        say(f"  and {len(failed) - 10} more: callcontrol bulk report {journal} --csv")
    if report.resume_command:
        remark(f"to continue: {report.resume_command}")


def _lines(report: Report, hashes: Sequence[str]) -> list[tuple[str, str]]:
    lines = [("document", f"sha256 {each}") for each in hashes[:SHOWN]]
    if len(hashes) > SHOWN:
        lines.append(("documents", f"{len(hashes)} in all"))
    if report.excluded:
        lines.append(("left out", _counted(report.excluded)))
    if report.limited:
        lines.append(("replies with 429", str(report.limited)))
    if report.maybe_twice:
        lines.append(("maybe changed twice", str(report.maybe_twice)))
    if report.ended is not None:
        lines.append(("ended within ten seconds", _counted(report.ended) or "none"))
    return lines


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items())


def write_csv(journal: str) -> None:
    """Write one line for each call."""
    from callcontrol.bulk.journal import Journal

    with closing(Journal.open(journal)) as opened:
        rows = opened.rows()
    page = io.StringIO()
    writer = csv.writer(page, lineterminator="\n")
    writer.writerow([*_COLUMNS, "sent_at", "finished_at"])
    for row in rows:
        values = [getattr(row, name) for name in _COLUMNS]
        writer.writerow([*values, _time(row.sent_at), _time(row.finished_at)])
    click.echo(page.getvalue(), nl=False)


def _time(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def show_documents(
    planned: "Sequence[PlannedCall]", excluded: Mapping[str, int], *, as_json: bool
) -> None:
    """Write how many calls would be changed, and the first of the changes."""
    first = planned[:SHOWN]
    if as_json:
        shown = [{"callId": each.call_id, "action": each.action} for each in first]
        emit({"version": FORM, "planned": len(planned), "excluded": dict(excluded), "first": shown})
        return
    for each in first:
        change = (each.body or b"").decode() or each.url or ""
        say(f"{each.call_id}: {each.action} {change}".rstrip())
    say(f"{len(planned)} calls would be changed; nothing was sent")
