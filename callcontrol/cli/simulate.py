"""``callcontrol simulate``: the platform on a local port with its phones, until Ctrl-C."""

import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from signal import SIGINT, SIGTERM
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
from callcontrol.phone import CALLER

if TYPE_CHECKING:
    from callcontrol.simulator import OutageName, Simulator
    from callcontrol.simulator.live import LiveSimulator

EPILOG = """\b
Keys at a terminal:
  0-9 * # A-D  typed on the selected phone
  s            say words, up to Return
  a  r  b      answer, refuse, be busy: on the phone that rings
  Tab          select the phone of another call; keys go there
  h            hang up the selected phone
  c            place a call to the application
  Ctrl-C       hang up all calls and stop; a second one stops at once
  ?            show these keys

\b
Lines on standard input, without a terminal:
  dial, call NUMBER, wait SECONDS
  press KEYS, say TEXT, beep, hang up
  answer, decline, busy, no answer, voicemail [GREETING]
"""
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


@click.command("simulate", cls=OperationCommand, epilog=EPILOG)
@port_option
@click.option(
    "--application",
    metavar="URL",
    callback=application_url,
    help="Receives the initiate webhooks of inbound calls; one is placed once it can be reached.",
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
    at the end. You type at the phones of all calls, and may call the application at any time. Press
    Ctrl-C to hang up all calls and stop; the exit code is 0 then.
    """
    from callcontrol.simulator import Simulator, SimulatorError
    from callcontrol.simulator.live import LiveSimulator

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
        begin = partial(_begin, live.simulator, clients, outages, as_json=as_json)
        _talk(live, speed, begin, as_json=as_json)
    except SimulatorError as error:
        raise SimulationFailure(str(error).replace("start.port: ", "--port: ", 1)) from None
    except BrokenPipeError:  # enough has been read
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), sys.stdout.fileno())


def _begin(
    simulator: "Simulator",
    clients: Clients,
    outages: "Sequence[tuple[OutageName, float | None]]",
    *,
    as_json: bool,
) -> None:
    for name, seconds in outages:
        simulator.begin_outage(name, seconds=seconds)
    clients.announce(simulator, as_json=as_json)


def _talk(live: "LiveSimulator", speed: float, begin: Callable[[], None], *, as_json: bool) -> None:
    """Let a person type at the phones until Ctrl-C, or SIGTERM."""
    from callcontrol.cli.dial_display import JsonScreen, TextScreen
    from callcontrol.cli.dial_live import LiveSession, logs_of, talk
    from callcontrol.phone.call_log import CallLog
    from callcontrol.phone.call_request import CallRequest

    url = live.application_url
    logs = logs_of(live, CallLog(CALLER, outbound=False))
    screen = JsonScreen(logs) if as_json else TextScreen(logs, whole=True, numbered=True)
    session = LiveSession(
        request=None if url is None else CallRequest(url=url),
        speed=speed,
        outlives_calls=True,
        outlives_input=True,
        awaits_application=True,
        leave_on=(SIGINT, SIGTERM),
        begin=begin,
    )
    talk(live, logs, screen, session)
