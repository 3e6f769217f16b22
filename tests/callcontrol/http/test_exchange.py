"""The tables of an exchange: what is repeated, what fits, and what a missing reply means."""

import pytest

from callcontrol._http import adapter, connector, exchange
from callcontrol._http.exchange import (
    FAILURES,
    ONCE,
    PAGE,
    PROXY_HINT,
    REPEATABLE,
    TOKEN,
    ApiReply,
    ApiRequest,
    Policy,
    TransportFailure,
)

MEGABYTE = 1 << 20
REPEATED = {429, 500, 502, 503, 504}
POLICIES: list[tuple[Policy, set[int], bool, int]] = [
    (REPEATABLE, REPEATED, True, MEGABYTE),
    (PAGE, REPEATED, True, 32 * MEGABYTE),
    (ONCE, {429}, False, MEGABYTE),
    (TOKEN, {500, 502, 503, 504}, True, MEGABYTE),
]


@pytest.mark.parametrize(("policy", "statuses", "repeatable", "size"), POLICIES)
def test_policies(
    policy: Policy,
    statuses: set[int],
    repeatable: bool,  # noqa: FBT001 - a column of the table
    size: int,
) -> None:
    """Each names the statuses that are repeated, lost connections, and the largest reply."""
    assert policy == Policy(frozenset(statuses), repeatable=repeatable, max_reply=size)


def test_limits() -> None:
    """Pieces of a file have 64 KiB; both clients keep as many connections open."""
    assert exchange.PIECE == 1 << 16
    assert adapter.POOL_SIZE == connector.MOST == 64
    assert adapter.OwnAdapter().max_retries.total is False
    assert {500, 502, 503, 504} == FAILURES


UNSENT = {
    "UNTRUSTED": ("a connection", "a certificate that is not trusted", False),
    "PROXY_DOWN": ("a connection through the proxy", "none", True),
    "UNKNOWN_HOST": ("a connection", "an unknown host name", True),
    "UNCONNECTED": ("a connection", "none", True),
    "CONNECTED_LATE": ("a connection", "none in time", True),
    "UNSENDABLE": ("a URL and headers that can be sent", "others", False),
    "NO_TUNNEL": ("a tunnel through the proxy", "a refusal", False),
    "NO_CERTIFICATES": ("a file of certificates", "a path without one", False),
}
"""Failures before anything was sent; and whether another attempt may fare better."""

SENT = {
    "LARGE": ("a complete reply", "a larger one", False),
    "LATE": ("a complete reply", "none in time", True),
    "SLOW_TO_DECOMPRESS": ("a complete reply", "none in time", False),
    "DAMAGED": ("a complete reply", "one that cannot be decompressed", False),
    "TLS_FAILED": ("a complete reply", "a TLS failure", False),
    "LOST": ("a complete reply", "a lost connection", True),
    "FAILED": ("a complete reply", "a lost connection", False),
    "ENCODED": ("a file as it is", "a compressed one", False),
    "SHORT": ("a complete file", "a shorter one", True),
    "UNSAVED": ("a file that can be saved", "a failure", False),
}
HINTS = {
    "PROXY_DOWN": PROXY_HINT,
    "NO_TUNNEL": PROXY_HINT,
    "UNTRUSTED": "a proxy or virus scanner of a company may have replaced it: set "
    "REQUESTS_CA_BUNDLE to a file with its certificate",
}


def test_failures() -> None:
    """Whether the request may have arrived, whether it is repeated, and the words of the error."""
    expected = {
        name: TransportFailure(wanted, got, sent=sent, passing=passing, hint=HINTS.get(name))
        for sent, table in ((False, UNSENT), (True, SENT))
        for name, (wanted, got, passing) in table.items()
    }
    found = {
        name: value for name, value in vars(exchange).items() if isinstance(value, TransportFailure)
    }
    assert found == expected
    unreachable = {name for name, failure in found.items() if failure.is_unreachable}
    assert unreachable == {"UNKNOWN_HOST", "UNCONNECTED", "CONNECTED_LATE"}
    assert PROXY_HINT == "correct HTTPS_PROXY or HTTP_PROXY, or name the host in NO_PROXY"


def test_requests_and_replies_show_no_content() -> None:
    """Neither headers nor bodies are in a ``repr``, nor what was found secret in a body."""
    request = ApiRequest(
        "POST",
        "https://voice.example/calls?to=1",
        ONCE,
        {"A": "hunter2"},
        b"hunter2",
        secrets=("hunter2",),
    )
    reply = ApiReply(request.line, 200, {"A": "hunter2"}, b"hunter2")
    assert "hunter2" not in repr((request, reply))
    assert (str(request.line), reply.doubtful) == ("POST /calls", False)


@pytest.mark.parametrize(
    ("status", "success"), [(199, False), (200, True), (299, True), (300, False), (404, False)]
)
def test_success(status: int, success: bool) -> None:  # noqa: FBT001 - a column of the table
    """It is any 2xx."""
    line = ApiRequest("GET", "https://voice.example/", REPEATABLE).line
    assert ApiReply(line, status, {}, b"").succeeded is success
