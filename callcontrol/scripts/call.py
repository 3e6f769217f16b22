"""A call as its script sees it: verbs to say, verbs to wait for, and what is known of the call."""

from collections.abc import Callable, Coroutine
from dataclasses import fields as fields_of
from typing import Any, NoReturn, TypeVar, cast, overload

from bxml import Hangup, Redirect, Verb
from callcontrol.events import Event
from callcontrol.scripts.asks import Ask, Hold, Task, WhisperRefusedError
from callcontrol.scripts.awaitables import Done
from callcontrol.scripts.call_base import CallBase
from callcontrol.scripts.definitions import Signal, event_kind, wanted_of
from callcontrol.scripts.mistakes import expect_seconds, mistake_here
from callcontrol.scripts.places import calling_place
from callcontrol.scripts.reading import (
    either,
    read_message,
    read_nothing,
    read_result,
    run_message,
)
from callcontrol.scripts.resolutions import Resolution
from callcontrol.scripts.tasks import LIMIT, expect_function

E = TypeVar("E", bound=Event)
T = TypeVar("T")
U = TypeVar("U")


class Call(CallBase):
    """The call that a script runs, or in a whisper the leg of the callee.

    Verbs that only say or start something are queued, and sent with the next ``await``; awaited
    themselves, they return when the call has done them. Verbs that report something are awaited
    and return the event. An await raises ``CallEndedError`` once the call is over.
    """

    # --- verbs that end the script's part ---------------------------------------------------

    def hangup(self) -> Done:
        """Hang up after what was said; the script goes on without the call."""
        self._execution.close(Hangup())
        return Done()

    def redirect(self, url: str) -> Coroutine[Any, Any, NoReturn]:
        """Hand the call to another application, and leave the script.

        :raises CallEndedError: always, by the await.
        """
        return self._leave("Redirect", Redirect(url))

    def refuse(self) -> NoReturn:
        """In a whisper: hang up the callee, whose Transfer gets the outcome ``refused``."""
        if not self._execution.is_whisper:
            raise mistake_here("refuse", "only a whisper can refuse; write call.hangup()")
        raise WhisperRefusedError

    def _leave(self, kind: str, verb: Verb) -> Coroutine[Any, Any, NoReturn]:
        ask = Ask(kind=kind, place=calling_place(), read=read_nothing, closes=verb)
        return cast("Coroutine[Any, Any, NoReturn]", self._step(ask))

    # --- waits ------------------------------------------------------------------------------

    @overload
    def wait_for(
        self, what: Signal[T], *, hold: Hold | None = None, timeout: float | None = None
    ) -> Coroutine[Any, Any, T]: ...
    @overload
    def wait_for(
        self, what: type[E], *, hold: Hold | None = None, timeout: float | None = None
    ) -> Coroutine[Any, Any, E]: ...
    def wait_for(
        self, what: object, *, hold: Hold | None = None, timeout: float | None = None
    ) -> Coroutine[Any, Any, object]:
        """Wait for a signal or an event, while the caller hears ``hold`` again and again.

        ``hold`` is a verb, several, or a function that returns them for each round; 5 seconds of
        silence by default. ``timeout`` is in seconds, and seen at the end of a round.

        :raises TimeoutError: by the await, if nothing came in time.
        """
        wanted = wanted_of(what, f"wait_for at {calling_place()}")
        if timeout is not None:
            expect_seconds(timeout, "wait_for.timeout")
        ask = Ask(
            kind=f"wait_for {wanted[1]}",
            place=calling_place(),
            read=read_message,
            resolved_by=frozenset(),
            wanted=(wanted,),
            hold=hold if hold is not None else (),
            timeout=timeout,
        )
        return self._step(ask)

    @overload
    def first(
        self, step: Coroutine[Any, Any, T], *others: Signal[U]
    ) -> Coroutine[Any, Any, T | U]: ...
    @overload
    def first(
        self, step: Coroutine[Any, Any, T], *others: type[E]
    ) -> Coroutine[Any, Any, T | E]: ...
    def first(self, step: object, *others: object) -> Coroutine[Any, Any, object]:
        """Wait for a verb, signals and events, whichever comes first."""
        place = calling_place()
        inner: object = getattr(step, "ask", None)
        if not isinstance(inner, Ask):
            text = "begin with a verb that reports: call.first(call.gather(...), SIGNAL)"
            raise mistake_here("first", text)
        if not self._context.can_push:
            text = "needs Scripts(client=..., base_url=...), or nothing can interrupt the verb"
            raise mistake_here("first", text)
        self._execution.awaited(step)
        wanted = tuple(wanted_of(other, f"first at {place}") for other in others)
        names = ", ".join(name for _, name in wanted)
        return self._step(either(inner, f"first {inner.kind}, {names}", wanted))

    def event(self, kind: type[E], **fields: object) -> Coroutine[Any, Any, E]:
        """Wait for an event after the end of the call, with these values of its fields."""
        place = calling_place()
        name = event_kind(kind, f"event at {place}")
        if self._execution.ended is None:
            text = f"the call is up; write call.hangup() before, or call.wait_for({kind.__name__})"
            raise mistake_here("event", text)
        unknown = fields.keys() - {field.name for field in fields_of(kind)}
        if unknown:
            text = (
                f"expected names of fields of a {kind.__name__}, got {', '.join(sorted(unknown))}"
            )
            raise mistake_here("event", text)

        def accepts(resolution: Resolution) -> bool:
            event = resolution.event()
            return all(getattr(event, field, None) == value for field, value in fields.items())

        ask = Ask(
            kind=f"event {name}",
            place=place,
            read=read_message,
            wanted=(("event", name),),
            needs_call=False,
            accepts=accepts,
        )
        return self._step(ask)

    # --- the world outside ------------------------------------------------------------------

    @overload
    def run(
        self,
        function: Callable[..., Coroutine[Any, Any, T]],
        *args: object,
        hold: Hold = (),
        limit: float = LIMIT,
    ) -> Coroutine[Any, Any, T]: ...
    @overload
    def run(
        self,
        function: Callable[..., T],
        *args: object,
        hold: Hold = (),
        limit: float = LIMIT,
    ) -> Coroutine[Any, Any, T]: ...
    def run(
        self,
        function: Callable[..., object],
        *args: object,
        hold: Hold = (),
        limit: float = LIMIT,
    ) -> Coroutine[Any, Any, object]:
        """Call a function once, however often the script is replayed, and return its result.

        The result is kept as JSON. Without ``hold`` the caller waits in silence, ``limit`` seconds
        at most; with it, the caller hears it until the function is done, however long that takes.

        After a crash of the process the function may be called once more.

        :raises RunFailedError: by the await, if the function raises.
        :raises RunTimeoutError: by the await, after the limit.
        """
        place = calling_place()
        expect_function(function, f"run at {place}", "write `call.run(f, 1)` for `call.run(f(1))`")
        expect_seconds(limit, "run.limit")
        task = Task(function, args, limit, place)
        if hold == ():
            return self._step(task)
        ask = Ask(
            kind="run",
            place=place,
            read=read_result,
            wanted=(run_message(self._execution.next),),
            hold=hold,
            task=task,
        )
        return self._step(ask)
