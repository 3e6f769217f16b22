"""``callcontrol simulate``: the platform on a local port with its phones, until Ctrl-C."""

import os
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bxml.cli.running import Seconds
from callcontrol.cli.call_options import (
    SPEED,
    HeldSecret,
    application_url,
    held_secret,
    json_lines,
    port_option,
    reach_option,
)
from callcontrol.cli.errors import OperationCommand, SimulationFailure
from callcontrol.phone import CALLER

if TYPE_CHECKING:
    from callcontrol.simulator import Account
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


@click.command("simulate", cls=OperationCommand, epilog=EPILOG)
@port_option
@click.option(
    "--application",
    metavar="URL",
    callback=application_url,
    help="Receives the initiate webhooks of inbound calls; one is placed at the start.",
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
@click.option(
    "--client-env",
    "client",
    metavar="VARIABLE",
    callback=held_secret,
    help="Environment variable that holds ID:SECRET of the client, instead of random ones.",
)
@click.option(
    "--password-env",
    "api_password",
    metavar="VARIABLE",
    callback=held_secret,
    help="The same for the password of Basic authentication.",
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
    as_json: bool,
) -> None:
    """Simulate the platform on a local port, and log the calls.

    The first lines show how to point a client at it: no account is needed, and the credentials are
    new at each start unless they are given. Calls that the client places fetch their BXML from your
    application and run it in real time. Requests under another host name than localhost are
    refused, unless --allow-host names it. Audio at hosts that no webhook goes to is not fetched,
    unless --reach names them. You type at the phones of all calls, and may call the application at
    any time. Press Ctrl-C to hang up all calls and stop; the exit code is 0 then.
    """
    from callcontrol.simulator import SimulatorError
    from callcontrol.simulator.live import LiveSimulator
    from callcontrol.simulator.simulator import Simulator

    try:
        live = LiveSimulator(
            port=port,
            application_url=application,
            speed=speed,
            answer_after=answer_after,
            allow_hosts=allow_hosts,
            reach=reach,
            simulator=Simulator(account=_account(client, api_password)),
        )
        _talk(live, application, speed, _held_in(client, api_password), as_json=as_json)
    except SimulatorError as error:
        raise SimulationFailure(str(error)) from None
    except BrokenPipeError:  # enough has been read
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), sys.stdout.fileno())


def _talk(
    live: "LiveSimulator",
    application: str | None,
    speed: float,
    held_in: Mapping[str, str],
    *,
    as_json: bool,
) -> None:
    """Let a person type at the phones until Ctrl-C."""
    from callcontrol.cli.dial_display import JsonScreen, TextScreen
    from callcontrol.cli.dial_live import LiveSession, logs_of, talk
    from callcontrol.cli.simulated_environment import show_environment
    from callcontrol.phone.call_log import CallLog
    from callcontrol.phone.call_request import CallRequest

    request = None if application is None else CallRequest(url=application)
    logs = logs_of(live, CallLog(CALLER, outbound=False))
    screen = JsonScreen(logs) if as_json else TextScreen(logs, whole=True, numbered=True)
    session = LiveSession(
        request=request,
        speed=speed,
        outlives_calls=True,
        outlives_input=True,
        begin=partial(show_environment, live.simulator, held_in, as_json=as_json),
    )
    talk(live, logs, screen, session)


def _account(client: HeldSecret | None, api_password: HeldSecret | None) -> "Account":
    """Return the account with the given credentials; others are random."""
    from callcontrol.simulator import Account

    drawn = Account()
    client_id, client_secret = drawn.client_id, drawn.client_secret
    if client is not None:
        client_id, _, client_secret = client.value.partition(":")
    password = api_password.value if api_password else drawn.password
    return Account(client_id=client_id, client_secret=client_secret, password=password)


def _held_in(client: HeldSecret | None, api_password: HeldSecret | None) -> Mapping[str, str]:
    """Return the shell expressions of the given secrets, by the variables of a client."""
    found: dict[str, str] = {}
    if client is not None:
        found["BW_CLIENT_SECRET"] = f"${{{client.variable}#*:}}"
    if api_password is not None:
        found["BW_PASSWORD"] = f"${api_password.variable}"
    return found
