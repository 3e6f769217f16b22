"""Parameters that the commands with a simulator in them share."""

import re
from urllib.parse import urljoin, urlsplit

import click

from bxml._cli.parameters import Seconds
from bxml._constraints import Refused
from callcontrol._requests import CreateCall

__all__ = ["SPEED", "application_url", "call_number", "target", "url_path", "within"]

SPEED = Seconds(0.001, 1_000_000)
_PYTHON = re.compile(r"[^:@]+:[^\W\d]\w*|[^:@]+\.py", re.IGNORECASE)
"""``module:name`` or a file; a host with a port is neither."""


def application_url(
    context: click.Context, parameter: click.Parameter, value: str | None
) -> str | None:
    """Return the URL of an application, as given; the callback of its option or argument."""
    if value is None or _is_http(value):
        return value
    # What stands before an @ may be a password.
    got = "another text" if "@" in value else repr(value)
    example = "an http URL such as http://localhost:5000/voice"
    python = " or Python such as voice:app" if parameter.name == "target" else ""
    raise click.BadParameter(f"expected {example}{python}, got {got}", context, parameter)


def target(context: click.Context, parameter: click.Parameter, value: str) -> str:
    """Return the URL of an application, or the place of one in Python; a callback."""
    is_python = _PYTHON.fullmatch(value) is not None and "://" not in value
    return value if is_python else str(application_url(context, parameter, value))


def url_path(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """Return a part of a URL below that of the application; a callback."""
    if value is None or (":" not in value.partition("/")[0] and not value.startswith("//")):
        return value
    raise click.BadParameter("expected a path such as /voice, got a URL", context, parameter)


def within(home: str, url: str | None) -> str | None:
    """Return a URL that may be relative to that of the application."""
    return None if url is None else urljoin(home, url)


def _is_http(value: str) -> bool:
    try:
        parts = urlsplit(value)
        port = 1 if parts.port is None else parts.port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and port > 0


def call_number(context: click.Context, parameter: click.Parameter, value: str) -> str:
    """Return a number that createCall would take; the callback of an option."""
    field = next(each for each in CreateCall.table if each.name == parameter.name)
    try:
        accepted: object = field.kind.accept(value)
    except Refused as refused:
        raise click.BadParameter(refused.finding, context, parameter) from None
    return str(accepted)
