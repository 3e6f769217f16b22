"""Functions outside a script: called once, within a limit, and their results as JSON."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from inspect import iscoroutine
from threading import Thread, current_thread, main_thread
from typing import Any, cast

from bxml._wording import type_of
from callcontrol.scripts.asks import Task
from callcontrol.scripts.error_texts import error_line
from callcontrol.scripts.errors import RunFailedError, RunTimeoutError, ScriptMistakeError
from callcontrol.scripts.resolutions import Resolution

LIMIT = 8.0
"""Seconds that a function may take unless the script says otherwise."""


def called(task: Task) -> Resolution:
    """Call the function of a task and return its result, or its exception."""
    try:
        value = task.function(*task.arguments)
        if iscoroutine(value):
            value = asyncio.run(cast("Coroutine[Any, Any, object]", value))
    except BaseException as error:  # the script gets it; sys.exit too
        if isinstance(error, KeyboardInterrupt) and current_thread() is main_thread():
            raise
        return Resolution("raised", f"{_named(task)} raised {_shown(task, error)}")
    return json_result(task, value)


def json_result(task: Task, value: object) -> Resolution:
    """Return a result as replays see it; a value that JSON cannot hold is a failure."""
    try:
        return Resolution("done", kept(value, f"run at {task.place}"))
    except ScriptMistakeError as error:
        return Resolution("raised", str(error))


def kept(value: object, where: str) -> object:
    """Return a result as JSON keeps it: a tuple becomes a list, at once and in replays.

    :raises ScriptMistakeError: for what JSON cannot hold.
    """
    try:
        return json.loads(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError, RecursionError):
        text = f"{where}: expected a result that JSON can hold, got {type_of(value)}"
        hint = "return numbers, texts, lists and dicts with text keys"
        raise ScriptMistakeError(f"{text}; {hint}") from None


def called_in_time(task: Task) -> Resolution:
    """Call the function of a task in a thread, and wait for it no longer than its limit."""
    results: list[Resolution] = []
    thread = Thread(target=lambda: results.append(called(task)), daemon=True)
    thread.start()
    thread.join(task.limit)
    if results:
        return results[0]
    return Resolution(
        "late",
        f"run at {task.place}: {_named(task)} took longer than {task.limit:g} seconds; give "
        "`hold=` so that the caller hears something, or a higher `limit=`",
    )


def result_of(resolution: Resolution) -> object:
    """Return the result of a task, or raise what the script gets in its place.

    :raises RunFailedError: if the function raised.
    :raises RunTimeoutError: if it took too long.
    """
    if resolution.kind == "raised":
        raise RunFailedError(str(resolution.value))
    if resolution.kind == "late":
        raise RunTimeoutError(str(resolution.value))
    return resolution.value


def expect_function(function: object, where: str, hint: str) -> Callable[..., object]:
    """Return a function, and refuse what cannot be called.

    :raises ScriptMistakeError: for a coroutine, or a result.
    """
    if callable(function):
        return function
    if iscoroutine(function):
        function.close()
    text = f"{where}: expected a function, got {type_of(function)}"
    raise ScriptMistakeError(f"{text}; {hint}")


def _shown(task: Task, error: BaseException) -> str:
    if task.is_secret:
        return f"{type(error).__name__}; its text is left out because it may quote the keys"
    return error_line(error)


def _named(task: Task) -> str:
    return getattr(task.function, "__name__", type(task.function).__name__)
