"""Locks of runs in Redis that belong to a connection, and end with it.

Redis has no such lock. The key of a lock holds the number of a connection, which no process shares:
the operating system closes it when the process ends, however it ends, and the server then does not
list it any longer. Another process that finds such a key takes the lock over. There is no time
after which a lock is lost.
"""

import time
from collections.abc import Generator
from contextlib import contextmanager
from threading import Lock
from typing import cast
from uuid import uuid4

from bxml._once import FIRST_IMPORT
from callcontrol._fork import renewed_in_children
from callcontrol._secret import Secret
from callcontrol.scripts.journals import _redis_scripts as scripts
from callcontrol.scripts.journals._redis_client import RedisClient

_SHORTEST, _LONGEST = 0.001, 0.05
"""Seconds between two looks at a lock that is held."""
_left_by_parents: list[object] = []
"""Clients of parents, which must not be finalized: they may hold locks of threads."""


class ConnectionLocks:
    """The locks of a process, all of one connection."""

    def __init__(self, url: Secret[str], prefix: str, patience: float) -> None:
        self._url = url
        self._prefix = prefix
        self._patience = patience
        self._mutex = Lock()
        self._client: RedisClient | None = None
        self._owner = ""
        renewed_in_children(self)

    def renew_after_fork(self) -> None:
        """Leave the connection to the parent; closed here, it ends with the parent."""
        if self._client:
            self._client.close_in_child()
            _left_by_parents.append(self._client)
        self._mutex, self._client = Lock(), None

    @contextmanager
    def hold(self, run_id: str, deadline: float) -> Generator[bool]:
        """Hold the lock of a run, and yield True; yield False if it is not free in time.

        :raises JournalError: if the server fails.
        """
        key, token = f"{self._prefix}lock:{run_id}", uuid4().hex
        value, pause = self._try(key, token), _SHORTEST
        while value is None and time.monotonic() < deadline:
            time.sleep(min(pause, max(0.0, deadline - time.monotonic())))
            pause = min(2 * pause, _LONGEST)
            value = self._try(key, token)
        try:
            yield value is not None
        finally:
            if value is not None:
                self._free(key, value)

    def _try(self, key: str, token: str) -> str | None:
        """Return the value of the key that makes this process its holder, or None."""
        with self._mutex:
            client = RedisClient(self._url.reveal()) if self._client is None else self._client
            return client.persistently(lambda _: self._attempt(key, token), self._patience)

    def _attempt(self, key: str, token: str) -> str | None:
        client = self._connected()
        value = f"{self._owner}:{token}"
        try:
            if client.execute("SET", key, value, "NX"):
                return value
            holder = cast("str | None", client.execute("GET", key))
            if holder is None or holder == value:  # the latter was cut after it was carried out
                return value if holder else None
            if self._is_connected(client, holder):
                return None
            return value if client.run(scripts.TAKE_LOCK, [key], [holder, value]) else None
        except BaseException:
            self._disconnect()
            raise

    def _is_connected(self, client: RedisClient, holder: str) -> bool:
        server, number, _ = holder.split(":")
        if server != self._owner.partition(":")[0]:
            return False  # it was connected before the server was started again
        return bool(client.execute("CLIENT", "LIST", "ID", number))

    def _connected(self) -> RedisClient:
        if self._client is None:
            client = RedisClient(self._url.reveal(), single=True)
            server = cast("dict[str, object]", client.execute("INFO", "server"))
            self._owner = f"{server['run_id']}:{client.execute('CLIENT', 'ID')}"
            self._client = client
        return self._client

    def _disconnect(self) -> None:
        """End the connection, and with it all locks of this process."""
        client, self._client = self._client, None
        if client:
            client.close()

    def _free(self, key: str, value: str) -> None:
        with FIRST_IMPORT:
            import redis

        with self._mutex:
            if self._client is None or not value.startswith(f"{self._owner}:"):
                return  # it was freed by the end of its connection, or is the parent's
            try:
                self._client.run(scripts.FREE_LOCK, [key], [value])
            except redis.RedisError:
                self._disconnect()

    def close(self) -> None:
        """Free all locks."""
        with self._mutex:
            self._disconnect()
