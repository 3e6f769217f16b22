"""``callcontrol explore``, from the command line to the exit code.

The simulator is imported when a search begins, so that other commands start without it.
"""

import logging
import re
import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from textwrap import wrap
from threading import Event
from typing import TYPE_CHECKING, Literal

import click

from bxml.cli.exit_codes import INTERRUPTED
from bxml.cli.reports import screen
from bxml.cli.running import Seconds
from bxml.cli.sources import is_url
from callcontrol.cli.call_options import CallOptions, call_options, json_lines, pass_options
from callcontrol.cli.errors import (
    REFUSED,
    USAGE,
    CommandFailure,
    OperationCommand,
    SimulationFailure,
)
from callcontrol.cli.output import remark
from callcontrol.cli.signals import stopping
from callcontrol.explorer.bounds import KEYS, SLOW, Bounds, Progress
from callcontrol.explorer.faults import KINDS

if TYPE_CHECKING:
    from callcontrol.cli.applications import LoadedApplication
    from callcontrol.explorer.report import Report

MOST = 100_000
STDOUT = "-"
_ARGUMENT = re.compile(r"^explore\.(?:bounds\.)?(\w+)")
"""The argument that an error of the function ``explore`` names; the command has an option."""
_FLAGS = {"entries": "entry", "disconnect_url": "disconnect-url", "url": "path"}
_FAILING: Mapping[str, frozenset[str]] = {
    "error": frozenset(("error",)),
    "warning": frozenset(("error", "warning")),
    "never": frozenset(),
}
"""Severities of faults that make the exit code 1, by the value of ``--fail-on``."""
_LISTED = "\n".join(
    "\n".join(wrap(kind.text, 78, initial_indent=f"  {kind.id:<20} ", subsequent_indent=" " * 23))
    for kind in KINDS.values()
)
EPILOG = f"""\b
Kinds of fault:
{_LISTED}

\b
Exit codes:
  0    no fault as severe as --fail-on
  1    at least one such fault
  2    wrong usage, or TARGET cannot be reached
  130  interrupted; faults found until then have been shown
"""
_BOUNDS = Bounds()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExploreOptions(CallOptions):
    """The command line of ``callcontrol explore``."""

    keys: str
    entries: tuple[str, ...]
    say: tuple[str, ...]
    ignore: str | None
    slow: float
    depth: int
    states: int
    seconds: float
    allow: tuple[str, ...]
    mermaid: str | None
    svg: str | None
    fail_on: Literal["error", "warning", "never"]

    @property
    def graphs(self) -> tuple[tuple[str, str | None], ...]:
        """The files that graphs are written to, each with its option."""
        return ("--mermaid", self.mermaid), ("--svg", self.svg)


@click.command("explore", cls=OperationCommand, epilog=EPILOG)
@call_options
@click.option(
    "--keys", metavar="KEYS", default=KEYS, show_default=True, help="Keys pressed at every prompt."
)
@click.option(
    "--entry",
    "entries",
    metavar="KEYS",
    multiple=True,
    help="Typed where a prompt takes several keys, such as 1000#; may be given several times.",
)
@click.option(
    "--say",
    metavar="WORDS",
    multiple=True,
    help="Said where a Gather listens for speech; may be given several times.",
)
@click.option(
    "--ignore",
    metavar="REGEX",
    help="Ignore text matching REGEX when comparing states.",
)
@click.option(
    "--slow",
    type=Seconds(0, 3600),
    metavar="SECONDS",
    default=SLOW,
    show_default=True,
    help="Longest time for a reply without a warning.",
)
@click.option(
    "--depth",
    type=click.IntRange(1, MOST),
    metavar="NUMBER",
    default=_BOUNDS.depth,
    show_default=True,
    help="Most actions in one call.",
)
@click.option(
    "--states",
    type=click.IntRange(1, MOST),
    metavar="NUMBER",
    default=_BOUNDS.states,
    show_default=True,
    help="Most states to explore.",
)
@click.option(
    "--seconds",
    type=Seconds(0, 86_400),
    metavar="NUMBER",
    default=_BOUNDS.seconds,
    show_default=True,
    help="Longest time to search.",
)
@click.option(
    "--allow",
    metavar="KIND",
    multiple=True,
    type=click.Choice(list(KINDS)),
    help="Kind of fault to ignore; may be given several times.",
)
@click.option(
    "--mermaid",
    metavar="FILE",
    help="Write the call flow as a Mermaid diagram; - for standard output.",
)
@click.option(
    "--svg", metavar="FILE", help="Write the call flow as an SVG image; - for standard output."
)
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "never"]),
    default="error",
    show_default=True,
    help="Least severity that makes the exit code 1.",
)
@json_lines
@pass_options(ExploreOptions)
def explore(options: ExploreOptions) -> int:
    """Explore every path through an application and report faults.

    TARGET is the URL of a running application, or an application to load into this process:
    voice:app or voice.py:app. Every key is pressed, every timeout passes, callers hang up at every
    point, and transfers are answered and refused. Calls are simulated on this machine. Each fault
    comes with the shortest script that shows it, for 'callcontrol dial --script'.
    """
    _check_files(options)
    from callcontrol.cli.applications import loading

    with (
        stopping() as stop,
        _progress(silent=options.as_json) as progress,
        loading(options.target, options.reach) as application,
    ):
        report = _report(options, application, progress, stop)
    if report.is_unreachable and is_url(options.target):
        remark(f"{options.target}: expected an application, got no connection; is it running?")
        return USAGE
    _write(options, report)
    if stop.is_set():
        return INTERRUPTED
    failing = _FAILING[options.fail_on]
    return REFUSED if any(fault.severity in failing for fault in report.faults) else 0


