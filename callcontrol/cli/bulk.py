"""``callcontrol bulk``: new BXML, a redirect or an end for many live calls."""

import sys
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from typing import TYPE_CHECKING, TypeVar

import click

from callcontrol.cli.bulk_options import (
    BulkOptions,
    as_json_option,
    journal_argument,
    planning,
    running,
    unknown_of,
)
from callcontrol.cli.bulk_report import (
    BulkProgress,
    bulk_errors,
    exit_code,
    show_documents,
    show_report,
    write_csv,
)
from callcontrol.cli.commands import client_of_environment
from callcontrol.cli.errors import USAGE, CommandFailure, OperationCommand
from callcontrol.cli.output import emit, remark, say
from callcontrol.cli.scripts_journal import opened

if TYPE_CHECKING:
    from callcontrol.bulk import CallRow, Plan, Report, RunOptions, ScriptJournal, Selection
    from callcontrol.client import Client

C = TypeVar("C", bound=Callable[..., object])


class _BulkGroup(click.Group):
    command_class = OperationCommand


@click.group("bulk", cls=_BulkGroup)
def bulk() -> None:
    """Change many live calls at once, with a journal.

    Exit codes: 0 every call has been changed, was over or was skipped; 1 some were refused; 2 wrong
    usage, or a document or journal that cannot be used: nothing was sent; 3 the outcome of some is
    unknown; 4 stopped before the end, also by Ctrl-C: the command that continues is shown.
    """


@bulk.command("replace")
@click.argument("file")
@planning
def replace_command(*, file: str, **parameters: object) -> None:
    """Give calls new BXML.

    FILE is a BXML file, '-' for standard input, or a Python file with a document: menu.py, or
    menu.py:NAME. NAME may be a function of the call; the other columns of --calls are its
    arguments by name. All documents are checked before anything is sent.
    """
    from callcontrol import bulk as api
    from callcontrol.cli.loading import load_content

    document = load_content(file)
    _run(lambda calls: api.replace(calls, document), BulkOptions.of(parameters))


@bulk.command("redirect")
@click.argument("url")
@planning
def redirect_command(*, url: str, **parameters: object) -> None:
    """Redirect calls to the BXML that URL replies."""
    from callcontrol import bulk as api

    _run(lambda calls: api.redirect(calls, url), BulkOptions.of(parameters))


@bulk.command("hangup")
@planning
def hangup_command(**parameters: object) -> None:
    """End calls."""
    from callcontrol import bulk as api

    _run(api.hang_up, BulkOptions.of(parameters))


@bulk.command("return")
@journal_argument
@click.option("--to", "url", metavar="URL", required=True, help="Where the calls continue.")
@click.option("--journal", "target", metavar="FILE", help="New journal; default: JOURNAL.return.")
@click.option("--max", "most", type=click.IntRange(1), default=100, show_default=True)
@click.option("--yes", is_flag=True, help="Do not ask for the number of calls.")
@running
@bulk_errors()
def return_command(*, journal: str, url: str, target: str | None, **parameters: object) -> None:
    """Redirect the calls whose BXML JOURNAL replaced, once the outage is over."""
    from callcontrol import bulk as api

    new = {
        "journal": target or f"{journal}.return",
        "call_ids": tuple(api.replaced_calls(journal)),
        "reason": f"return of {journal}",
        "watch": False,
    }
    if not new["call_ids"]:
        say(f"{journal}: no calls to return")
        return
    _run(lambda calls: api.redirect(calls, url), BulkOptions.of({**parameters, **new}))


@bulk.command("resume")
@journal_argument
@running
@bulk_errors()
def resume_command(*, journal: str, **parameters: object) -> None:
    """Continue with a journal after a crash, a stop or Ctrl-C, and show all totals.

    It begins with a canary again.
    """
    from callcontrol import bulk as api

    options = BulkOptions.of({**parameters, "journal": journal})
    with client_of_environment() as client, BulkProgress() as progress:
        report = api.resume(
            journal,
            client,
            rate=options.rate,
            unknown=unknown_of(options.unknown),
            on_progress=progress,
            options=_run_options(options),
        )
    _finish(report, as_json=options.as_json)


@bulk.command("abort")
@journal_argument
@click.option("--reason", default="", help="Why; it is kept in the journal.")
@bulk_errors()
def abort_command(*, journal: str, reason: str) -> None:
    """Stop the process that runs JOURNAL; requests under way are completed."""
    from callcontrol import bulk as api

    api.abort(journal, f"aborted: {reason}" if reason else "aborted")
    say(f"{journal}: nothing more is sent; to continue: callcontrol bulk resume {journal}")


