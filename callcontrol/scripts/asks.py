"""Awaits of a script, as the values that they hand to the runtime."""

from collections.abc import Callable, Coroutine, Generator, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Generic, Protocol, TypeVar, cast

from bxml import Verb
from callcontrol.scripts.addresses import Address
from callcontrol.scripts.journals.model import MessageKind
from callcontrol.scripts.places import Place
from callcontrol.scripts.resolutions import Resolution

T_co = TypeVar("T_co", covariant=True)

Hold = Verb | Sequence[Verb] | Callable[[], "Verb | Sequence[Verb]"]
"""Verbs that a caller hears while a script waits, or a function that returns them."""
Wanted = tuple[MessageKind, str]
"""A message that an await takes from the inbox: its kind and its name."""


class PutAwayError(BaseException):
    """Raised at every await of a function that this process no longer runs."""


class WhisperRefusedError(BaseException):
    """Raised by ``refuse``, to leave the function of a whisper."""


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """A function outside the script, called once."""

    function: Callable[..., object]
    arguments: tuple[object, ...]
    limit: float
    """Seconds that it may take."""
    place: Place
    is_secret: bool = False
    """Whether the text of its exception is left out, because it may quote the arguments."""


@dataclass(frozen=True, slots=True, eq=False)
class Stuck:
    """Handed out by an await that cannot end: an exception would be caught by the same loop."""

    error: Exception


def _no_verbs(_: Address) -> tuple[Verb, ...]:
    return ()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Ask:
    """One await: the end of its document, and the webhooks and messages that resolve it."""

    kind: str
    """The verb, or the name of the signal: changed code has to await the same kinds."""
    place: Place
    read: Callable[[Resolution], object]
    """Returns the value of the await, or raises what it raises."""
    verbs: Callable[[Address], Sequence[Verb]] = _no_verbs
    """The verbs after those that were queued, with the addresses of this step."""
    resolved_by: frozenset[str] = frozenset()
    """Kinds of webhooks to the address of this step that resolve it."""
    wanted: tuple[Wanted, ...] = ()
    hold: Hold | None = None
    timeout: float | None = None
    """Seconds after which a round of the hold ends the wait."""
    needs_call: bool = True
    task: Task | None = None
    """Runs in the background during the hold."""
    answered: "Whisper[Any] | None" = None
    """The function that runs for the callee of a Transfer."""
    accepts: Callable[[Resolution], bool] | None = None
    """Whether a message of a wanted name is the one, for an await with filters."""
    closes: Verb | None = None
    """The last verb of a call that the script gives away: the await raises."""
    settle: Callable[[Resolution], Resolution] | None = None
    """Replaces a resolution before it is written, so that a secret is not."""


@dataclass(frozen=True, slots=True, eq=False)
class Whisper(Generic[T_co]):
    """A function for the callee of a Transfer, before both parties hear each other."""

    function: Callable[[Any], Coroutine[Any, Any, T_co]]

    @property
    def name(self) -> str:
        """Name of the function."""
        return self.function.__name__


class Owner(Protocol):
    """The running function that makes steps."""

    def begin(self, step: "CallStep[Any]") -> Ask | Task | Stuck:
        """Return what the await of a step hands out, or raise what it raises at once."""
        ...


@dataclass(slots=True, eq=False)
class CallStep(Coroutine[Any, Any, T_co], Generic[T_co]):
    """One verb of a call that was called and has to be awaited."""

    owner: Owner
    ask: Ask | Task
    _steps: Generator[Any, Any, T_co] | None = field(default=None, init=False)

    def __await__(self) -> Generator[Any, Any, T_co]:
        return self._iterate()

    def _iterate(self) -> Generator[Any, Any, T_co]:
        return cast("T_co", (yield self.owner.begin(self)))

    def _begun(self) -> Generator[Any, Any, T_co]:
        if self._steps is None:
            self._steps = self._iterate()
        return self._steps

    def send(self, value: object) -> Any:  # noqa: ANN401 - as in Coroutine
        """Go on, as an event loop would."""
        return self._begun().send(value)

    def throw(
        self,
        typ: Any,  # noqa: ANN401 - as in Coroutine
        val: Any = None,  # noqa: ANN401 - as in Coroutine
        tb: TracebackType | None = None,
    ) -> Any:  # noqa: ANN401 - as in Coroutine
        """Go on with an exception, as an event loop would."""
        return self._begun().throw(typ, val, tb)

    def close(self) -> None:
        """Give up."""
        if self._steps is not None:
            self._steps.close()


START = Ask(
    kind="start",
    place=Place(__file__, 0),
    read=lambda _: None,
    resolved_by=frozenset(("initiate", "answer", "redirect", "transferAnswer")),
    needs_call=False,
)
"""The wait for the first webhook."""
