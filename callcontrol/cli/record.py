"""``callcontrol record``: a recording proxy in front of the application."""

import signal
import sys
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from queue import Empty, Queue
from shlex import quote
from threading import Event
from typing import TYPE_CHECKING

import click
from rich.text import Text

from bxml._wording import visible_text
from bxml.cli.reports import screen
from bxml.cli.sources import printable
from callcontrol._urls import base_of
from callcontrol.cli.call_options import json_lines, port_option, public_url, timeout_option
from callcontrol.cli.errors import OperationCommand, RecordingFailure
from callcontrol.cli.output import emit, remark, say, write
from callcontrol.cli.signals import stopping

if TYPE_CHECKING:
    from callcontrol.recorder import Exchange, Recorder

LOOK = 0.2
"""Seconds between two checks for a signal."""
MOST_VERBS = 4

EPILOG = """\b
Exit codes:
  0    ended by Ctrl-C, and everything is in FILE
  2    wrong usage, FILE cannot be written, or the port is taken
  130  interrupted twice: the exchange under way is not in FILE
"""


@click.command("record", cls=OperationCommand, epilog=EPILOG)
@click.argument("url", callback=public_url)
@click.option("--out", metavar="FILE", required=True, help="File to write.")
@port_option
@click.option("--append", is_flag=True, help="Add to an existing FILE.")
@click.option("--force", is_flag=True, help="Overwrite an existing FILE.")
@click.option(
    "--keep-digits",
    is_flag=True,
    help="Record up to nine typed keys as they are, PINs included.",
)
@timeout_option(30)
@json_lines
def record(  # noqa: PLR0913 - one for each option
    *,
    url: str,
    out: str,
    port: int,
    append: bool,
    force: bool,
    keep_digits: bool,
    timeout: float,
    as_json: bool,
) -> None:
    """Run a recording proxy in front of the application at URL.

    Point the platform, the tunnel or 'callcontrol dial' at the address that is shown at the start.
    Requests and replies are passed on unchanged. Webhooks and their replies are written to FILE at
    once, with phone numbers, passwords, tokens and typed keys masked. Press Ctrl-C to stop.
    """
    from callcontrol.recorder import Exchange, Recorder, RecordingError

    if append and force:
        raise click.UsageError("expected one of --append, --force, got 2")
    # Not SimpleQueue: its get(timeout=) waits without end after the process was stopped.
    seen: Queue[Exchange] = Queue()
    recorder = Recorder(
        url,
        out,
        port=port,
        mode="append" if append else "overwrite" if force else "new",
        keep_digits=keep_digits,
        timeout=timeout,
        seen=seen.put,
    )
    log = _RecordLog(out, url, as_json=as_json)
    try:
        recorder.start()
        _run_and_stop(recorder, seen, log)
    except RecordingError as error:
        raise RecordingFailure(str(error)) from None
    if recorder.failure is not None:
        raise RecordingFailure(str(recorder.failure))
    log.close()
    sys.stdout.flush()  # while click still handles a closed pipe


def _run_and_stop(recorder: "Recorder", seen: "Queue[Exchange]", log: "_RecordLog") -> None:
    try:
        with stopping(signal.SIGTERM) as stop:
            _run(recorder, seen, log, stop)
            if recorder.is_waiting:
                remark("waiting for the reply under way; a second Ctrl-C leaves at once")
            recorder.stop()
    except KeyboardInterrupt:
        raise  # the second Ctrl-C: leave without waiting for the reply under way
    except BaseException:
        recorder.stop()
        raise
    log.drain(seen)


def _run(recorder: "Recorder", seen: "Queue[Exchange]", log: "_RecordLog", stop: Event) -> None:
    """Show exchanges until Ctrl-C, or until writing FILE fails."""
    log.ready(recorder.url)
    while recorder.failure is None and not stop.is_set():
        with suppress(Empty):
            log.show(seen.get(timeout=LOOK))


