"""Errors of the simulator, and the error statuses of the platform.

Statuses, types and texts are those of the vendor's error catalogue (voice/errors).
"""

from dataclasses import dataclass

from callcontrol.errors import CallControlWarning

MAX_QUOTED = 100
MAX_NUMBER = 1_000_000_000


class SimulatorError(Exception):
    """An action or value that the simulator cannot take; the text says why."""


class RealTimeWarning(CallControlWarning):
    """Virtual time could not wait for an application, or ended before its tasks did."""


@dataclass(frozen=True, slots=True)
class Status:
    """The default content of an error status."""

    reason: str
    type: str | None
    """``type`` of the error body; None for a gateway, whose body is a web page."""
    description: str


STATUSES = {
    400: Status("Bad Request", "validation", "Bad Request"),
    401: Status("Unauthorized", "authentication-error", "Unauthorized"),
    402: Status("Payment Required", "error", "Payment Required"),
    403: Status("Forbidden", "authorization-error", "Access is denied"),
    404: Status("Not Found", "validation", "Not Found"),
    405: Status("Method Not Allowed", "validation", "Method Not Allowed"),
    409: Status("Conflict", "validation", "Call cannot be modified in its current state"),
    415: Status("Unsupported Media Type", "validation", "Unsupported Media Type"),
    429: Status("Too Many Requests", "error", "Account call creation rate limit exceeded"),
    500: Status("Internal Server Error", "internal-error", "An unknown internal error occurred"),
    502: Status("Bad Gateway", None, "Bad Gateway"),
    503: Status("Service Unavailable", "system-overloaded", "Handling too many requests"),
    504: Status("Gateway Timeout", None, "Gateway Timeout"),
}
"""Every error status the simulator can answer with."""


def quoted(text: str) -> str:
    """Return ``text`` cut to the length for an error description."""
    return text if len(text) <= MAX_QUOTED else f"{text[:MAX_QUOTED]}..."


def expect_number(where: str, value: object, low: float) -> None:
    """Check that ``value`` is a number from ``low`` to a thousand million.

    :raises SimulatorError: otherwise.
    """
    number = value if isinstance(value, int | float) and not isinstance(value, bool) else None
    if number is None or not low <= number <= MAX_NUMBER:
        raise SimulatorError(f"{where}: expected a number of {low} or more, got {value!r}")


def expect_kind(where: str, value: object, kind: type, expected: str) -> None:
    """Check the type of a value from code without type checks.

    :raises SimulatorError: unless ``value`` is a ``kind``.
    """
    if not isinstance(value, kind):
        raise SimulatorError(f"{where}: expected {expected}, got {value!r:.100}")
