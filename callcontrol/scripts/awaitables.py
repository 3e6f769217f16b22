"""Results of queued verbs, which a script may await and need not."""

from collections.abc import Awaitable, Callable, Generator
from typing import Any

from callcontrol.scripts.asks import CallStep


class Queued(Awaitable[None]):
    """A verb that is sent with the next await; awaited itself, it is sent and waited for."""

    __slots__ = ("_wait",)

    def __init__(self, wait: Callable[[], CallStep[Any]]) -> None:
        self._wait = wait

    def __await__(self) -> Generator[Any, Any, None]:
        yield from self._wait().__await__()


class Done(Awaitable[None]):
    """Nothing to wait for."""

    __slots__ = ()

    def __await__(self) -> Generator[Any, Any, None]:
        yield from ()
