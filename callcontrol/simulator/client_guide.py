"""The settings with which clients in other processes reach a simulator."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from shlex import quote

from callcontrol._settings import API_ROOT
from callcontrol._vendor_sdks import SDKS, TRUST_VARIABLES
from callcontrol.simulator.simulator import Simulator

_HEADING = "The platform is simulated; stop it with Ctrl-C. Point a client at it with"
_PAGE = "docs/vendor-sdks.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientGuide:
    """Shows the settings of a client, for people and for programs."""

    held_in: Mapping[str, str] = field(default_factory=dict[str, str])
    """Shell expressions that hold given secrets, such as ``$SECRET``, by variables of a client
    such as ``BW_CLIENT_SECRET``: they are written instead of the secrets."""
    sdk: str | None = None
    """Key of ``SDKS``: the vendor's SDK whose configuration is written as well."""

    def lines(self, simulator: Simulator) -> Iterator[str]:
        """Yield shell commands, and texts between them, of at most 80 columns where possible."""
        yield _HEADING
        yield from self._exports(_oauth(simulator))
        yield "or, with Basic authentication instead of the last two,"
        yield from self._exports(_basic(simulator))
        if simulator.authority_file is not None:
            yield "Let it trust the certificate with"
            yield from self._trust(str(simulator.authority_file))
        if self.sdk is None:
            yield f"Add what an SDK of the vendor needs: --for {'|'.join(SDKS)}"
            return
        yield f"{SDKS[self.sdk].title}, see {_PAGE}:"
        yield from (f"  {line}" for line in SDKS[self.sdk].code.splitlines())

    def record(self, simulator: Simulator) -> Mapping[str, object]:
        """Return the same for programs, without the secrets that were given."""
        file = simulator.authority_file
        trust = {} if file is None else dict.fromkeys(TRUST_VARIABLES, str(file))
        return {
            "environment": self._without_given(_oauth(simulator)),
            "basic": self._without_given(_basic(simulator)),
            "trust": trust,
        }

    def _without_given(self, values: Mapping[str, str]) -> Mapping[str, str]:
        return {name: value for name, value in values.items() if name not in self.held_in}

    def _exports(self, values: Mapping[str, str]) -> Iterator[str]:
        for name, value in values.items():
            held_in = self.held_in.get(name)
            shown = quote(value) if held_in is None else f'"{held_in}"'
            yield f"  export {name}={shown}"

    def _trust(self, file: str) -> Iterator[str]:
        if self.sdk is None:
            yield from self._exports(dict.fromkeys(TRUST_VARIABLES, file))
        else:
            trust = SDKS[self.sdk].trust.replace("AUTHORITY", quote(file))
            yield from (f"  {line}" for line in trust.splitlines())


def _oauth(simulator: Simulator) -> Mapping[str, str]:
    return {
        "BW_VOICE_URL": simulator.base_url.removesuffix(API_ROOT),
        "BW_TOKEN_URL": simulator.token_url,
        "BW_ACCOUNT_ID": simulator.account_id,
        "BW_CLIENT_ID": simulator.client_id,
        "BW_CLIENT_SECRET": simulator.client_secret,
    }


def _basic(simulator: Simulator) -> Mapping[str, str]:
    return {"BW_USERNAME": simulator.username, "BW_PASSWORD": simulator.password}
