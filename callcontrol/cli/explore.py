"""``callcontrol explore``: every way through the calls of an application."""

from textwrap import wrap
from typing import Literal

import click

from bxml.cli.running import Seconds
from callcontrol.cli.call_options import call_options, json_lines
from callcontrol.cli.errors import OperationCommand
from callcontrol.explorer.bounds import KEYS, SLOW, Bounds
from callcontrol.explorer.faults import KINDS

__all__ = ["explore"]

MOST = 100_000
STDOUT = "-"
_LISTED = "\n".join(
    "\n".join(wrap(kind.text, 78, initial_indent=f"  {kind.id:<20} ", subsequent_indent=" " * 23))
    for kind in KINDS.values()
)
EPILOG = f"""\b
Kinds of fault:
{_LISTED}

\b
Exit codes:
  0    nothing that --fail-on names was found
  1    something was found
  2    wrong usage, or nobody listens at TARGET
  130  interrupted; what was found until then has been shown
"""
_BOUNDS = Bounds()


@click.command("explore", cls=OperationCommand, epilog=EPILOG)
@call_options
@click.option(
    "--keys", metavar="KEYS", default=KEYS, show_default=True, help="Pressed at every prompt."
)
@click.option(
    "--entry",
    "entries",
    metavar="KEYS",
    multiple=True,
    help="Typed where more than one key is taken, such as 1000#; may be given several times.",
)
@click.option(
    "--ignore",
    metavar="REGEX",
    help="What it finds in documents does not count when two moments are compared.",
)
@click.option(
    "--slow",
    type=Seconds(0, 3600),
    metavar="SECONDS",
    default=SLOW,
    show_default=True,
    help="How long a reply may take.",
)
@click.option(
    "--depth",
    type=click.IntRange(1, MOST),
    metavar="NUMBER",
    default=_BOUNDS.depth,
    show_default=True,
    help="Most things that are done in one call.",
)
@click.option(
    "--states",
    type=click.IntRange(1, MOST),
    metavar="NUMBER",
    default=_BOUNDS.states,
    show_default=True,
    help="Most states in which everything is tried.",
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
    help="No fault here; may be given several times.",
)
@click.option("--mermaid", metavar="FILE", help="Write the call flow as a Mermaid graph.")
@click.option("--svg", metavar="FILE", help="Write the call flow as a picture.")
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "never"]),
    default="error",
    show_default=True,
    help="The mildest severity that makes the exit code 1.",
)
@json_lines
@click.pass_context
def explore(  # noqa: PLR0913 - one for each option
    ctx: click.Context,
    /,
    *,
    target: str,
    path: str,
    outbound: bool,
    detect: Literal["sync", "async"] | None,
    disconnect_url: str | None,
    from_: str,
    to: str,
    keys: str,
    entries: tuple[str, ...],
    ignore: str | None,
    slow: float,
    depth: int,
    states: int,
    seconds: float,
    allow: tuple[str, ...],
    username: str | None,
    password: str | None,
    reach: tuple[str, ...],
    mermaid: str | None,
    svg: str | None,
    fail_on: Literal["error", "warning", "never"],
    as_json: bool,
) -> None:
    """Walk every way through an application, and tell its faults.

    TARGET is the URL of a running application, or one to call in this process: voice:app or
    voice.py:app. Every key is pressed, every timeout passes, callers hang up everywhere, and
    transfers are answered and refused. Calls are simulated on this machine. Each fault comes with
    the shortest way that shows it, for 'callcontrol dial --script'.
    """
    from callcontrol.cli.explore_report import Wanted, explored

    if detect is not None and not outbound:
        raise click.UsageError("--detect needs --outbound")
    if as_json and STDOUT in (mermaid, svg):
        raise click.UsageError("--json: expected a graph to go to a file, got -")
    if mermaid is not None and mermaid == svg:
        raise click.UsageError("--svg: expected another file than for --mermaid, got the same")
    wanted = Wanted(
        target=target,
        url=path,
        outbound=outbound,
        detect=detect,
        disconnect_url=disconnect_url,
        username=username,
        password=password,
        from_=from_,
        to=to,
        keys=keys,
        entries=entries,
        ignore=ignore,
        slow=slow,
        bounds=Bounds(depth=depth, states=states, seconds=seconds),
        allow=allow,
        reach=reach,
    )
    ctx.exit(explored(wanted, mermaid=mermaid, svg=svg, fail_on=fail_on, as_json=as_json))
