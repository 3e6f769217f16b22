"""The addresses and credentials of a simulated platform, as the first lines of a command."""

from collections.abc import Mapping
from shlex import quote

from callcontrol._settings import API_ROOT
from callcontrol.cli.output import emit, say
from callcontrol.simulator.simulator import Simulator


def show_environment(simulator: Simulator, held_in: Mapping[str, str], *, as_json: bool) -> None:
    """Write the variables of a client, OAuth 2.0 before Basic.

    ``held_in`` maps variables of the client to shell expressions that hold secrets the user has
    given, such as ``$SECRET``: these are written instead of the secrets.
    """
    oauth = {
        "BW_VOICE_URL": simulator.base_url.removesuffix(API_ROOT),
        "BW_TOKEN_URL": simulator.token_url,
        "BW_ACCOUNT_ID": simulator.account_id,
        "BW_CLIENT_ID": simulator.client_id,
        "BW_CLIENT_SECRET": simulator.client_secret,
    }
    basic = {"BW_USERNAME": simulator.username, "BW_PASSWORD": simulator.password}
    if as_json:
        found = [
            {name: value for name, value in values.items() if name not in held_in}
            for values in (oauth, basic)
        ]
        emit({"kind": "ready", "environment": found[0], "basic": found[1]})
        return
    say("The platform is simulated; stop it with Ctrl-C. Point a client at it with")
    _export(oauth, held_in)
    say("or, with Basic authentication instead of the last two,")
    _export(basic, held_in)


def _export(values: Mapping[str, str], held_in: Mapping[str, str]) -> None:
    for name, value in values.items():
        held = held_in.get(name)
        shown = quote(value) if held is None else f'"{held}"'
        say(f"  export {name}={shown}")
