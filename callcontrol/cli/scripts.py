"""``callcontrol scripts``: the calls of call scripts, as their journal has them."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from callcontrol.cli.errors import REFUSED, USAGE, CommandFailure, OperationCommand
from callcontrol.cli.output import emit, remark, say
from callcontrol.cli.scripts_journal import opened
from callcontrol.cli.scripts_options import (
    VersionName,
    age_of,
    application_of,
    application_option,
    journal_option,
    json_option,
    known,
    run_argument,
    version_of,
    versions_of,
)

if TYPE_CHECKING:
    from callcontrol.scripts.journals.protocol import Journal
    from callcontrol.scripts.overview import VersionStatus

_NO_STATUS = (
    "warning: no webhook ever came to the status URL, so the ends of inbound calls are not "
    "noticed; set it in the application at the platform, or run: callcontrol scripts sweep"
)


class _ScriptsGroup(click.Group):
    command_class = OperationCommand


@click.group("scripts", cls=_ScriptsGroup)
def scripts() -> None:
    """Show the calls of call scripts, by their journal, and act on them.

    Exit codes: 0 done; 1 there are such calls (--fail-if-live), the journal has no such call, or
    the platform refused; 2 wrong usage, or a journal or an application that cannot be used; 3
    another process has the call in hand.
    """


@scripts.command("status")
@journal_option
@click.option("--script", metavar="NAME", help="Only this script.")
@click.option(
    "--fail-if-live",
    "refused",
    metavar="NAME@VERSION",
    callback=versions_of,
    multiple=True,
    help="Exit with 1 if calls of this version are live; may be given several times.",
)
@json_option
@click.pass_context
def status_command(
    ctx: click.Context,
    /,
    *,
    journal: str,
    script: str | None,
    refused: tuple[VersionName, ...],
    as_json: bool,
) -> None:
    """List live and failed calls by script and version, and what they wait for."""
    from callcontrol.cli.scripts_report import show_versions, versions_as_json
    from callcontrol.scripts.overview import status_webhook_at, versions

    with opened(journal) as store:
        found = versions(store, script)
        status_at = status_webhook_at(store)
        has_runs = next(iter(store.runs()), None) is not None
        unknown = [name for name, _ in refused if next(store.runs(script=name), None) is None]
    if as_json:
        versions_as_json(found, status_at)
    else:
        show_versions(found)
        if not found:
            remark("no live calls")
    if has_runs and status_at is None:
        remark(_NO_STATUS, "yellow")
    for name in unknown:
        remark(f"warning: the journal has never had a call of {name}; is the name right?", "yellow")
    if _is_live(found, refused):
        ctx.exit(REFUSED)


def _is_live(found: "Sequence[VersionStatus]", refused: Sequence[VersionName]) -> bool:
    live = [each for each in found if each.live and (each.script, each.version) in refused]
    for each in live:
        remark(f"{each.script}@{each.version}: expected no live calls, got {each.live}", "red")
    return bool(live)


@scripts.command("show")
@run_argument
@journal_option
@json_option
def show_command(*, run: str, journal: str, as_json: bool) -> None:
    """Show the steps of a call in order.

    Telephone numbers, passwords, tokens and typed keys are masked as in recordings. CALL_ID may be
    the id of a run, too.
    """
    from callcontrol.cli.scripts_report import RunReport
    from callcontrol.scripts.overview import steps

    with opened(journal) as store:
        found = known(store, run)
        taken = [*steps(store, found.run_id)]
    report = RunReport()
    if as_json:
        report.as_json(found, taken)
    else:
        report.show(found, taken)


@scripts.command("activate")
@click.argument("version", metavar="NAME@VERSION", callback=version_of)
@journal_option
@application_option(required=False)
@click.option("--force", is_flag=True, help="Do not check that the version exists.")
@json_option
def activate_command(
    *,
    version: VersionName,
    journal: str,
    application: str | None,
    force: bool,
    as_json: bool,
) -> None:
    """Choose the version of a script that new calls get.

    Calls that are up keep theirs. A version that no process has would end every new call with an
    apology, so it must have had a call already, or be in the code that --application names.
    """
    from callcontrol.scripts.webhooks import active_setting

    name, number = version
    with opened(journal) as store:
        if not force:
            _expect_version(store, name, number, application)
        store.set_setting(active_setting(name), number)
    if as_json:
        emit({"script": name, "version": number, "result": "activated"})
    else:
        say(f"{name}@{number}: new calls get it")


def _expect_version(store: "Journal", name: str, version: str, given: str | None) -> None:
    if any(run.version == version for run in store.runs(script=name)):
        return
    text = f"{name}@{version}: expected a version that has had calls, got one without"
    if given is None:
        raise CommandFailure(f"{text}; add --application voice:scripts, or --force", USAGE)
    with application_of(given) as found:
        if not found.has(name, version):
            text = f"{given}: expected a script {name}@{version} in it, got none"
            raise CommandFailure(text, USAGE)


@scripts.command("kick")
@run_argument
@application_option(required=True)
@json_option
def kick_command(*, run: str, application: str, as_json: bool) -> None:
    """Continue a call whose process died in the middle of a step.

    The script is replayed, and goes on to its next await. If Scripts(...) has a client, the call
    gets the document that follows; otherwise with its next webhook.
    """
    from callcontrol.scripts.errors import ScriptChangedError, ScriptMistakeError

    with application_of(application) as found:
        try:
            moved = found.kick(run)
        except (ScriptChangedError, ScriptMistakeError) as error:
            raise CommandFailure(str(error), REFUSED) from error
        state = known(found.journal, run).state
    result = "continued" if moved else "unchanged"
    if as_json:
        emit({"run": run, "result": result, "state": state})
    else:
        say(f"{run}: {result}, {state}")


@scripts.command("end")
@run_argument
@application_option(required=True)
@click.option("--cause", default="unknown", show_default=True, help="Cause that the script sees.")
@json_option
@click.pass_context
def end_command(
    ctx: click.Context, /, *, run: str, application: str, cause: str, as_json: bool
) -> None:
    """End the script of a call, as if the call were over.

    Its await ends with CallEndedError, so what it does at the end is done. The call itself is left
    alone: callcontrol hangup CALL_ID ends it.
    """
    with application_of(application) as found:
        outcome = found.end(run, cause)
    results = {"delivered": "ended", "ended": "had ended", "waiting": "still live"}
    if outcome == "unknown":
        raise CommandFailure(f"{run}: the journal has no such call", REFUSED)
    if as_json:
        emit({"run": run, "result": results[outcome]})
    else:
        say(f"{run}: {results[outcome]}")
    if outcome == "waiting":
        ctx.exit(REFUSED)


@scripts.command("sweep")
@application_option(required=True)
@click.option(
    "--quiet",
    metavar="AGE",
    callback=age_of,
    default="10m",
    show_default=True,
    help="Ask about calls whose script has done nothing for so long.",
)
@json_option
def sweep_command(*, application: str, quiet: float, as_json: bool) -> None:
    """Ask the platform about quiet calls, and end the scripts of those that are over.

    Needs Scripts(client=...). Without a status URL this is the only way in which the end of an
    inbound call is noticed; then let cron do it every few minutes.
    """
    from callcontrol.scripts.errors import ScriptMistakeError

    with application_of(application) as found:
        try:
            ended = found.sweep(quiet=quiet)
        except ScriptMistakeError as error:
            raise CommandFailure(str(error), USAGE) from error
    if as_json:
        emit({"result": "swept", "ended": ended})
    else:
        say(f"{ended} calls were over")


@scripts.command("forget")
@click.argument("number")
@journal_option
@json_option
def forget_command(*, number: str, journal: str, as_json: bool) -> None:
    """Remove all calls from and to NUMBER from the journal.

    A call that is up hears an apology at its next step.
    """
    with opened(journal) as store:
        removed = store.forget(number)
    _removed(removed, as_json=as_json)


@scripts.command("prune")
@journal_option
@click.option(
    "--older-than",
    "age",
    metavar="AGE",
    callback=age_of,
    required=True,
    help="A number and s, m, h, d or w, such as 30d.",
)
@json_option
def prune_command(*, journal: str, age: float, as_json: bool) -> None:
    """Remove calls that ended before a time from the journal; live ones stay."""
    with opened(journal) as store:
        removed = store.prune(before=time.time() - age)
    _removed(removed, as_json=as_json)


def _removed(count: int, *, as_json: bool) -> None:
    if as_json:
        emit({"result": "removed", "calls": count})
    else:
        say(f"{count} calls removed")
