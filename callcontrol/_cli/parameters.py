"""Parameters that the commands with a simulator in them share."""

import math
from typing import cast
from urllib.parse import urlsplit

import click

__all__ = ["SPEED", "Seconds", "application_url"]


class Seconds(click.FloatRange):
    """A number within limits; unlike the base class it takes no ``nan``."""

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the number."""
        number: float = super().convert(cast("float", value), param, ctx)
        if math.isnan(number):
            self.fail(f"{value!r} is not a number", param, ctx)
        return number


SPEED = Seconds(0.001, 1_000_000)


def application_url(
    context: click.Context, parameter: click.Parameter, value: str | None
) -> str | None:
    """Return the URL of an application, as given; the callback of its option or argument."""
    if value is None or _is_http(value):
        return value
    # What stands before an @ may be a password.
    got = "another text" if "@" in value else repr(value)
    example = "an http URL such as http://localhost:5000/voice"
    raise click.BadParameter(f"expected {example}, got {got}", context, parameter)


def _is_http(value: str) -> bool:
    try:
        parts = urlsplit(value)
        port = 1 if parts.port is None else parts.port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and port > 0
