"""The end of each turn of an engine: outcomes are written, an abort is noticed, totals reported."""

from callcontrol.bulk.dispatcher import POLL, Dispatcher
from callcontrol.bulk.options import Settings


class Turns:
    """Ends the turns of one run."""

    def __init__(self, dispatcher: Dispatcher, settings: Settings) -> None:
        self._dispatcher = dispatcher
        self._on_progress = settings.on_progress
        self._next_look = 0.0

    def end(self, now: float) -> None:
        """Write outcomes; a few times a second look for an abort and report the totals."""
        self._dispatcher.write()
        if now >= self._next_look:
            self._next_look = now + POLL
            self._dispatcher.check_abort()
            self._report()

    def end_quietly(self, _now: float) -> None:
        """Do nothing: after an error, outcomes are collected and written once."""

    def last(self) -> None:
        """Write the last outcomes and report the totals."""
        self._dispatcher.write()
        self._report()

    def _report(self) -> None:
        if self._on_progress is not None:
            self._on_progress(self._dispatcher.report())
