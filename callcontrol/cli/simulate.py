"""``callcontrol simulate``: the platform on a local port, until Ctrl-C."""

import sys

import click

from bxml.cli.running import Seconds
from callcontrol.cli.call_options import SPEED, application_url, json_lines, port_option
from callcontrol.cli.errors import USAGE, CommandFailure, Operation

__all__ = ["simulate"]


class SimulationFailure(CommandFailure):
    """The simulator was asked for something it cannot do."""

    @property
    def kind(self) -> str:
        """What programs call it."""
        return "SimulatorError"


@click.command("simulate", cls=Operation)
@port_option
@click.option(
    "--application",
    metavar="URL",
    callback=application_url,
    help="Receives initiate of one call that comes in at the start.",
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
@json_lines
def simulate(
    *, port: int, application: str | None, speed: float, answer_after: float, as_json: bool
) -> None:
    """Play the platform on a local port, and log what happens.

    The first lines say how to point a client at it: made-up credentials, no account needed. Calls
    that the client places fetch their BXML from your application and run it in real time. Ctrl-C
    is the usual end, so the exit code is 0 then.
    """
    from callcontrol.simulator.errors import SimulatorError
    from callcontrol.simulator.live import run

    try:
        run(
            port=port,
            application_url=application,
            speed=speed,
            answer_after=answer_after,
            as_json=as_json,
        )
    except SimulatorError as error:
        raise SimulationFailure(str(error), USAGE) from None
    sys.stdout.flush()  # click still knows what a closed pipe means
