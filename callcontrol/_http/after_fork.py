"""Connections in a child of ``os.fork``: the child drops the parent's and starts with empty pools.

The child closes its descriptors without sending anything, so that the parent's connections keep
working. It replaces every lock instead of taking it, because a thread of the parent may hold it.
"""

import os
import socket
from queue import Queue
from threading import RLock
from typing import Any, cast

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, PoolManager


def renew_session(session: requests.Session) -> None:
    """Renew the connections and locks of a session in adapters that derive from ``HTTPAdapter``."""
    # RequestsCookieJar offers no other way; it sets the same attribute when it is unpickled.
    vars(session.cookies)["_cookies_lock"] = RLock()
    for adapter in session.adapters.values():
        if isinstance(adapter, HTTPAdapter):
            for manager in (adapter.poolmanager, *adapter.proxy_manager.values()):
                renew_pools(cast("PoolManager", manager))


def renew_pools(manager: PoolManager) -> None:
    """Renew every pool of a manager."""
    pools: Any = manager.pools  # urllib3 declares neither the lock nor the container
    pools.lock = RLock()
    for pool in list(pools._container.values()):  # noqa: SLF001 - a look-up reorders the pools
        renew_pool(pool)


def renew_pool(pool: HTTPConnectionPool) -> None:
    """Empty a pool and replace its locks."""
    kept = pool.pool
    if not isinstance(kept, Queue):  # closed, or a class of the user's own
        return
    for connection in [connection for connection in kept.queue if connection is not None]:
        connection.close()
    # Keep the queue object: urllib3's clean-up at exit references it.
    kept.__init__(kept.maxsize)  # type: ignore[misc]
    for _ in range(kept.maxsize):
        kept.put_nowait(None)


def disconnect(sock: socket.socket) -> None:
    """Disconnect this process from a connection in use; the parent's connection is unaffected.

    Code that still reads from the socket in this process finds the connection lost. The descriptor
    stays allocated until then, so that TLS cannot write to another connection.
    """
    here, there = socket.socketpair()
    with here, there:
        os.dup2(here.fileno(), sock.fileno(), inheritable=False)
