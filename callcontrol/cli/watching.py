"""Waits for the end of a call, with a limit."""

import time
from collections.abc import Callable

from callcontrol.client import Client
from callcontrol.errors import NotFoundError
from callcontrol.models import CallState

__all__ = ["FINAL", "wait_for_end"]

FINAL = "disconnected"
PAUSE = 2.0
"""Seconds between two looks at a call."""


def wait_for_end(
    client: Client, call_id: str, seconds: float, changed: Callable[[CallState], None]
) -> CallState:
    """Return the state of a call once it has ended, or as it is after so many seconds.

    ``changed`` gets every new state. A call that nobody knows yet may only be too new.

    :raises NotFoundError: if it is unknown to the end, or no longer known.
    """
    deadline = time.monotonic() + seconds
    known: CallState | None = None
    while True:
        late = time.monotonic() >= deadline
        try:
            call = client.get_call_state(call_id)
        except NotFoundError:
            if late or known is not None:
                raise
        else:
            if known is None or call.state != known.state:
                changed(call)
            known = call
            if late or call.state == FINAL:
                return call
        time.sleep(max(0.0, min(PAUSE, deadline - time.monotonic())))
