"""``callcontrol simulate``: the platform on a local port, until Ctrl-C."""

import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from signal import SIGTERM, default_int_handler, signal
from threading import current_thread, main_thread
from typing import TYPE_CHECKING

import click

from bxml.cli.running import Seconds
from callcontrol.cli.call_options import (
    SPEED,
    HeldSecret,
    application_url,
    json_lines,
    port_option,
    reach_option,
)
from callcontrol.cli.errors import OperationCommand, SimulationFailure
from callcontrol.cli.server_options import Clients, client_options

if TYPE_CHECKING:
    from callcontrol.simulator import OutageName


@contextmanager
def _terminated_like_interrupted() -> Generator[None]:
    """Let SIGTERM end the command as Ctrl-C does, so that nothing is left behind."""
    if current_thread() is not main_thread():
        yield
        return
    before = signal(SIGTERM, default_int_handler)
    try:
        yield
    finally:
        signal(SIGTERM, before)


_LASTS = Seconds(0, 1_000_000)


def _outages(
    context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> "Sequence[tuple[OutageName, float | None]]":
    """Return names of outages, and their seconds if given; a callback."""
    if not values:
        return ()
    from callcontrol.simulator.core.fault_plan import OUTAGES

    found: list[tuple[OutageName, float | None]] = []
    for value in values:
        given, colon, seconds = value.partition(":")
        name: OutageName | None = next((name for name in OUTAGES if name == given), None)
        if name is None:
            text = f"expected one of {', '.join(OUTAGES)}, got {given!r}"
            raise click.BadParameter(text, context, parameter)
        lasts = _LASTS.convert(seconds, parameter, context) if colon else None
        found.append((name, lasts))
    return found


@click.command("simulate", cls=OperationCommand)
@port_option
@click.option(
    "--application",
    metavar="URL",
    callback=application_url,
    help="Receives the initiate webhook of one inbound call, placed once it can be reached.",
)
@click.option(
    "--speed",
    type=SPEED,
    metavar="NUMBER",
    default=1,
    show_default=True,
    help="Seconds of the calls that pass in one real second.",
)
@click.option(
    "--answer-after",
    type=Seconds(0, 86_400),
    metavar="SECONDS",
    default=2,
    show_default=True,
    help="How long outbound calls and legs of a Transfer ring before they are answered.",
)
@click.option(
    "--allow-host",
    "allow_hosts",
    metavar="NAME",
    multiple=True,
    help="Another host name, of a tunnel or a container; may be given several times.",
)
@reach_option("Another host to fetch audio from; may be given several times.")
@client_options("--password-env")
@click.option(
    "--tls",
    is_flag=True,
    help="Listen on https, with a certificate for localhost and the allowed hosts.",
)
@click.option(
    "--fail",
    "outages",
    metavar="NAME[:SECONDS]",
    multiple=True,
    callback=_outages,
    help=(
        "Let all requests fail, or those of the first seconds of the calls: forbidden,"
        " unpaid, account-limit, maintenance, clock; may be given several times."
    ),
)
@json_lines
def simulate(  # noqa: PLR0913 - one for each option
    *,
    port: int,
    application: str | None,
    speed: float,
    answer_after: float,
    allow_hosts: tuple[str, ...],
    reach: tuple[str, ...],
    client: HeldSecret | None,
    api_password: HeldSecret | None,
    sdk: str | None,
    tls: bool,
    outages: "Sequence[tuple[OutageName, float | None]]",
    as_json: bool,
) -> None:
    """Simulate the platform on a local port, and log the calls.

    The first lines show how to point a client at it: no account is needed, and the credentials are
    new at each start unless they are given. Calls that the client places fetch their BXML from your
    application and run it in real time. Requests under another host name than localhost are
    refused, unless --allow-host names it. Audio at hosts that no webhook goes to is not fetched,
    unless --reach names them. With --tls clients have to trust a certificate, whose file is removed
    at the end. Press Ctrl-C to stop; the exit code is 0 then.
    """
    from callcontrol.simulator import Simulator, SimulatorError
    from callcontrol.simulator.live import LiveRun, LiveSimulator

    clients = Clients(client=client, api_password=api_password, sdk=sdk)
    try:
        live = LiveSimulator(
            port=port,
            application_url=application,
            speed=speed,
            answer_after=answer_after,
            allow_hosts=allow_hosts,
            reach=reach,
            tls=tls,
            simulator=Simulator(account=clients.account()),
        )
        run = LiveRun(guide=clients.guide(), outages=outages, as_json=as_json)
        with _terminated_like_interrupted():
            run.until(live)
    except SimulatorError as error:
        raise SimulationFailure(str(error).replace("start.port: ", "--port: ", 1)) from None
    sys.stdout.flush()  # while click still handles a closed pipe
