"""Work that is repeated after a while, until it succeeds."""

import logging
import threading
import time
from collections.abc import Callable

from callcontrol.scripts.errors import ScriptError

_LOGGER = logging.getLogger("callcontrol.scripts")
_PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0)
"""Seconds before each repetition."""


class Repeated:
    """Repeats functions in threads that do not keep the process alive."""

    def __init__(self, pauses: tuple[float, ...] = _PAUSES) -> None:
        self._pauses = pauses

    def call(self, work: Callable[[], bool]) -> None:
        """Call a function after each pause, until it returns True."""
        threading.Thread(target=self._work, args=(work,), daemon=True).start()

    def _work(self, work: Callable[[], bool]) -> None:
        for pause in self._pauses:
            time.sleep(pause)
            try:
                if work():
                    return
            except ScriptError:
                _LOGGER.exception("a push was not repeated")
