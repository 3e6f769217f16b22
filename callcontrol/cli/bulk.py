"""``callcontrol bulk``: new BXML, a redirect or an end for many live calls."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, TypeVar

import click

from bxml.cli.running import Seconds
from callcontrol.cli.errors import REFUSED, UNKNOWN, CommandFailure, OperationCommand
from callcontrol.cli.output import emit, remark, say

if TYPE_CHECKING:
    from callcontrol.bulk import Plan, Report, RunOptions, Selection

C = TypeVar("C", bound=Callable[..., object])
STOPPED = 4
"""Exit code of a run that stopped before its end."""
SHOWN = 3
"""Documents that --dry-run shows."""
FORM = 1
"""Version of the JSON form."""

_journal = click.argument("journal", metavar="JOURNAL")
_as_json = click.option("--json", "as_json", is_flag=True, help="Write JSON, for scripts.")
_running = (
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
    _as_json,
)
_planning = (
    click.option(
        "--journal", metavar="FILE", required=True, help="New file that survives a crash."
    ),
    click.option(
        "--calls",
        "csv_file",
        metavar="FILE",
        help="CSV file with a column call_id; other columns go to the document function.",
    ),
    click.option("--call", "call_ids", metavar="CALL_ID", multiple=True, help="One call."),
    click.option("--live", is_flag=True, help="The calls of the account that are up."),
    click.option("--to", metavar="NUMBER", help="With --live: only calls to this number."),
    click.option("--from", "from_", metavar="NUMBER", help="With --live: only calls from it."),
    click.option("--sweep", is_flag=True, help="With --live: read the list until nothing is new."),
    click.option(
        "--include",
        multiple=True,
        type=click.Choice(["ended", "unanswered", "transfer-leg", "talking"]),
        help="Do not leave out such calls.",
    ),
    click.option(
        "--max",
        "most",
        type=click.IntRange(1),
        default=100,
        show_default=True,
        help="Refuse to change more calls than this.",
    ),
    click.option(
        "--canary",
        type=click.IntRange(0),
        default=3,
        show_default=True,
        help="Calls that are changed first and watched for ten seconds.",
    ),
    click.option("--reason", default="", help="Why; it is kept in the journal."),
    click.option("--dry-run", is_flag=True, help="Show what would be sent, and send nothing."),
    click.option("--yes", is_flag=True, help="Do not ask for the number of calls."),
    *_running,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkOptions:
    """The parameters of the commands that make a plan."""

    journal: str
    csv_file: str | None
    call_ids: tuple[str, ...]
    live: bool
    to: str | None
    from_: str | None
    sweep: bool
    include: tuple[str, ...]
    most: int
    canary: int
    reason: str
    dry_run: bool
    yes: bool
    rate: float | None
    unknown: str
    as_json: bool


def _with(options: tuple[Callable[[C], C], ...]) -> Callable[[C], C]:
    def decorate(command: C) -> C:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


class _BulkGroup(click.Group):
    command_class = OperationCommand


@click.group("bulk", cls=_BulkGroup)
def bulk() -> None:
    """Change many live calls at once, with a journal.

    Exit codes: 0 all done or gone; 1 some refused; 3 some unknown; 4 stopped before the end, with
    the command that goes on.
    """


def _planned(make: "Callable[[Selection, str], Plan]") -> Callable[..., None]:
    """Return a command that selects calls, makes a plan of them and runs it."""

    @wraps(make)
    def command(*, target: str = "", **parameters: object) -> None:
        options = BulkOptions(**parameters)  # type: ignore[arg-type] - as click collects them
        _run_plan(make, target, options)

    return command


def _run_plan(
    make: "Callable[[Selection, str], Plan]", target: str, options: BulkOptions
) -> None:
    from callcontrol.bulk import Safety
    from callcontrol.cli.commands import client_of_environment

    with client_of_environment() as client:
        plan = make(_selected(client, options), target)
        _remark_exclusions(plan)
        if options.dry_run:
            _show(plan)
            return
        _confirm(plan, options)
        report = plan.run(
            client,
            journal=options.journal,
            rate=options.rate,
            unknown="repeat" if options.unknown == "repeat" else "report",
            on_progress=_Progress(),
            safety=Safety(canary=options.canary),
            reason=options.reason,
        )
    _finish(report, as_json=options.as_json)


def _selected(client: object, options: BulkOptions) -> "Selection":
    """Return the calls that the options choose.

    :raises CommandFailure: if they choose none, or in several ways.
    """
    from callcontrol.bulk import from_csv, live_calls
    from callcontrol.bulk.selection import select

    ways = [bool(options.csv_file), bool(options.call_ids), options.live]
    if sum(ways) != 1:
        raise click.UsageError("choose the calls by one of --calls, --call and --live")
    include = options.include
    if options.live:
        return live_calls(
            client, to=options.to, from_=options.from_, include=include, sweep=options.sweep
        )
    rows = from_csv(options.csv_file) if options.csv_file else options.call_ids
    return select(rows, include)
