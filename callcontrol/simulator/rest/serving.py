"""Starts servers; what they need is imported for the first one."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from bxml._once import FIRST_IMPORT
from callcontrol.simulator.errors import SimulatorError
from callcontrol.simulator.rest.messages import RestReply, RestRequest

if TYPE_CHECKING:
    from callcontrol.simulator.rest.server import Server

_NEEDED = frozenset({"anyio", "h11", "starlette", "uvicorn"})


def serve(handle: Callable[[RestRequest], RestReply], what: str, *, port: int = 0) -> "Server":
    """Serve ``handle`` on a port of 127.0.0.1, 0 for any free one, and return the server.

    :raises SimulatorError: without the extra ``simulator``; the text begins with ``what``.
    :raises OSError: if the port is taken.
    """
    try:
        with FIRST_IMPORT:
            from callcontrol.simulator.rest.server import Server
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _NEEDED:
            raise
        advice = "pip install 'bxml-callcontrol[simulator]'"
        text = f"{what}: to listen on a port, the package {error.name} is needed; {advice}"
        raise SimulatorError(text) from None
    return Server(handle, port=port)
