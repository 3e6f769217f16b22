"""The host names that requests may use: a defence against DNS rebinding.

A page in a browser can point a name of its own at 127.0.0.1 and then talk to a server there as if
it were the page's own. The Host header gives it away: it holds the page's name.
"""

import re
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address

from callcontrol._urls import is_loopback_host
from callcontrol.simulator.core.messages import LoggedRequest
from callcontrol.simulator.core.platform import Platform
from callcontrol.simulator.errors import SimulatorError, quoted
from callcontrol.simulator.rest.messages import RestReply, RestRequest
from callcontrol.simulator.rest.refusal import Refusal

_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z_.-]+)(?::[0-9]{0,5})?")
_MAX_NAME = 253
_EXPECTED = "expected a host name or an IP address, without scheme, port or path"


class AllowedHosts:
    """Loopback names and addresses, and ``names``; a single text is one name.

    :raises SimulatorError: for an invalid name.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        self.names = frozenset(map(_allowed_name, (names,) if isinstance(names, str) else names))
        """The names besides loopback ones, normalized."""

    def refused(self, platform: Platform, request: RestRequest) -> RestReply | None:
        """Return the reply to a request for another host, and log it; None if it is allowed."""
        try:
            self.check(request)
        except Refusal as refusal:
            reply = refusal.reply()
        else:
            return None
        platform.log.append(LoggedRequest(request.method, request.path, reply.status, None))
        return reply

    def is_named(self, request: RestRequest) -> bool:
        """Return whether a request is for one of ``names``."""
        return bool(self.names) and _name_of(request.headers.get("host", "")) in self.names

    def check(self, request: RestRequest) -> None:
        """Check the Host header of a request.

        The port is ignored, as tunnels and containers change it. A request without the header is
        allowed: no browser can send one.

        :raises Refusal: 403 for another host.
        """
        host = request.headers.get("host")
        if host is None:
            return
        name = _name_of(host)
        if name is None:
            raise Refusal(403, f"Host: {_EXPECTED}, got '{quoted(host)}'")
        if not is_loopback_host(name) and name not in self.names:
            raise Refusal(403, _refusal_text(name))


def _refusal_text(name: str) -> str:
    return (
        f"Host: expected localhost or a loopback address, got '{quoted(name)}'; if a tunnel or a"
        f" container leads here by that name, allow it: callcontrol simulate --allow-host"
        f" {quoted(name)}, or LiveSimulator(allow_hosts=['{quoted(name)}'])"
    )


def _allowed_name(name: str) -> str:
    """Return a name to allow, normalized."""
    got = f"allow_hosts: {_EXPECTED}, got {name!r:.100}"
    if not isinstance(name, str):  # pyright: ignore[reportUnnecessaryIsInstance] - unchecked callers
        raise SimulatorError(got)
    try:
        ascii_name = name if name.isascii() else name.encode("idna").decode("ascii")
    except UnicodeError:
        raise SimulatorError(got) from None
    bare = f"[{ascii_name}]" if ascii_name.count(":") > 1 and ascii_name[0] != "[" else ascii_name
    found = None if bare.rpartition("]")[2].count(":") else _name_of(bare)
    if found is None:
        raise SimulatorError(got)
    return found


def _name_of(host: str) -> str | None:
    """Return the normalized host of a Host header, None if it is invalid.

    Names are in lower case without a final dot, and an address has only one form.
    """
    found = _HOST.fullmatch(host)
    if found is None:
        return None
    name = found[1].lower().removesuffix(".")
    if name.startswith("["):
        address = _address(name[1:-1])
        return str(address) if isinstance(address, IPv6Address) else None
    if not name or len(name) > _MAX_NAME or "" in name.split("."):
        return None
    return name


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None
