"""The environment variables by which clients in this process find a simulated platform."""

import os
from collections.abc import Generator, Iterable
from contextlib import contextmanager

from callcontrol._settings import VARIABLES
from callcontrol.simulator.simulator import Simulator

_PLATFORM = ("account_id", "base_url", "token_url")
_OAUTH = ("client_id", "client_secret")
_BASIC = ("username", "password")


class FixtureSimulator(Simulator):
    """A simulator that runs before a test begins, so that the environment can name it.

    The test may still start it once, with a port or hosts of its own.
    """

    _is_started = False

    def start(self, *, port: int = 0, allow_hosts: Iterable[str] = (), tls: bool = False) -> None:
        """Listen on ``port``; see ``Simulator``."""
        is_running, names = self._endpoint.is_running, tuple(allow_hosts)
        if is_running and not self._is_started:
            self._is_started = True
            if not (port or names or tls):
                return
            self.stop()
        super().start(port=port, allow_hosts=names, tls=tls)
        if is_running:
            _set(self, _PLATFORM)


def _set(simulator: Simulator, names: Iterable[str]) -> None:
    os.environ.update({VARIABLES[name]: getattr(simulator, name) for name in names})


@contextmanager
def environment_of(simulator: Simulator) -> Generator[tuple[str, ...], None, None]:
    """Set the variables of a client for a running simulator, and restore them afterwards.

    The simulator's credentials for Basic authentication stand in for such credentials, those for
    OAuth2 otherwise. Yields the variables of credentials that were set before.
    """
    before = dict(os.environ)
    given = [name for name in (*_BASIC, *_OAUTH) if os.environ.get(VARIABLES[name])]
    pairs = [pair for pair in (_BASIC, _OAUTH) if not set(pair).isdisjoint(given)] or [_OAUTH]
    names = {*_PLATFORM, *(name for pair in pairs for name in pair)}
    _set(simulator, names)
    for name in VARIABLES.keys() - names:
        os.environ.pop(VARIABLES[name], None)
    try:
        yield tuple(VARIABLES[name] for name in given)
    finally:
        os.environ.clear()
        os.environ.update(before)
