"""The report of ``callcontrol explore``: lines for people, or JSON for programs."""

from shlex import quote

from rich.text import Text

from bxml.cli.reports import COLOURS, Excerpts, screen
from bxml.cli.sources import printable
from bxml.rules._texts import counted
from callcontrol.cli.call_options import CallOptions
from callcontrol.cli.output import emit, write
from callcontrol.explorer.bounds import Progress
from callcontrol.explorer.faults import Fault
from callcontrol.explorer.report import Report
from callcontrol.phone import CALLER, NUMBER

INDENT = 2


def progress_line(progress: Progress) -> str:
    """Return how far a search has come, in one line."""
    done = f"{counted(progress.states, 'state')}, {counted(progress.calls, 'call')}"
    faults = counted(progress.faults, "fault")
    return f"{done}, {progress.waiting} to go, {faults}, {progress.seconds:.0f} s"


def show_text(report: Report, options: CallOptions) -> None:
    """Write each fault with the command that plays it, then the result."""
    console = screen()
    advised: set[tuple[str, str]] = set()
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
        how = _dial_command(options, fault)
        if how:
            more = f"   # the shortest of {fault.ways} ways" if fault.ways > 1 else ""
            write(console, Text.assemble(f"{' ' * INDENT}{printable(how)}", (more, "dim")))
        if (fault.kind, fault.hint) not in advised:
            advised.add((fault.kind, fault.hint))
            write(console, Text(f"{' ' * INDENT}{fault.advice}", "dim"))
    if report.calls == 1 and any("got 404" in fault.text for fault in report.faults):
        write(console, Text("is this the path of the first webhook? try --path /voice", "yellow"))
    for finding in report.remarks():
        write(console, Text(printable(finding), "yellow"))
    write(console, Text(report.summary, "bold"))


def show_json(report: Report) -> None:
    """Write an object for each fault, then one for the result."""
    for fault in report.listed():
        values = {name: value for name, value in fault.items() if name != "kind"}
        emit({"kind": "fault", "fault": fault["kind"], **values})
    emit({"kind": "result", **report.facts()})


def _dial_command(options: CallOptions, fault: Fault) -> str:
    """Return the command that plays the shortest call with a fault; empty if there is none."""
    if fault.script is None:
        return ""
    given = {
        "--path": options.path,
        "--detect": options.detect,
        "--tag": options.tag,
        "--from": options.from_ if options.from_ != CALLER else "",
        "--to": options.to if options.to != NUMBER else "",
        "--disconnect-url": options.disconnect_url,
        "--username": options.username,
        "--password-env": options.password.variable if options.password is not None else "",
    }
    flags = [f"{flag} {quote(value)}" for flag, value in given.items() if value]
    flags += [f"--reach {quote(url)}" for url in options.reach]
    flags += ["--outbound"] if options.outbound else []
    script = quote(fault.script) if '"' in fault.script else f'"{fault.script}"'
    return " ".join(["callcontrol dial", quote(options.target), *flags, "--script", script])
