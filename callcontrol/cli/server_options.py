"""Options of the commands that simulate a platform for clients in other processes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import click

from callcontrol._vendor_sdks import SDKS
from callcontrol.cli.call_options import HeldSecret, held_secret
from callcontrol.cli.output import emit, say

if TYPE_CHECKING:
    from callcontrol.simulator.client_guide import ClientGuide
    from callcontrol.simulator.settings import Account
    from callcontrol.simulator.simulator import Simulator

C = TypeVar("C", bound=Callable[..., object])


def client_options(password: str) -> Callable[[C], C]:
    """Return the options for ``Clients``; ``password`` is the name of that for Basic."""
    options = (
        click.option(
            "--client-env",
            "client",
            metavar="VARIABLE",
            callback=held_secret,
            help="Environment variable that holds ID:SECRET of the client, instead of random ones.",
        ),
        click.option(
            password,
            "api_password",
            metavar="VARIABLE",
            callback=held_secret,
            help="The same for the password of Basic authentication.",
        ),
        click.option(
            "--for",
            "sdk",
            type=click.Choice([*SDKS]),
            help="Also show how this SDK of the vendor is pointed at the simulator.",
        ),
    )

    def decorate(command: C) -> C:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


@dataclass(frozen=True, slots=True, kw_only=True)
class Clients:
    """The clients of a simulator: their credentials, if given, and their SDK."""

    client: HeldSecret | None
    api_password: HeldSecret | None
    sdk: str | None

    def account(self) -> "Account":
        """Return the account with these credentials, random where none are given.

        :raises SimulatorError: for impossible ones.
        """
        from callcontrol.simulator import Account

        drawn = Account()
        client_id, client_secret = drawn.client_id, drawn.client_secret
        if self.client is not None:
            client_id, _, client_secret = self.client.value.partition(":")
        password = drawn.password if self.api_password is None else self.api_password.value
        return Account(client_id=client_id, client_secret=client_secret, password=password)

    def announce(self, simulator: "Simulator", *, as_json: bool) -> None:
        """Write how they reach the simulator: lines for people, or one JSON object."""
        guide = self._guide()
        if as_json:
            emit({"kind": "ready", **guide.record(simulator)})
            return
        for line in guide.lines(simulator):
            say(line)

    def _guide(self) -> "ClientGuide":
        """Return what to show to them; given secrets are shown as shell expressions."""
        from callcontrol.simulator.client_guide import ClientGuide

        held_in: dict[str, str] = {}
        if self.client is not None:
            held_in["BW_CLIENT_SECRET"] = f"${{{self.client.variable}#*:}}"
        if self.api_password is not None:
            held_in["BW_PASSWORD"] = f"${self.api_password.variable}"
        return ClientGuide(held_in=held_in, sdk=self.sdk)
