"""The parts of other libraries that are used although their documentation does not name them.

As they are in requests 2.34.2, urllib3 2.8.0 and aiohttp 3.14.5. A version that fails here has
changed one of them; the other tests say whether it matters.
"""

import http.client
import inspect
from queue import Queue

import aiohttp
import requests
from requests.cookies import RequestsCookieJar
from urllib3 import HTTPConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection


def test_urllib3() -> None:
    """A pool manager finds its pools by scheme, a pool its connections in a queue."""
    manager = PoolManager()
    assert set(manager.pool_classes_by_scheme) == {"http", "https"}
    assert list(manager.pools._container) == []
    pool = HTTPConnectionPool("127.0.0.1")
    assert isinstance(pool.pool, Queue)
    assert isinstance(inspect.getattr_static(HTTPConnection, "is_connected"), property)
    assert {"connect", "getresponse", "request"} <= vars(HTTPConnection).keys()
    assert issubclass(HTTPSConnection, HTTPConnection)
    assert HTTPConnection.response_class is http.client.HTTPResponse


def test_http_client() -> None:
    """A reply reads from a buffered file, which can be taken apart."""
    source = inspect.getsource(http.client.HTTPResponse)
    assert 'self.fp = sock.makefile("rb")' in source


def test_requests() -> None:
    """A response keeps the body that was read, a cookie jar its lock."""
    assert {"_content", "_content_consumed"} <= vars(requests.Response()).keys()
    assert "_cookies_lock" in vars(RequestsCookieJar())


def test_aiohttp() -> None:
    """A connector has one method that finds or makes a connection."""
    assert inspect.iscoroutinefunction(aiohttp.TCPConnector.connect)
    assert "socket_factory" in inspect.signature(aiohttp.TCPConnector).parameters
