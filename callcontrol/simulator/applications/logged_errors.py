"""Exceptions that a framework logs before it turns them into a 500 page."""

import logging
from contextvars import ContextVar
from types import TracebackType
from typing import Self


class LoggedErrors(logging.Handler):
    """Catches logged exceptions while it is entered.

    Those of an exchange on an event loop go to that exchange, others are kept here.
    """

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.exception: Exception | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the first exception."""
        error = record.exc_info[1] if record.exc_info else None
        keeper = CURRENT.get() or self
        if isinstance(error, Exception) and keeper.exception is None:
            keeper.exception = error

    def __enter__(self) -> Self:
        self.exception = None
        logging.getLogger().addHandler(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        logging.getLogger().removeHandler(self)


class ErrorKeeper:
    """Keeps the first exception that is logged on behalf of one exchange."""

    exception: Exception | None = None


CURRENT: ContextVar[ErrorKeeper | None] = ContextVar("simulator_exchange", default=None)
"""The exchange that the running task belongs to."""
