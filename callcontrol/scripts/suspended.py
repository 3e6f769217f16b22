"""The functions of a call as they wait: for tools that look at an application in this process."""

from collections.abc import Iterator
from dataclasses import dataclass
from types import FrameType

from callcontrol.scripts.errors import JournalError, ScriptChangedError
from callcontrol.scripts.execution import Execution
from callcontrol.scripts.journals.protocol import Journal
from callcontrol.scripts.loading import AFTER, Loader, UnknownVersionError

_LOCK_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Suspended:
    """One function at its pending await: the script of a call, or a whisper."""

    leg: str
    """Empty for the script of the call itself."""
    step: int
    awaits: str
    """The verb, or the name of the signal; empty if the function is over."""
    ended: str | None
    """Why the call is over, if the function goes on without it."""
    is_hold: bool
    """Whether a person or another program ends the wait, by a signal or an event."""
    timeout: float | None
    """Seconds after which the wait ends by itself."""
    frames: tuple[FrameType, ...]
    """Of the function and those that it awaits, the outermost first."""


def suspended(journal: Journal, loader: Loader, call_id: str) -> tuple[Suspended, ...]:
    """Return where the functions of a call wait; see ``Scripts.suspended``."""
    route = journal.route(call_id)
    run_id = call_id if route is None else route.run_id
    try:
        with journal.lock(run_id, timeout=_LOCK_SECONDS):
            run = journal.run(run_id)
            if run is None:
                return ()
            live = loader.load(run)
            found = tuple(
                _waiting(leg, execution)
                for leg, execution in live.executions.items()
                if not leg.startswith(AFTER)
            )
            loader.cache.keep(live)
            return found
    except (JournalError, ScriptChangedError, UnknownVersionError):
        return ()


def _waiting(leg: str, execution: Execution) -> Suspended:
    pending = execution.pending
    if pending is None:
        return Suspended(leg, execution.address.step, "", execution.ended, False, None, ())  # noqa: FBT003 - a field
    return Suspended(
        leg=leg,
        step=execution.address.step,
        awaits=pending.kind,
        ended=execution.ended,
        is_hold=pending.hold is not None and pending.task is None,
        timeout=pending.timeout,
        frames=tuple(_frames(execution.coroutine)),
    )


def _frames(waiting: object) -> Iterator[FrameType]:
    """Yield the frames of a coroutine and of those that it awaits."""
    while waiting is not None:
        frame = getattr(waiting, "cr_frame", None)
        if isinstance(frame, FrameType):
            yield frame
        waiting = getattr(waiting, "cr_await", None)