def _check_files(options: ExploreOptions) -> None:
    """Reject files that cannot be written before a long search, not after it."""
    if options.as_json and STDOUT in (options.mermaid, options.svg):
        raise click.UsageError("--json: expected a graph to go to a file, got -")
    if options.mermaid is not None and options.mermaid == options.svg:
        raise click.UsageError("--svg: expected another file than for --mermaid, got the same")
    if options.svg is not None and find_spec("fast_sugiyama") is None:
        text = "--svg: expected the package fast-sugiyama; pip install 'bxml-callcontrol[explore]'"
        raise CommandFailure(text, USAGE)
    for flag, file in options.graphs:
        if file not in (None, STDOUT) and not Path(str(file)).resolve().parent.is_dir():
            raise CommandFailure(f"{flag}: expected a folder that exists, got {file}", USAGE)


@contextmanager
def _progress(*, silent: bool) -> Generator[Callable[[Progress], None] | None, None, None]:
    """Show how far the search has come, on a terminal."""
    # The report contains what an application in this process logs.
    logging.getLogger().addHandler(logging.NullHandler())
    console = screen(stderr=True)
    if silent or not console.is_terminal:
        yield None
        return
    from callcontrol.cli.explore_report import progress_line

    with console.status("starting ...") as status:
        yield lambda progress: status.update(progress_line(progress))


def _report(
    options: ExploreOptions,
    application: "LoadedApplication",
    progress: Callable[[Progress], None] | None,
    stop: Event,
) -> "Report":
    from callcontrol.explorer import explore
    from callcontrol.simulator.errors import SimulatorError

    code = application.code
    if code and find_spec("coverage") is None:
        code = ()
        extra = "pip install 'bxml-callcontrol[explore]'"
        remark(f"code that is never reached is not looked for: {extra}")
    try:
        # The results have standard output to themselves.
        with redirect_stdout(sys.stderr):
            return explore(
                application.target,
                url=options.path,
                outbound=options.outbound,
                detect=options.detect,
                disconnect_url=options.disconnect_url,
                username=options.username,
                password=options.secret,
                tag=options.tag,
                from_=options.from_,
                to=options.to,
                keys=options.keys,
                entries=options.entries,
                say=options.say,
                ignore=options.ignore,
                slow=options.slow,
                bounds=Bounds(depth=options.depth, states=options.states, seconds=options.seconds),
                allow=options.allow,
                reach=options.reach,
                simulator=application.simulator,
                code=code,
                progress=progress,
                stop=stop,
            )
    except SimulatorError as error:
        text = _ARGUMENT.sub(lambda found: f"--{_FLAGS.get(found[1], found[1])}", str(error))
        raise SimulationFailure(text) from None


def _write(options: ExploreOptions, report: "Report") -> None:
    from callcontrol.cli.explore_report import show_json, show_text

    if options.as_json:
        show_json(report)
    else:
        # A graph on standard output has it to itself.
        with redirect_stdout(
            sys.stderr if STDOUT in (options.mermaid, options.svg) else sys.stdout
        ):
            show_text(report, options)
    drawn = {"--mermaid": report.graph.mermaid, "--svg": report.graph.svg}
    for flag, file in options.graphs:
        if file is not None:
            _save(flag, file, drawn[flag])


def _save(flag: str, file: str, draw: Callable[[], str]) -> None:
    if file == STDOUT:
        click.echo(draw(), nl=False)
        return
    try:
        Path(file).write_text(draw(), encoding="utf-8")
    except OSError as error:
        text = f"{flag}: expected a file that can be written, got: {error.strerror}"
        raise CommandFailure(text, USAGE) from None
