"""The steps that an operation asks of its driver.

An operation is a generator that does no I/O. It yields steps; a driver performs each and sends the
outcome back, with threads (``blocking``) or in an event loop (``awaiting``). All decisions are in
the generators, so both clients make the same ones.
"""

from collections.abc import Callable, Generator, Iterable
from typing import Any, Generic, TypeAlias, TypeVar

from callcontrol._frozen import frozen
from callcontrol._http.exchange import ApiRequest
from callcontrol._secret import Secret
from callcontrol.errors import CallControlError

T = TypeVar("T")


@frozen
class Send:
    """Send a request once; the outcome is an ``ApiReply`` or a ``NoReply``."""

    request: ApiRequest
    authorization: Secret[str]
    """The Authorization header."""
    timeout: float
    """Most seconds for connecting, for sending, and for receiving."""


@frozen
class Delay:
    """Wait some seconds; the outcome is None."""

    seconds: float


@frozen
class Shared:
    """Run a routine once for all that ask for it at the same time; the outcome is its result."""

    ready: Callable[[], object | None]
    """Returns the result of an earlier run if it can still be used."""
    routine: "Callable[[], Routine[object]]"
    interrupted: Callable[[], CallControlError]
    """Returns the error for the others if the run is interrupted."""


@frozen
class Items(Generic[T]):
    """Hand the next items of a list to the caller; the outcome is None."""

    values: Iterable[T]
    """Read once."""


Step: TypeAlias = Send | Delay | Shared
Routine: TypeAlias = Generator[Step, Any, T]
"""A generator of steps that returns the result of an operation."""
Listing: TypeAlias = Generator[Step | Items[T], Any, None]
"""A generator of steps and of items."""