class _RecordLog:
    """The output of the command, for people or for programs."""

    def __init__(self, out: str, url: str, *, as_json: bool) -> None:
        self._out = out
        self._application = base_of(url)
        self._as_json = as_json
        self._console = screen()
        self._counts: Counter[str] = Counter()

    def ready(self, here: str) -> None:
        """Write the address of the proxy."""
        if self._as_json:
            emit({"kind": "ready", "url": here, "file": self._out})
            return
        say(f"Recording to {self._out}; stop it with Ctrl-C. Instead of the application, use")
        say(f"  {here}")
        say(f"A tunnel leads to {base_of(here)}, and requests go on to {self._application}.")

    def drain(self, seen: "Queue[Exchange]") -> None:
        """Show the exchanges that are left in the queue."""
        with suppress(Empty):
            while True:
                self.show(seen.get_nowait())

    def show(self, exchange: "Exchange") -> None:
        """Write one exchange."""
        self._count(exchange)
        if self._as_json:
            emit({"kind": "exchange", **_facts(exchange)})
            return
        asked, replied = exchange.request, exchange.reply
        summary, colour = _summary(exchange)
        line = Text.assemble(
            f"{exchange.at:9.1f} s  ",
            (visible_text(f"{exchange.event or 'other':<10} "), "" if exchange.event else "dim"),
            f"{asked.method} {printable(asked.path)} -> ",
            (f"{replied.status}", colour),
            (f"  {printable(summary)}" if summary else "", colour if colour != "green" else ""),
        )
        write(self._console, line)

    def _count(self, exchange: "Exchange") -> None:
        self._counts["webhooks" if exchange.event else "others"] += 1
        self._counts["failures"] += exchange.reply.failure is not None

    def close(self) -> None:
        """Write the numbers of exchanges."""
        counts = {name: self._counts[name] for name in ("webhooks", "others", "failures")}
        if self._as_json:
            emit({"kind": "result", "file": self._out, **counts, "exitCode": 0})
            return
        webhooks, others = counts["webhooks"], counts["others"]
        say(
            f"{webhooks} webhook{'' if webhooks == 1 else 's'} and {others} other "
            f"request{'' if others == 1 else 's'} recorded in {self._out}"
        )
        if webhooks:
            again = f"callcontrol replay {quote(self._out)} --to {self._application}"
            say(f"Play it again with: {again}")


def _summary(exchange: "Exchange") -> tuple[str, str]:
    """Return a summary of a reply, and its colour."""
    from callcontrol.recorder.capture import GOOD
    from callcontrol.recorder.models import FAILURES

    reply = exchange.reply
    if reply.failure is not None:
        return FAILURES[reply.failure], "red"
    if reply.status not in GOOD:
        return "", "red"
    if reply.body is not None and reply.body.strip():
        return _document(reply.body)
    if exchange.event is None or reply.size:
        return f"{reply.content_type or 'no type'}, {reply.size} bytes", "green"
    return "", "green"


def _document(body: str) -> tuple[str, str]:
    """Return the verbs of a document or its first problem, and its colour."""
    from bxml import BxmlError, ParseError, parse

    try:
        verbs = [type(verb).__name__ for verb in parse(body, allow_unknown=True)]
    except ParseError as error:
        more = f" (and {len(error.problems) - 1} more)" if error.problems[1:] else ""
        return f"no BXML: {error.problems[0]}{more}", "red"
    except BxmlError as error:
        return f"no BXML: {error}", "red"
    more = f" and {len(verbs) - MOST_VERBS} more" if verbs[MOST_VERBS:] else ""
    return f"{', '.join(verbs[:MOST_VERBS]) or 'no verbs'}{more}", "green"


def _facts(exchange: "Exchange") -> Mapping[str, object]:
    asked, replied = exchange.request, exchange.reply
    return {
        "at": round(exchange.at, 3),
        "event": exchange.event,
        "method": asked.method,
        "path": asked.path,
        "status": replied.status,
        "contentType": replied.content_type or None,
        "size": replied.size,
        "failure": replied.failure,
    }
