"""How the platform refuses, and how the simulator complains to the test that drives it.

    SimulatorError   the test asked for something impossible
    Refusal          what the platform answers instead of doing as it was asked

Statuses, types and texts are those of the vendor's error catalogue (voice/errors).
"""

from dataclasses import dataclass

from callcontrol.simulator.rest.messages import Header, Reply, json_reply

__all__ = [
    "STATUSES",
    "Refusal",
    "SimulatorError",
    "Status",
    "expect_kind",
    "expect_number",
    "quoted",
]

MAX_QUOTED = 100
MAX_NUMBER = 1_000_000_000


class SimulatorError(Exception):
    """The simulator was asked for something it cannot do; the text says what it expected."""


@dataclass(frozen=True, slots=True)
class Status:
    """What an error status looks like when nothing more precise is known."""

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


class Refusal(Exception):  # noqa: N818 - the platform's answer, not a failure of the simulator
    """The request is refused with ``status``, one of ``STATUSES``."""

    def __init__(
        self, status: int, description: str | None = None, headers: tuple[Header, ...] = ()
    ) -> None:
        self.status = status
        self.description = description or STATUSES[status].description
        self.headers = headers
        super().__init__(status, self.description)

    def reply(self) -> Reply:
        """Return the refusal as it goes over the wire."""
        known = STATUSES[self.status]
        if known.type is None:
            page = f"<html><body><h1>{self.status} {known.reason}</h1></body></html>"
            return Reply(self.status, (("Content-Type", "text/html"), *self.headers), page.encode())
        body = {"type": known.type, "description": self.description, "id": None}
        return json_reply(self.status, body, *self.headers)


def quoted(text: str) -> str:
    """Return ``text`` cut to what an error description can carry."""
    return text if len(text) <= MAX_QUOTED else f"{text[:MAX_QUOTED]}..."


def expect_number(where: str, value: object, low: float) -> None:
    """Raise ``SimulatorError`` unless ``value`` is a number from ``low`` to a thousand million."""
    number = value if isinstance(value, int | float) and not isinstance(value, bool) else None
    if number is None or not low <= number <= MAX_NUMBER:
        raise SimulatorError(f"{where}: expected a number of {low} or more, got {value!r}")


def expect_kind(where: str, value: object, kind: type, expected: str) -> None:
    """Raise ``SimulatorError`` unless ``value``, which nobody has type-checked, is a ``kind``."""
    if not isinstance(value, kind):
        raise SimulatorError(f"{where}: expected {expected}, got {value!r:.100}")
