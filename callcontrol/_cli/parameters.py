"""Parameters that the commands with a simulator in them share."""

from urllib.parse import urlsplit

import click

from bxml._cli.parameters import Seconds

__all__ = ["SPEED", "application_url"]

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
