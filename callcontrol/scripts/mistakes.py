"""Texts about scripts that cannot work as written: where, and what to write instead."""

import asyncio

from bxml import Verb
from bxml._wording import quoted, type_of
from bxml.documents import Document
from callcontrol.scripts.asks import Ask, Task
from callcontrol.scripts.errors import ScriptMistakeError
from callcontrol.scripts.places import Place, calling_place

NO_LOOP = (
    "a script has no event loop: write `await call.wait_for(...)` or `await call.pause(...)` for "
    "asyncio.sleep, `await call.first(a, b)` for asyncio.gather and create_task, and "
    "`await call.run(f)` for other coroutines"
)
_SLEEP = "write `await call.pause(duration=1)` to wait; asyncio.sleep does not wait for the caller"
_LOOP_ERRORS = ("event loop", "no running loop")
_MOST_SECONDS = 365 * 24 * 3600
"""Longer times are mistakes; threads cannot wait for some of them."""
_METHODS = {"wait_for": "wait_for", "first": "first", "event": "event", "run": "run"}


def _mistake(what: str, place: Place, text: str) -> ScriptMistakeError:
    return ScriptMistakeError(f"{what} at {place}: {text}")


def mistake_here(what: str, text: str) -> ScriptMistakeError:
    """Return a mistake in the line that called a method of a call."""
    return _mistake(what, calling_place(), text)


def _name(ask: Ask | Task) -> str:
    return "run" if isinstance(ask, Task) else ask.kind.partition(" ")[0]


def _method(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip(
        "_"
    )


def expect_seconds(value: object, what: str) -> None:
    """Refuse what is no time to wait, in the line that called a method of a call.

    :raises ScriptMistakeError: for it.
    """
    if not isinstance(value, int | float) or not 0 <= value <= _MOST_SECONDS:
        method, _, name = what.partition(".")
        text = f"{name}: expected 0 to {_MOST_SECONDS} seconds, got {quoted(value)}"
        raise mistake_here(method, text)


def forgotten_await(ask: Ask | Task) -> ScriptMistakeError:
    """Return the mistake of a verb that was called and not awaited."""
    name = _name(ask)
    return _mistake(name, ask.place, f"write `await call.{_method(name)}(...)`")


def of_another_call(ask: Ask | Task) -> ScriptMistakeError:
    """Return the mistake of awaiting a verb outside the script of its call."""
    text = "this call is not the one that runs here; signal it with scripts.signal(...)"
    return _mistake(_name(ask), ask.place, text)


def hanging_on(ask: Ask | Task, times: int) -> ScriptMistakeError:
    """Return the mistake of a loop that catches the end of the call."""
    text = (
        f"the call has ended, and its CallEndedError was caught {times} times; "
        "write `except CallEndedError: raise` before `except Exception`"
    )
    return _mistake(_name(ask), ask.place, text)


def repeating_run(task: Task, times: int) -> ScriptMistakeError:
    """Return the mistake of a loop that calls a function without a pause."""
    text = (
        f"called {times} times without waiting for the caller; write `await call.pause(...)` "
        "between tries, or one function that does all of it"
    )
    return _mistake("run", task.place, text)


def foreign_await(asked: object) -> ScriptMistakeError:
    """Return the mistake of awaiting what is no verb of the call."""
    if asked is None:
        return ScriptMistakeError(f"await: expected a verb of the call, got a bare yield; {_SLEEP}")
    if asyncio.isfuture(asked):
        text = f"await: expected a verb of the call, got {type_of(asked)} of asyncio; {NO_LOOP}"
        return ScriptMistakeError(text)
    return ScriptMistakeError(f"await: expected a verb of the call, got {type_of(asked)}")


def is_loop_error(error: BaseException) -> bool:
    """Return whether an exception is about a missing event loop."""
    return isinstance(error, RuntimeError) and any(text in str(error) for text in _LOOP_ERRORS)


def returned_value(value: object) -> ScriptMistakeError:
    """Return the mistake of a script that returns something."""
    if isinstance(value, Document | Verb):
        hint = "call the verbs instead: call.speak_sentence(...), await call.gather(...)"
    else:
        hint = "keep results with `await call.run(save, result)`"
    return ScriptMistakeError(f"script: expected None, got {quoted(value)}; {hint}")
