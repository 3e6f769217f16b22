"""A client of Redis for a journal: one that repeats what was cut, and shows no credentials."""

import hashlib
import os
import time
from collections.abc import Callable, Sequence
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, TypeVar, cast

from bxml._once import FIRST_IMPORT, FIRST_USE
from callcontrol._secret import Secret
from callcontrol.scripts.errors import JournalError
from callcontrol.scripts.journals._server_urls import (
    credentials_of,
    missing_package,
    shown,
    without,
)

if TYPE_CHECKING:
    import redis

T = TypeVar("T")

Argument = str | float
_TIMEOUT = 5.0
"""Seconds to wait for a connection or a reply, unless the URL says otherwise."""
_OF_TCP = {"socket_connect_timeout": _TIMEOUT, "socket_keepalive": True}


class _Driver(Protocol):
    """The part of redis-py that is used, without its untyped options."""

    def execute_command(self, *command: Argument) -> object: ...
    def close(self) -> None: ...


class RedisClient:
    """Executes commands and scripts on connections of a process.

    :param single: whether all commands go over one connection, which is never made again: the
        client is of no use after it was cut.
    :raises JournalError: if redis-py is missing, or the URL is not one.
    """

    def __init__(self, url: str, *, single: bool = False) -> None:
        self.name = shown(url)
        self._process = os.getpid()
        self._credentials = Secret(credentials_of(url))
        self._driver = _driver_of(url, self.name, single=single)

    def execute(self, *command: Argument) -> object:
        """Return the reply to a command.

        :raises redis.RedisError: if it fails.
        """
        return self._driver.execute_command(*command)

    def run(self, script: str, keys: Sequence[str], values: Sequence[Argument]) -> object:
        """Return the result of a script, which is sent in full when the server does not have it.

        :raises redis.RedisError: if it fails.
        """
        with FIRST_IMPORT:
            from redis.exceptions import NoScriptError

        rest = (len(keys), *keys, *values)
        try:
            return self.execute("EVALSHA", _digest(script), *rest)
        except NoScriptError:
            return self.execute("EVAL", script, *rest)

    def persistently(self, attempt: Callable[[bool], T], patience: float) -> T:
        """Repeat an attempt whose connection was cut; it gets whether it is a repetition.

        :raises JournalError: if the server refuses something, or is not back in time.
        """
        with FIRST_IMPORT:
            from redis import exceptions

        deadline, pause, again = time.monotonic() + patience, 0.01, False
        while True:
            try:
                return attempt(again)
            except (exceptions.ConnectionError, exceptions.TimeoutError) as error:
                refused = isinstance(error, exceptions.AuthenticationError)
                if refused or time.monotonic() + pause > deadline:
                    raise self.error(error) from None
            except exceptions.RedisError as error:
                raise self.error(error) from None
            again = True
            time.sleep(pause)
            pause = min(2 * pause, 0.5)

    def error(self, error: "redis.RedisError") -> JournalError:
        """Return the error of the journal for one of redis-py."""
        text = without(self._credentials.reveal(), str(error))
        return JournalError(f"{self.name}: the journal cannot be read or written: {text}")

    def expect_known_options(self, patience: float) -> None:
        """Refuse options in the URL that redis-py does not have, which it finds when it connects.

        :raises JournalError: if there are some.
        """
        try:
            self.persistently(lambda _: self.execute("PING"), patience)
        except TypeError:
            raise _invalid_url(self.name) from None

    def close(self) -> None:
        """Close the connections."""
        self._driver.close()

    def close_in_child(self) -> None:
        """Close the socket of a single connection, which belongs to the parent, without a word."""
        connection = cast("_Connection | None", getattr(self._driver, "connection", None))
        if connection is not None:
            connection.disconnect()  # knows that another process made it


class _Connection(Protocol):
    def disconnect(self) -> None: ...


def _driver_of(url: str, name: str, *, single: bool) -> _Driver:
    with FIRST_USE:
        try:
            import_module("redis.retry")  # later imports are look-ups
        except ImportError:
            raise missing_package("RedisJournal", "redis", "redis") from None
    with FIRST_IMPORT:
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

    make = cast("Callable[..., _Driver]", redis.Redis.from_url)  # pyright: ignore[reportUnknownMemberType]
    try:
        return make(
            url,
            decode_responses=True,
            retry=Retry(NoBackoff(), 0),
            single_connection_client=single,
            socket_timeout=_TIMEOUT,
            **({} if url.startswith("unix:") else _OF_TCP),
        )
    except redis.RedisError as error:
        raise JournalError(f"{name}: {type(error).__name__}") from None
    except ValueError:  # the text of the error may hold the password
        raise _invalid_url(name) from None


def _invalid_url(name: str) -> JournalError:
    advice = "write characters such as @ and / in the password as %40 and %2F"
    expected = "expected a URL such as redis://user:password@host:6379/0"
    return JournalError(f"{name}: {expected}, got an invalid one; {advice}")


@cache
def _digest(script: str) -> str:
    return hashlib.sha1(script.encode(), usedforsecurity=False).hexdigest()
