"""``callcontrol simulate``: the platform on a local port, until Ctrl-C."""

import sys
from collections.abc import Mapping

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


@click.command("simulate", cls=OperationCommand)
@port_option
@click.option(
    "--application",
    metavar="URL",
    callback=application_url,
    help="Receives the initiate webhook of an inbound call, placed at the start.",
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
    unless --reach names them. Press Ctrl-C to stop; the exit code is 0 then.
    """
    from callcontrol.simulator import Account, SimulatorError
    from callcontrol.simulator.live import run

    drawn = Account()
    client_id, client_secret = drawn.client_id, drawn.client_secret
    if client is not None:
        client_id, _, client_secret = client.value.partition(":")
    try:
        run(
            port=port,
            application_url=application,
            speed=speed,
            answer_after=answer_after,
            allow_hosts=allow_hosts,
            reach=reach,
            account=Account(
                client_id=client_id,
                client_secret=client_secret,
                password=api_password.value if api_password else drawn.password,
            ),
            held_in=_held_in(client, api_password),
            as_json=as_json,
        )
    except SimulatorError as error:
        raise SimulationFailure(str(error)) from None
    sys.stdout.flush()  # while click still handles a closed pipe


def _held_in(client: HeldSecret | None, api_password: HeldSecret | None) -> Mapping[str, str]:
    """Return the shell expressions of the given secrets, by the variables of a client."""
    found: dict[str, str] = {}
    if client is not None:
        found["BW_CLIENT_SECRET"] = f"${{{client.variable}#*:}}"
    if api_password is not None:
        found["BW_PASSWORD"] = f"${api_password.variable}"
    return found
