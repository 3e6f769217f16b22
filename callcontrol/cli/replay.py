"""``callcontrol replay``: sends the webhooks of a recording again and shows changes."""

import sys
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

import click
from rich.text import Text

from bxml._wording import visible_text
from bxml.cli.reports import screen
from bxml.cli.sources import printable
from callcontrol.cli.call_options import (
    HeldSecret,
    json_lines,
    password_option,
    public_url,
    timeout_option,
    username_option,
)
from callcontrol.cli.errors import REFUSED, OperationCommand, RecordingFailure
from callcontrol.cli.output import emit, remark, say, write

if TYPE_CHECKING:
    from callcontrol.recorder import Change, RecordedRequest, Recording, ReplayedExchange

EPILOG = """\b
Exit codes:
  0    nothing has changed
  1    something has changed
  2    wrong usage, FILE is no recording, or the application cannot be reached
  130  interrupted
"""
SECRET = 4
"""Least number of typed keys that a recording replaces by fake ones, which begin with 0."""
COLOURS = {"added": "green", "removed": "red", "changed": "yellow", "replaced": "yellow"}


def _originals(
    context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> dict[str, str]:
    """Return real values by fake ones; the callback of an option."""
    pairs: dict[str, str] = {}
    for value in values:
        mask, sign, original = value.partition("=")
        # Secrets do not belong on a command line, where every user can read them.
        if not (mask and sign and original) or mask.startswith("masked-"):
            text = "expected FAKE=REAL, such as +19195550101=+19195551234, got another text"
            raise click.BadParameter(text, context, parameter)
        pairs[mask] = original
    return pairs


@click.command("replay", cls=OperationCommand, epilog=EPILOG)
@click.argument("file")
@click.option(
    "--to",
    metavar="URL",
    callback=public_url,
    help="Where the application runs; scheme, host and port count. Without it you are asked.",
)
@click.option(
    "--original",
    "originals",
    metavar="FAKE=REAL",
    multiple=True,
    callback=_originals,
    help="Send a real value instead of a fake one; may be given several times.",
)
@username_option
@password_option
@timeout_option(15)
@json_lines
@click.pass_context
def replay(  # noqa: PLR0913 - one for each option
    ctx: click.Context,
    /,
    *,
    file: str,
    to: str | None,
    originals: Mapping[str, str],
    username: str | None,
    password: HeldSecret | None,
    timeout: float,
    as_json: bool,
) -> None:
    """Send recorded webhooks again and show how the replies differ.

    FILE was written by 'callcontrol record'. Its webhooks are sent in their order, and the replies
    are compared by status and by BXML, verb by verb; the order of attributes and white space are
    ignored. Without --to nothing is sent to the address in FILE until you confirm it at a terminal.
    """
    from callcontrol.recorder import RecordingError, ReplayError, read_recording
    from callcontrol.recorder.replay import replaying

    log = _ReplayReport(as_json=as_json)
    try:
        recording = read_recording(file)
        if to is None:
            _ask(recording)
        for replayed in replaying(
            recording,
            to,
            originals=originals,
            username=username,
            password=None if password is None else password.value,
            timeout=timeout,
        ):
            log.show(replayed)
    except ReplayError as error:
        text = f"{error}; start it, or say with --to where it runs"
        raise RecordingFailure(text, "ReplayError") from None
    except RecordingError as error:
        raise RecordingFailure(str(error)) from None
    ctx.exit(log.close())


def _ask(recording: "Recording") -> None:
    """Ask whether webhooks may go to the addresses in a file, which may come from another user.

    :raises RecordingFailure: if they may not, or if there is no terminal to ask at.
    """
    from callcontrol.recorder.replay import addresses_of

    addresses = addresses_of(recording)
    was = f"{recording.name} was recorded at {' and '.join(addresses)}"
    advice = f"say with --to {addresses[0]} that the application is there, or where it is instead"
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        text = f"{was}; webhooks are sent to an address in a file only after asking, and there is"
        raise RecordingFailure(f"{text} no terminal to ask at; {advice}", "ReplayError")
    count = len(recording.webhooks)
    webhooks = "1 webhook" if count == 1 else f"{count} webhooks"
    click.echo(printable(f"{was}. Send its {webhooks} there? [y/N] "), err=True, nl=False)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise RecordingFailure(f"nothing was sent; {advice}", "ReplayError")


class _ReplayReport:
    """The output of the command, for people or for programs."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._console = screen()
        self._exchanges = self._changed = self._changes = 0
        self._typed: dict[str, None] = {}
        """Fake keys of webhooks whose replies have changed."""

    def show(self, replayed: "ReplayedExchange") -> None:
        """Write one exchange."""
        self._exchanges += 1
        self._changed += bool(replayed.changes)
        self._changes += len(replayed.changes)
        keys = _fake_keys(replayed.exchange.request)
        if replayed.changes and keys:
            self._typed[keys] = None
        if self._as_json:
            emit({"kind": "exchange", **_facts(replayed)})
            return
        asked, count = replayed.exchange.request, len(replayed.changes)
        summary = f"{count} change{'' if count == 1 else 's'}" if count else "same"
        write(
            self._console,
            Text.assemble(
                visible_text(f"{replayed.exchange.event or '':<10} {asked.method} {asked.path}  "),
                (summary, "bold yellow" if count else "green"),
            ),
            *(_line(change) for change in replayed.changes),
        )
        self._show_problems(replayed)

    def _show_problems(self, replayed: "ReplayedExchange") -> None:
        if replayed.detail:
            remark(replayed.detail)
        old = {
            (recorded_problem.rule, recorded_problem.path)
            for recorded_problem in replayed.recorded_problems
        }
        for problem in replayed.problems:
            also = ", as before" if (problem.rule, problem.path) in old else ""
            remark(f"error in the new reply{also}: {problem} [{problem.rule}]")
        if not replayed.problems:
            for problem in replayed.recorded_problems:
                remark(f"error in the recorded reply only: {problem} [{problem.rule}]")

    def close(self) -> int:
        """Write the result, and return the exit code."""
        code = REFUSED if self._changes else 0
        counts = {"exchanges": self._exchanges, "changed": self._changed, "changes": self._changes}
        if self._as_json:
            emit({"kind": "result", **counts, "exitCode": code})
            return code
        if self._typed:
            listed = ", ".join(self._typed)
            remark(
                f"{listed}: typed keys may be fake in a recording; if the application expects the "
                f"real ones, pass --original {next(iter(self._typed))}=REAL"
            )
        webhooks = f"{self._exchanges} webhook{'' if self._exchanges == 1 else 's'} replayed"
        changes = f"{self._changes} change{'' if self._changes == 1 else 's'}"
        replies = f"{self._changed} repl{'y' if self._changed == 1 else 'ies'}"
        say(f"{webhooks}: {f'{changes} in {replies}' if code else 'nothing changed'}")
        return code


def _fake_keys(request: "RecordedRequest") -> str:
    """Return the typed keys if they look like fake ones; otherwise an empty text."""
    from callcontrol import EventError, GatherEvent, parse_event

    try:
        event = parse_event(request.body or request.query)
    except EventError:
        return ""
    digits = event.digits if isinstance(event, GatherEvent) else ""
    return digits if len(digits) >= SECRET and digits.startswith("0") else ""


def _line(change: "Change") -> Text:
    path, _, rest = str(change).partition(": ")
    return Text.assemble(f"    {printable(path)}: ", (printable(rest), COLOURS[change.kind]))


def _facts(replayed: "ReplayedExchange") -> Mapping[str, object]:
    exchange = replayed.exchange
    asked = exchange.request
    return {
        "line": exchange.line,
        "event": exchange.event,
        "method": asked.method,
        "path": asked.path,
        "status": replayed.reply.status,
        "failure": replayed.reply.failure,
        "detail": replayed.detail or None,
        "changes": [asdict(change) for change in replayed.changes],
        "problems": [asdict(problem) for problem in replayed.problems],
        "recordedProblems": [
            asdict(recorded_problem) for recorded_problem in replayed.recorded_problems
        ],
    }
