"""An application in this process reaches no host of Bandwidth while calls are simulated (A16)."""

import asyncio
import http.client
import socket
import urllib.request
from collections.abc import Callable
from threading import Thread
from urllib.error import URLError

import httpx
import pytest
import requests

from callcontrol.simulator.applications.network import NetworkGuard

VENDOR = "voice.bandwidth.com"
URL = f"https://{VENDOR}/api/v2/accounts/9900000/calls"
REFUSED = "connections to Bandwidth are refused while calls are simulated"


def by_requests() -> None:
    """Use requests without the settings of the machine."""
    with requests.Session() as session:
        session.trust_env = False
        session.get(URL, timeout=60)


def by_urllib() -> None:
    """Use the standard library."""
    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(URL, timeout=60)


def by_http_client() -> None:
    """Use the module below it."""
    http.client.HTTPSConnection(f"{VENDOR.upper()}.", timeout=60).request("GET", "/")


def by_httpx() -> None:
    """Use httpx."""
    with httpx.Client(trust_env=False, timeout=60) as client:
        client.get(URL)


def by_asyncio() -> None:
    """Use an event loop, which looks up names in a thread: aiohttp does the same."""
    asyncio.run(asyncio.wait_for(asyncio.open_connection(VENDOR, 443), 60))


def by_proxy() -> None:
    """Let a proxy look up the name."""
    with socket.create_server(("127.0.0.1", 0)) as proxy, requests.Session() as session:
        session.trust_env = False
        url = f"http://127.0.0.1:{proxy.getsockname()[1]}"
        session.get(URL, proxies={"https": url}, timeout=60)


def by_plain_proxy() -> None:
    """Do so without TLS."""
    with socket.create_server(("127.0.0.1", 0)) as proxy, requests.Session() as session:
        session.trust_env = False
        url = f"http://127.0.0.1:{proxy.getsockname()[1]}"
        session.get(f"http://{VENDOR}/", proxies={"http": url}, timeout=60)


def by_old_functions() -> None:
    """Use what old code uses."""
    socket.gethostbyname("bandwidth.com")


CLIENTS = (
    by_requests,
    by_urllib,
    by_http_client,
    by_httpx,
    by_asyncio,
    by_proxy,
    by_plain_proxy,
    by_old_functions,
)


@pytest.mark.parametrize("call", CLIENTS, ids=[f"A16-{client.__name__}" for client in CLIENTS])
def test_a16_the_vendor_is_refused_with_a_reason(call: Callable[[], None]) -> None:
    """Whatever client the application uses, nothing is looked up."""
    with NetworkGuard() as guard, pytest.raises((OSError, URLError, httpx.HTTPError)) as caught:
        call()
    assert REFUSED in str(caught.value)
    [host] = guard.refused
    assert host in ("voice.bandwidth.com", "bandwidth.com")
    [remark] = guard.remarks()
    assert remark.startswith(f"connections of the application to {host} (")
    assert f"--reach https://{host}" in remark
    assert [*guard.remarks()] == [], "a second report begins anew"


def look_up(host: str) -> None:
    """Look up a host without a question to a name server."""
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo(host, 443, flags=socket.AI_NUMERICHOST)


def test_a16_other_hosts_are_listed() -> None:
    """This machine does not count, nor do names that only look like the vendor's."""
    with NetworkGuard() as guard:
        for host in ("api.stripe.example", "api.stripe.example", "notbandwidth.com"):
            look_up(host)
        socket.getaddrinfo("127.0.0.1", 80)
        socket.getaddrinfo("localhost", 80)
        socket.getaddrinfo(None, 80)
    assert not guard.refused
    [remark] = guard.remarks()
    listed = "api.stripe.example (2 times), notbandwidth.com (1 time)"
    assert remark == f"the application connected to {listed}, which is not simulated"


def test_a16_reach_permits_a_host() -> None:
    """That one only, and it is not listed."""
    with NetworkGuard([f"https://{VENDOR}/api"]) as guard:
        look_up(VENDOR)
        with pytest.raises(socket.gaierror, match=REFUSED):
            socket.getaddrinfo("api.bandwidth.com", 443)
    assert dict(guard.refused) == {"api.bandwidth.com": 1}
    assert not guard.others


def test_a16_guards_end_and_nest() -> None:
    """Each counts what happens in its own block, in every thread; outside nothing is refused."""
    with NetworkGuard() as outer:
        look_up("one.example")
        with NetworkGuard() as inner:
            thread = Thread(target=look_up, args=("two.example",))
            thread.start()
            thread.join()
        look_up("three.example")
    look_up(VENDOR)
    assert list(inner.others) == ["two.example"]
    assert list(outer.others) == ["one.example", "two.example", "three.example"]
    assert not outer.refused
