"""The options of the commands under ``callcontrol bulk``."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import reduce
from typing import TYPE_CHECKING, Literal, TypeVar, cast

import click

from bxml.cli.running import Seconds
from callcontrol.cli.scripts_journal import JOURNAL

if TYPE_CHECKING:
    from callcontrol.bulk.selection import Exclusion

C = TypeVar("C", bound=Callable[..., object])

journal_argument = click.argument("journal", metavar="JOURNAL")
as_json_option = click.option("--json", "as_json", is_flag=True, help="Write JSON, for scripts.")

_RUNNING = (
    click.option(
        "--canary",
        type=click.IntRange(0),
        default=3,
        show_default=True,
        help="Calls that are changed first and watched.",
    ),
    click.option(
        "--canary-seconds",
        type=Seconds(0, 600),
        metavar="SECONDS",
        default=10,
        show_default=True,
        help="How long they are watched.",
    ),
    click.option(
        "--rate",
        type=Seconds(0.1, 10_000),
        metavar="NUMBER",
        help="Most requests per second; without it the platform's limit is followed.",
    ),
    click.option(
        "--unknown",
        type=click.Choice(["report", "repeat"]),
        default="report",
        show_default=True,
        help="What to do with requests that may or may not have been carried out.",
    ),
    as_json_option,
)
_PLANNING = (
    click.option(
        "--journal", metavar="FILE", default="", help="New file that survives a crash; required."
    ),
    click.option(
        "--calls",
        "csv_file",
        metavar="FILE",
        help="CSV file with a column call_id; other columns go to the document function.",
    ),
    click.option("--call", "call_ids", metavar="CALL_ID", multiple=True, help="One call."),
    click.option("--live", is_flag=True, help="The calls of the account that are up."),
    click.option(
        "--script",
        metavar="NAME[@VERSION]",
        help="The running calls of a script, by --scripts-journal.",
    ),
    click.option("--to", metavar="NUMBER", help="With --live: only calls to this number."),
    click.option("--from", "from_", metavar="NUMBER", help="With --live: only calls from it."),
    click.option("--sweep", is_flag=True, help="With --live: read the list until nothing is new."),
    click.option(
        "--include",
        multiple=True,
        type=click.Choice(["ended", "unanswered", "transfer-leg", "talking", "script"]),
        help="Do not leave out such calls.",
    ),
    click.option(
        "--scripts",
        metavar="FILE",
        help="CSV file with a column call_id: calls of your own programs, which are left out.",
    ),
    click.option(
        "--scripts-journal",
        metavar="URL",
        envvar=JOURNAL,
        show_envvar=True,
        help="Journal of call scripts, whose running calls are left out.",
    ),
    click.option(
        "--max",
        "most",
        type=click.IntRange(1),
        default=100,
        show_default=True,
        help="Refuse to change more calls than this.",
    ),
    click.option("--reason", default="", help="Why; it is kept in the journal."),
    click.option("--dry-run", is_flag=True, help="Show what would be sent, and send nothing."),
    click.option("--yes", is_flag=True, help="Do not ask for the number of calls."),
    click.option(
        "--watch/--no-watch",
        default=True,
        help="Count afterwards the calls that ended within ten seconds.",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkOptions:
    """The parameters of the commands that make a plan."""

    journal: str
    csv_file: str | None = None
    call_ids: tuple[str, ...] = ()
    live: bool = False
    script: str | None = None
    to: str | None = None
    from_: str | None = None
    sweep: bool = False
    include: "tuple[Exclusion, ...]" = ()
    scripts: str | None = None
    scripts_journal: str | None = None
    most: int = 100
    canary: int = 3
    canary_seconds: float = 10
    reason: str = ""
    dry_run: bool = False
    yes: bool = False
    watch: bool = True
    rate: float | None = None
    unknown: str = "report"
    as_json: bool = False

    @classmethod
    def of(cls, parameters: Mapping[str, object]) -> "BulkOptions":
        """Return the options that click has collected.

        :raises click.UsageError: without a journal, unless nothing will be sent.
        """
        known = {field.name for field in fields(cls)}
        given = {name: value for name, value in parameters.items() if name in known}
        options = cast("Callable[..., BulkOptions]", cls)(**given)
        if not options.journal and not options.dry_run:
            raise click.UsageError("Missing option '--journal'.")
        return options

    def expect_one_choice(self) -> None:
        """Check that the calls are chosen in one way.

        :raises click.UsageError: if they are chosen in several ways or none.
        """
        ways = [self.csv_file is not None, bool(self.call_ids), self.live, self.script is not None]
        if sum(ways) != 1:
            raise click.UsageError("expected one of --calls, --call, --live and --script")
        if self.script is not None and not self.scripts_journal:
            raise click.UsageError("--script needs --scripts-journal")
        if not self.live and (self.to or self.from_ or self.sweep):
            raise click.UsageError("--to, --from and --sweep need --live")


def _with(options: tuple[Callable[[C], C], ...]) -> Callable[[C], C]:
    return lambda command: reduce(lambda done, option: option(done), reversed(options), command)


def running(command: C) -> C:
    """Add the options of a run."""
    return _with(_RUNNING)(command)


def planning(command: C) -> C:
    """Add the options that choose calls, and those of a run."""
    return _with((*_PLANNING, *_RUNNING))(command)


def unknown_of(text: str) -> Literal["report", "repeat"]:
    """Return the value of ``--unknown``."""
    return "repeat" if text == "repeat" else "report"
