"""One run of ``callcontrol explore``, from the options to the exit code."""

import logging
import re
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from shlex import quote
from threading import Event
from typing import Literal

import click
from rich.text import Text

from bxml.cli.exit_codes import INTERRUPTED
from bxml.cli.reports import COLOURS, Excerpts, screen
from bxml.cli.sources import is_url, printable
from bxml.rules._texts import counted
from callcontrol.cli.applications import LoadedApplication, loading
from callcontrol.cli.errors import REFUSED, USAGE, CommandFailure
from callcontrol.cli.explore import STDOUT
from callcontrol.cli.output import emit, remark, write
from callcontrol.cli.signals import stopping
from callcontrol.cli.simulate import SimulationFailure
from callcontrol.explorer import Bounds, Fault, Progress, Report, explore
from callcontrol.phone import CALLER, NUMBER
from callcontrol.simulator.errors import SimulatorError

__all__ = ["Wanted", "explored"]

INDENT = 2
ARGUMENT = re.compile(r"^explore\.(?:bounds\.)?(\w+)")
"""How the function names what is wrong; the person knows the option."""
OPTIONS = {"entries": "entry", "disconnect_url": "disconnect-url", "url": "path"}
FailOn = Literal["error", "warning", "never"]
_FAILING: Mapping[FailOn, frozenset[str]] = {
    "error": frozenset(("error",)),
    "warning": frozenset(("error", "warning")),
    "never": frozenset(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to explore, and how."""

    target: str
    url: str
    outbound: bool
    detect: Literal["sync", "async"] | None
    disconnect_url: str | None
    username: str | None
    password: str | None = field(repr=False)
    from_: str
    to: str
    keys: str
    entries: Sequence[str]
    ignore: str | None
    slow: float
    bounds: Bounds
    allow: Sequence[str]
    reach: Sequence[str]


def explored(
    wanted: Wanted, *, mermaid: str | None, svg: str | None, fail_on: FailOn, as_json: bool
) -> int:
    """Explore, show what was found, and return the exit code.

    :raises CommandFailure: for what cannot be explored, and for graphs that cannot be written.
    """
    if svg is not None and find_spec("fast_sugiyama") is None:
        text = "--svg: expected the package fast-sugiyama; pip install 'bxml-callcontrol[explore]'"
        raise CommandFailure(text, USAGE)
    for where, file in (("--mermaid", mermaid), ("--svg", svg)):
        _expect_folder(where, file)
    with (
        stopping() as stop,
        _watching(silent=as_json) as progress,
        loading(wanted.target) as application,
    ):
        report = _report(wanted, application, progress, stop)
    if report.is_unreachable and is_url(wanted.target):
        remark(f"{wanted.target}: expected an application, got no connection; is it running?")
        return USAGE
    if as_json:
        _show_json(report)
    else:
        # A graph on standard output has it for itself.
        with redirect_stdout(sys.stderr if STDOUT in (mermaid, svg) else sys.stdout):
            _show(report, _command(wanted))
    _save("--mermaid", mermaid, report.graph.mermaid)
    _save("--svg", svg, report.graph.svg)
    if stop.is_set():
        return INTERRUPTED
    failing = _FAILING[fail_on]
    return REFUSED if any(fault.severity in failing for fault in report.faults) else 0


def _report(
    wanted: Wanted,
    application: LoadedApplication,
    progress: Callable[[Progress], None] | None,
    stop: Event,
) -> Report:
    code = application.code
    if code and find_spec("coverage") is None:
        code = ()
        extra = "pip install 'bxml-callcontrol[explore]'"
        remark(f"code that is never reached is not looked for: {extra}")
    try:
        # What the application prints must not get between the results.
        with redirect_stdout(sys.stderr):
            return explore(
                application.target,
                url=wanted.url,
                outbound=wanted.outbound,
                detect=wanted.detect,
                disconnect_url=wanted.disconnect_url,
                username=wanted.username,
                password=wanted.password,
                from_=wanted.from_,
                to=wanted.to,
                keys=wanted.keys,
                entries=wanted.entries,
                ignore=wanted.ignore,
                slow=wanted.slow,
                bounds=wanted.bounds,
                allow=wanted.allow,
                reach=wanted.reach,
                simulator=application.simulator,
                code=code,
                progress=progress,
                stop=stop,
            )
    except SimulatorError as error:
        text = ARGUMENT.sub(lambda found: f"--{OPTIONS.get(found[1], found[1])}", str(error))
        raise SimulationFailure(text, USAGE) from None


# --- while it runs ------------------------------------------------------------------------


@contextmanager
def _watching(*, silent: bool) -> Generator[Callable[[Progress], None] | None, None, None]:
    """Show how far the search has come, if there is a terminal."""
    # An application in this process logs what the report tells.
    logging.getLogger().addHandler(logging.NullHandler())
    console = screen(stderr=True)
    if silent or not console.is_terminal:
        yield None
        return
    with console.status("ringing ...") as status:
        yield lambda progress: status.update(_told(progress))


def _told(progress: Progress) -> str:
    done = f"{counted(progress.states, 'state')}, {counted(progress.calls, 'call')}"
    faults = counted(progress.faults, "fault")
    return f"{done}, {progress.waiting} to go, {faults}, {progress.seconds:.0f} s"


# --- what is shown ------------------------------------------------------------------------


def _command(wanted: Wanted) -> Callable[[Fault], str]:
    """Return what says how to hear a fault."""
    given = {
        "--path": wanted.url,
        "--detect": wanted.detect,
        "--from": wanted.from_ if wanted.from_ != CALLER else "",
        "--to": wanted.to if wanted.to != NUMBER else "",
        "--disconnect-url": wanted.disconnect_url,
        "--username": wanted.username,
        "--password-env": "VARIABLE" if wanted.password is not None else "",
    }
    options = [f"{name} {quote(value)}" for name, value in given.items() if value]
    options += [f"--reach {quote(each)}" for each in wanted.reach]
    options += ["--outbound"] if wanted.outbound else []

    def told(fault: Fault) -> str:
        if fault.script is None:
            return ""
        script = quote(fault.script) if '"' in fault.script else f'"{fault.script}"'
        return " ".join(["callcontrol dial", quote(wanted.target), *options, "--script", script])

    return told


def _show(report: Report, command: Callable[[Fault], str]) -> None:
    console = screen()
    advised: set[str] = set()
    for fault in report.faults:
        line = Text.assemble(
            (fault.severity, COLOURS[fault.severity]),
            f": {printable(fault.text)} ",
            (f"[{fault.kind}]", "dim"),
        )
        write(console, line)
        excerpts = Excerpts(fault.document, console.width - INDENT)
        for problem in fault.problems:
            for excerpt in excerpts.around(problem):
                write(console, Text(f"{' ' * INDENT}{excerpt}"))
        how = command(fault)
        if how:
            more = f"   # the shortest of {fault.ways} ways" if fault.ways > 1 else ""
            write(console, Text.assemble(f"{' ' * INDENT}{printable(how)}", (more, "dim")))
        if fault.kind not in advised:
            advised.add(fault.kind)
            write(console, Text(f"{' ' * INDENT}{fault.advice}", "dim"))
    if report.calls == 1 and any("got 404" in fault.text for fault in report.faults):
        write(console, Text("is this the path of the first webhook? try --path /voice", "yellow"))
    for remark_ in report.remarks():
        write(console, Text(printable(remark_), "yellow"))
    write(console, Text(report.summary, "bold"))


def _show_json(report: Report) -> None:
    for each in report.listed():
        emit(
            {
                "kind": "fault",
                "fault": each["kind"],
                **{k: v for k, v in each.items() if k != "kind"},
            }
        )
    emit({"kind": "result", **report.facts()})


def _expect_folder(where: str, file: str | None) -> None:
    """Refuse a file that cannot be written before a long search, not after it."""
    if file is not None and file != STDOUT and not Path(file).resolve().parent.is_dir():
        raise CommandFailure(f"{where}: expected a folder that exists, got {file}", USAGE)


def _save(where: str, file: str | None, made: Callable[[], str]) -> None:
    if file == STDOUT:
        click.echo(made(), nl=False)
    elif file is not None:
        try:
            Path(file).write_text(made(), encoding="utf-8")
        except OSError as error:
            text = f"{where}: expected a file that can be written, got: {error.strerror}"
            raise CommandFailure(text, USAGE) from None
