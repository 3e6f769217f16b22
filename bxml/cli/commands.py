"""The command ``bxml``: reads the command line, calls the library, chooses the exit code."""

from contextlib import closing

import click

from bxml.cli import explain_pages
from bxml.cli.examining import Checker
from bxml.cli.explain import find_topic, why_unknown
from bxml.cli.formatting import (
    format_source,
    report_problems,
    report_unread,
    show,
    verdict,
    write_utf8,
    writing,
)
from bxml.cli.loaded import Loaded, Request, Unread
from bxml.cli.progress import Progress
from bxml.cli.reports import REPORTS, Report, Tally, remark, screen
from bxml.cli.results import results
from bxml.cli.running import Seconds, run_command
from bxml.cli.sources import STDIN, listed, load, printable
from bxml.codegen import to_python
from bxml.errors import ParseError, ValidationError

METHODS = ("GET", "POST")

_FORMAT = click.Choice(list(REPORTS))


@click.group(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 no errors, 1 errors in a document, 2 wrong usage or unreadable input.",
)
@click.version_option(package_name="bxml-callcontrol", prog_name="bxml")
def cli() -> None:
    """Check, format and explain BXML, Bandwidth's XML for phone calls."""


@cli.command("check")
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option("--format", "style", type=_FORMAT, default="text", show_default=True, help="Output.")
@click.option("--context", metavar="ID", help="Context of the document, such as call-update.")
@click.option("--disable", metavar="RULE", multiple=True, help="Disable a rule; repeatable.")
@click.option("--enable", metavar="RULE", multiple=True, help="Enable a rule; repeatable.")
@click.option("--method", type=click.Choice(METHODS), help="HTTP method for a URL.  [GET]")
@click.option("--data", metavar="JSON", help="Webhook body to POST to a URL; @FILE reads a file.")
@click.option(
    "--timeout",
    type=Seconds(0.1, 600),
    default=10.0,
    show_default=True,
    help="Seconds to wait for a reply.",
)
@click.pass_context
def check_command(  # noqa: PLR0913 - one for each option
    ctx: click.Context,
    /,
    *,
    sources: tuple[str, ...],
    style: str,
    context: str | None,
    disable: tuple[str, ...],
    enable: tuple[str, ...],
    method: str | None,
    data: str | None,
    timeout: float,
) -> None:
    """Report every problem of BXML documents.

    SOURCE is a file, a directory (all .xml and .bxml files below), '-' for standard input, or the
    URL of a running web application, whose reply is checked. 'bxml explain' lists rules and
    contexts. The exit code is 1 for errors and 0 for warnings only.
    """
    checker = _checker(context, disable, enable)
    request = _request(method, data, timeout)
    report: Report = REPORTS[style]()
    entries = list(listed(sources, urls=True))
    tally = Tally()
    progress = Progress(len(entries))
    with closing(results(entries, checker, request)) as found:
        for result in found:
            if isinstance(result, Unread):
                progress.clear()
                tally.unread += 1
                report.fail(result)
            else:
                tally.add(result[1])
                if result[1] or result[0].notes:
                    progress.clear()
                    report.add(*result)
            progress.step()
    progress.clear()
    report.close(tally)
    ctx.exit(tally.status)


def _checker(context: str | None, disable: tuple[str, ...], enable: tuple[str, ...]) -> Checker:
    """Return what is looked for; refuse unknown ids."""
    checker = Checker(context, disable, enable)
    try:
        checker.problems(Loaded("", b"<Response/>"))
    except ValidationError as error:
        lines = (str(problem).removeprefix("check.") for problem in error.problems)
        raise click.UsageError("\n".join(f"--{line}" for line in lines)) from None
    return checker


def _request(method: str | None, data: str | None, timeout: float) -> Request:
    if data is None:
        return Request(method or "GET", b"{}" if method == "POST" else None, timeout)
    if method == "GET":
        raise click.UsageError("--data: expected --method POST, got GET")
    return Request("POST", _event(data), timeout)


def _event(data: str) -> bytes:
    """Return the JSON of the option, or of the file named after ``@``."""
    import json

    body = data.encode("utf-8", "replace")
    if data.startswith("@"):
        source = next(load([data[1:]]))
        if isinstance(source, Unread):
            raise click.UsageError(f"--data: {printable(source.name)}: {source.reason}")
        body = source.body
    try:
        json.loads(body)
    except (ValueError, RecursionError) as error:
        raise click.UsageError(f"--data: expected JSON, got invalid JSON ({error})") from None
    return body


@cli.command("format")
@click.argument("sources", nargs=-1, required=True, metavar="FILE...")
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if a file would change.")
@click.option("--write", is_flag=True, help="Write the result back to the file.")
@click.option("--drop-comments", is_flag=True, help="Allow --write to drop comments.")
@click.pass_context
def format_command(
    ctx: click.Context,
    /,
    *,
    sources: tuple[str, ...],
    check: bool,
    write: bool,
    drop_comments: bool,
) -> None:
    """Format BXML without changing its meaning.

    Each verb gets its own line and attributes a fixed order; speech and text are unchanged.
    FILE is a file, a directory or '-'. The result goes to standard output unless --write or
    --check is given. Documents with errors are refused. Comments are dropped.
    """
    if check and write:
        raise click.UsageError("expected --check or --write, got both")
    if len(sources) > 1 and not (check or write):
        raise click.UsageError("expected one file, or --check or --write, got several")
    if write and STDIN in sources:
        raise click.UsageError("--write: expected files, got standard input")
    finish = verdict if check else writing(drop_comments=drop_comments) if write else show
    ctx.exit(max([format_source(source, finish) for source in load(sources)]))


@cli.command("python")
@click.argument("source", metavar="FILE")
@click.option("--name", default="document", show_default=True, help="Variable name.")
@click.pass_context
def python_command(ctx: click.Context, /, *, source: str, name: str) -> None:
    """Print the Python code that builds a BXML document.

    FILE is a file, or '-' for standard input. The code includes its imports.
    """
    for loaded in load([source]):
        if isinstance(loaded, Unread):
            ctx.exit(report_unread(loaded))
        try:
            write_utf8(to_python(loaded.body, name=name))
        except (ParseError, ValidationError) as error:
            ctx.exit(report_problems(loaded, error))
        except ValueError as error:
            raise click.UsageError(str(error).replace("to_python.name", "--name")) from None


@cli.command("explain")
@click.argument("name", required=False, metavar="[NAME]")
def explain_command(*, name: str | None) -> None:
    """Explain an element, a rule or a context; list all of them without NAME.

    NAME is an element in any spelling (gather, speak_sentence, say-as), a rule id such as bad-url,
    or a context such as call-update.
    """
    topic = find_topic(name) if name is not None else None
    if name is not None and topic is None:
        raise click.UsageError(why_unknown(name))
    console = screen()
    with console.capture() as page:
        explain_pages.show(console, topic)
    lines = "".join(f"{line.rstrip()}\n" for line in page.get().splitlines())
    click.echo(lines, nl=False, color=True)


def run(arguments: list[str]) -> int:
    """Run the command and return the exit code; never raise for a failure of the environment."""
    # A report that was not read completely does not count as success.
    return run_command(cli, "bxml", arguments, lambda text: remark("output", text), closed_pipe=1)
