"""Keeps an application in this process away from the real platform, and counts its connections.

An audit hook of Python sees every host name that code in this process looks up: requests, urllib,
http.client, httpx and aiohttp all do so through the module socket. It does not see subprocesses
and libraries in C with a resolver of their own.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from socket import EAI_FAIL, gaierror
from types import TracebackType
from typing import Self

from bxml._once import once
from callcontrol._basic_end import is_vendor
from callcontrol._urls import host_of, is_loopback_host

_HOST_PLACES = {"socket.getaddrinfo": 0, "socket.gethostbyname": 0, "http.client.send": 1}
"""Audit events, and which of their arguments holds the host."""
_PROXIED = re.compile(rb"\A(?:CONNECT |[A-Z]+ https?://)(?:[^/ @]*@)?([^:/ ]+)")
"""The beginning of a request to a proxy, which looks up the host itself."""
_guards: list["NetworkGuard"] = []
"""Those whose ``with`` block runs."""


class NetworkGuard:
    """Refuses connections to the vendor's hosts inside the ``with`` block, and counts all others.

    ``reach`` are URLs whose hosts are permitted and not counted. A refused look-up raises
    ``socket.gaierror``, as that of an unknown host does. Connections that are open already stay.
    """

    def __init__(self, reach: Iterable[str] = ()) -> None:
        self._reach = frozenset(map(host_of, reach))
        self.refused: Counter[str] = Counter()
        """How often each host of the vendor was looked up, in vain."""
        self.others: Counter[str] = Counter()
        """How often other hosts were looked up; this machine does not count."""

    def __enter__(self) -> Self:
        _install()
        _guards.append(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _guards.remove(self)

    def refuses(self, host: str) -> bool:
        """Count a host, and return whether it must not be looked up."""
        if host in self._reach or is_loopback_host(host):
            return False
        is_refused = is_vendor(f"https://{host}")
        (self.refused if is_refused else self.others)[host] += 1
        return is_refused

    def remarks(self) -> Iterator[str]:
        """Yield a line about the refused hosts and one about the others, then begin anew."""
        if self.refused:
            first = next(iter(self.refused))
            yield (
                f"connections of the application to {_listed(self.refused)} were refused: calls "
                "are simulated, and the environment names their platform (BW_VOICE_URL, ...); make "
                "the client with Client.from_env(), which reads it, or permit the real platform "
                f"with --reach https://{first}"
            )
        if self.others:
            yield f"the application connected to {_listed(self.others)}, which is not simulated"
        self.refused.clear()
        self.others.clear()


def _listed(hosts: Counter[str]) -> str:
    return ", ".join(
        f"{host} ({count} {'time' if count == 1 else 'times'})" for host, count in hosts.items()
    )


@once
def _install() -> None:
    """Add the audit hook, once: Python has no way to remove it."""
    sys.addaudithook(_audit)


def _audit(event: str, arguments: tuple[object, ...]) -> None:
    if not _guards or event not in _HOST_PLACES:
        return
    host = _host(arguments[_HOST_PLACES[event]], is_request=event == "http.client.send")
    if host and True in {guard.refuses(host) for guard in tuple(_guards)}:
        text = "connections to Bandwidth are refused while calls are simulated"
        raise gaierror(EAI_FAIL, f"{host}: {text}; --reach https://{host} permits them")


def _host(value: object, *, is_request: bool) -> str:
    """Return the host of a look-up, or of a request if a proxy looks it up."""
    if is_request:
        found = _PROXIED.match(value[:512]) if isinstance(value, bytes) else None
        value = found[1] if found is not None else ""
    if isinstance(value, bytes):
        value = value.decode("ascii", "replace")
    return host_of(f"https://{value}") if isinstance(value, str) else ""
