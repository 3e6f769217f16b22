"""Scripts: the functions, their names and versions."""

from collections.abc import Callable, Coroutine, Iterable, Mapping
from inspect import iscoroutinefunction
from typing import Any, TypeVar

from bxml._wording import did_you_mean, quoted
from callcontrol.events import Event
from callcontrol.scripts.asks import Whisper
from callcontrol.scripts.call import Call
from callcontrol.scripts.definitions import event_kind
from callcontrol.scripts.errors import ScriptMistakeError

E = TypeVar("E", bound=Event)
T = TypeVar("T")

ScriptFunction = Callable[[Call], Coroutine[Any, Any, None]]
EventFunction = Callable[[Call, E], Coroutine[Any, Any, None]]


class Script:
    """A function that runs a whole call, with its name and version; made by ``script``."""

    def __init__(self, name: str, version: str, function: ScriptFunction) -> None:
        self.name = name
        self.version = version
        self.function = function
        self.unanswered: ScriptFunction | None = None
        self.handlers: dict[str, Callable[[Call, Any], Coroutine[Any, Any, None]]] = {}

    def __repr__(self) -> str:
        return f"<script {self.name}@{self.version}>"

    def not_answered(self, function: ScriptFunction) -> ScriptFunction:
        """Call the function for an outbound call that ends before it is answered; a decorator."""
        _expect_coroutine_function(function, f"{self.name}.not_answered")
        self.unanswered = function
        return function

    def after(self, kind: type[E]) -> Callable[[EventFunction[E]], EventFunction[E]]:
        """Call the function for each such event that comes after the script; a decorator."""
        name = event_kind(kind, f"{self.name}.after")

        def decorate(function: EventFunction[E]) -> EventFunction[E]:
            _expect_coroutine_function(function, f"{self.name}.after")
            self.handlers[name] = function
            return function

        return decorate


def script(name: str, *, version: str = "1") -> Callable[[ScriptFunction], Script]:
    """Make an ``async`` function the script of a call.

    ``name`` stays the same as long as calls that run it may be up. A new ``version`` is needed when
    the order of its awaits changes.

    :raises ScriptMistakeError: for a function that is not ``async``.
    """

    def decorate(function: ScriptFunction) -> Script:
        _expect_coroutine_function(function, f"script {name}")
        return Script(name, version, function)

    return decorate


def whisper(function: Callable[[Call], Coroutine[Any, Any, T]]) -> Whisper[T]:
    """Make an ``async`` function that runs for the callee of a Transfer: its ``answered``.

    :raises ScriptMistakeError: for a function that is not ``async``.
    """
    _expect_coroutine_function(function, "whisper")
    return Whisper(function)


def _expect_coroutine_function(function: object, where: str) -> None:
    if not iscoroutinefunction(function):
        name = getattr(function, "__name__", quoted(function))
        raise ScriptMistakeError(f"{where}: expected `async def {name}`, got `def {name}`")


class ScriptRegistry:
    """The scripts of one application by name and version.

    :raises ScriptMistakeError: for two of the same name and version.
    """

    def __init__(self, scripts: Iterable[Script]) -> None:
        self._scripts: dict[tuple[str, str], Script] = {}
        for each in scripts:
            key = each.name, each.version
            if key in self._scripts:
                text = f"Scripts: expected one script {each.name}@{each.version}, got two"
                raise ScriptMistakeError(f"{text}; give one of them another name or version")
            self._scripts[key] = each
        if not self._scripts:
            raise ScriptMistakeError("Scripts: expected at least one script, got none")

    @property
    def names(self) -> Mapping[str, str]:
        """The version of each script that is listed first, by name."""
        return dict(reversed(self._scripts))

    def find(self, name: str, version: str) -> Script | None:
        """Return a script; None if this process does not have it."""
        return self._scripts.get((name, version))

    def name_at(self, path: str) -> str | None:
        """Return the name of the script that new calls at a path get.

        The last part of the path is the name; a single script takes calls at every path.
        """
        names = self.names
        if len(names) == 1:
            return next(iter(names))
        last = path.rstrip("/").rpartition("/")[2]
        return last if last in names else None

    def no_script(self, path: str) -> str:
        """Return the text about a path that belongs to no script."""
        last = path.rstrip("/").rpartition("/")[2]
        hint = did_you_mean(last, tuple(self.names))
        expected = ", ".join(sorted(self.names))
        tail = f"; {hint}" if hint else ""
        return f"path: expected the name of a script at its end ({expected}), got {last!r}{tail}"
