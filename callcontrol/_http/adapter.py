"""The requests adapter of the client's own connections.

It looks up the connection pool once per host and collects no cookies, which saves a third of the
time of a request.
"""

from collections.abc import Mapping
from typing import Any

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from urllib3 import HTTPSConnectionPool, ProxyManager, Retry

from callcontrol._http.connection import Connection, SecureConnection
from callcontrol._http.environment import server_of
from callcontrol._http.pool import ConnectionPool

POOL_SIZE = 64
"""Connections kept open per host: enough for as many threads."""


class _Pool(ConnectionPool):
    ConnectionCls: Any = Connection


class _SecurePool(ConnectionPool, HTTPSConnectionPool):
    ConnectionCls: Any = SecureConnection


POOLS: Any = {"http": _Pool, "https": _SecurePool}
"""Classes of pools by scheme, for a pool manager of urllib3."""


class OwnAdapter(HTTPAdapter):
    """Sends each request once, over connections with deadlines; does not read the body."""

    def __init__(self) -> None:
        self._pools: dict[str, Any] = {}
        super().__init__(pool_maxsize=POOL_SIZE, max_retries=Retry(total=False))
        self.poolmanager.pool_classes_by_scheme = POOLS

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:  # noqa: ANN401
        """Return the pool manager of a proxy (a SOCKS proxy keeps its own pool classes)."""
        manager = super().proxy_manager_for(proxy, **options)
        if type(manager) is ProxyManager:
            manager.pool_classes_by_scheme = POOLS
        return manager

    def get_connection_with_tls_context(
        self,
        request: PreparedRequest,
        verify: Any,  # noqa: ANN401
        proxies: Mapping[str, str] | None = None,
        cert: Any = None,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        """Return the cached pool of the host, whose proxies and certificates never change."""
        server = server_of(str(request.url))
        pool = self._pools.get(server)
        if pool is None:
            pool = super().get_connection_with_tls_context(request, verify, proxies, cert)
            self._pools[server] = pool
        return pool

    def request_url(self, request: PreparedRequest, proxies: Mapping[str, str] | None) -> str:
        """Return the path and query, or for a proxy the whole URL."""
        if proxies:
            return super().request_url(request, proxies)
        return "/" + str(request.url).split("/", 3)[3]

    def build_response(self, req: PreparedRequest, resp: Any) -> Response:  # noqa: ANN401
        """Return the reply with an unread body, without cookies and encodings."""
        del req  # where the reply came from is known
        response = Response()
        response.status_code = resp.status
        response.headers = resp.headers
        response.raw = resp
        return response

    def close(self) -> None:
        """Close all connections."""
        self._pools.clear()
        super().close()
