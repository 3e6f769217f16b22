"""Connections in a child made by ``os.fork``: the parent's are let go, the pools start empty.

A connection is closed without a word to the other side, so that the parent can go on with it. No
lock is taken, because a thread of the parent may have held it; each is replaced.
"""

import os
import socket
from queue import Queue
from threading import RLock
from typing import Any, cast

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, PoolManager

__all__ = ["disconnect", "renew_pool", "renew_pools", "renew_session"]


def renew_session(session: requests.Session) -> None:
    """Renew the connections and locks of a session, as far as its adapters are those of requests.

    An adapter of another kind keeps what it has.
    """
    # RequestsCookieJar makes its own lock anew when it is unpickled; it has no other way either.
    vars(session.cookies)["_cookies_lock"] = RLock()
    for adapter in session.adapters.values():
        if isinstance(adapter, HTTPAdapter):
            for manager in (adapter.poolmanager, *adapter.proxy_manager.values()):
                renew_pools(cast("PoolManager", manager))


def renew_pools(manager: PoolManager) -> None:
    """Renew every pool of a manager."""
    pools: Any = manager.pools  # urllib3 declares neither its lock nor what it holds
    pools.lock = RLock()
    for pool in list(pools._container.values()):  # noqa: SLF001 - its own look-up moves the pools
        renew_pool(pool)


def renew_pool(pool: HTTPConnectionPool) -> None:
    """Empty a pool, and give it locks that no thread of the parent can hold."""
    kept = pool.pool
    if not isinstance(kept, Queue):  # closed, or of a kind of the user's own
        return
    for connection in [connection for connection in kept.queue if connection is not None]:
        connection.close()
    # The same queue, because urllib3's clean-up at the end of the process holds on to it.
    kept.__init__(kept.maxsize)  # type: ignore[misc]
    for _ in range(kept.maxsize):
        kept.put_nowait(None)


def disconnect(sock: socket.socket) -> None:
    """Cut this process off from a connection in use; for its parent nothing changes.

    Whoever still reads from the socket in this process finds the connection lost. The number of
    the descriptor stays taken until then, so that TLS cannot write to another connection.
    """
    here, there = socket.socketpair()
    with here, there:
        os.dup2(here.fileno(), sock.fileno(), inheritable=False)