@bulk.command("report")
@journal_argument
@click.option("--csv", "as_csv", is_flag=True, help="Write one line for each call.")
@as_json_option
@bulk_errors()
def report_command(*, journal: str, as_csv: bool, as_json: bool) -> None:
    """Show the totals of a journal, and who started it, why and where."""
    from callcontrol.cli.bulk_report import describe

    if as_csv and as_json:
        raise click.UsageError("expected one of --csv and --json, got both")
    if as_csv:
        write_csv(journal)
    elif as_json:
        emit(describe(journal))
    else:
        show_report(journal)


@bulk_errors()
def _run(make: "Callable[[Selection], Plan]", options: BulkOptions) -> None:
    """Choose calls, plan their changes, ask, run the plan and show its totals."""
    with client_of_environment() as client:
        plan = make(_selected(client, options))
        _say_left_out(plan, options)
        planned = plan.check()
        if options.dry_run:
            show_documents(planned, plan.excluded, as_json=options.as_json)
            return
        if not _is_agreed(len(planned), options):
            return
        with BulkProgress() as progress:
            report = plan.run(
                client,
                journal=options.journal,
                rate=options.rate,
                unknown=unknown_of(options.unknown),
                on_progress=progress,
                options=_run_options(options),
            )
        report = _with_ends(report, plan, client, watch=options.watch)
    _finish(report, as_json=options.as_json)


def _say_left_out(plan: "Plan", options: BulkOptions) -> None:
    for name, count in plan.excluded.items():
        remark(f"left out: {count} {name}; to change them too: --include {name}")
    if "script" in plan.excluded and options.scripts_journal:
        remark("to interrupt a script, which can say something else: Scripts.interrupt(call_id)")


def _run_options(options: BulkOptions) -> "RunOptions":
    from callcontrol.bulk import RunOptions, Safety

    safety = Safety(canary=options.canary, canary_seconds=options.canary_seconds)
    return RunOptions(safety=safety, look_up=False, reason=options.reason)


def _with_ends(report: "Report", plan: "Plan", client: "Client", *, watch: bool) -> "Report":
    """Return the report with the calls that ended early, unless their end was intended."""
    from callcontrol.bulk import look_up_ends
    from callcontrol.errors import CallControlError

    if not watch or plan.action == "hang_up" or not report.done:
        return report
    try:
        return look_up_ends(report.journal, client)
    except CallControlError as error:
        remark(f"the ends of calls are not known: {error}")
        return report


def _selected(client: "Client", options: BulkOptions) -> "Selection":
    """Return the calls that the options choose, without those that a change would harm."""
    from callcontrol.bulk import from_csv, live_calls
    from callcontrol.bulk.script_calls import ScriptCallLookup
    from callcontrol.bulk.selection import select

    options.expect_one_choice()
    ids = [row.call_id for row in from_csv(options.scripts)] if options.scripts else []
    with ExitStack() as stack:
        url = options.scripts_journal
        journal = stack.enter_context(opened(url)) if url else None
        scripts = ScriptCallLookup(frozenset(ids), journal)
        if options.live:
            return live_calls(
                client,
                to=options.to,
                from_=options.from_,
                include=options.include,
                scripts=scripts,
                sweep=options.sweep,
            )
        include = options.include if options.script is None else (*options.include, "script")
        chosen = _named(options, journal)
        return select(chosen, include, scripts).judged(client.list_calls())


def _named(
    options: BulkOptions, journal: "ScriptJournal | None"
) -> "Iterable[str] | Iterable[CallRow]":
    """Return the calls that a script, a file or the command line names."""
    from callcontrol.bulk import from_csv, script_calls

    if options.script is not None and journal is not None:
        name, _, version = options.script.partition("@")
        return script_calls(journal, name, version or None)
    return from_csv(options.csv_file) if options.csv_file else options.call_ids


def _is_agreed(count: int, options: BulkOptions) -> bool:
    """Return whether there is something to do and, at a terminal, its number was typed.

    :raises CommandFailure: for too many calls, or another answer.
    """
    if not count:
        say("no calls to change")
        return False
    if count > options.most:
        text = f"expected {options.most} calls at most, got {count}; to change all: --max {count}"
        raise CommandFailure(text, USAGE)
    if options.yes or not sys.stdin.isatty():
        return True
    typed: str = click.prompt(f"{count} calls will be changed; type the number", type=str, err=True)
    if typed.strip() != str(count):
        raise CommandFailure(f"expected {count}, got another answer; nothing was sent", USAGE)
    return True


def _finish(report: "Report", *, as_json: bool) -> None:
    """Show the totals, and end with the exit code."""
    if as_json:
        from callcontrol.cli.bulk_report import describe

        emit(describe(report.journal))
    else:
        show_report(report.journal)
    code = exit_code(report)
    if code:
        click.get_current_context().exit(code)
