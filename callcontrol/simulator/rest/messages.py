"""Requests and replies of the REST side, as records."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from callcontrol.simulator.core.messages import Header

JSON = "application/json;charset=UTF-8"
"""Media type of every JSON body the platform sends."""


@dataclass(frozen=True, slots=True)
class RestRequest:
    """One HTTP request. Its ``repr`` shows neither headers nor body: both may hold secrets."""

    method: str
    path: str
    """Percent-encoded as sent, without the query."""
    query: str = ""
    """Text after the question mark, still encoded."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    """Values by lower-case name."""
    body: bytes = field(default=b"", repr=False)

    @property
    def media_type(self) -> str:
        """The content type without its parameters, in lower case; empty if there is none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class RestReply:
    """One HTTP reply; ``Content-Length`` is added when it is sent."""

    status: int
    headers: tuple[Header, ...] = ()
    body: bytes = field(default=b"", repr=False)

    def at_host(self, own: str, host: str) -> "RestReply":
        """Return the reply with ``host`` for ``own`` in the URLs of its headers and its JSON."""
        before, after = f"://{own}/", f"://{host}/"
        headers = tuple((name, value.replace(before, after)) for name, value in self.headers)
        if ("Content-Type", JSON) not in headers:
            return replace(self, headers=headers)
        body = self.body.replace(before.encode("ascii"), after.encode("ascii"))
        return replace(self, headers=headers, body=body)


def json_reply(status: int, value: object, *headers: Header) -> RestReply:
    """Return ``value`` as a JSON reply."""
    body = json.dumps(value, separators=(",", ":")).encode("ascii")
    return RestReply(status, (("Content-Type", JSON), *headers), body)
