"""Parameters shared by the commands that run the simulator."""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Literal, NamedTuple, TypeVar

import click

from bxml._wording import InvalidValue
from bxml.cli.running import Seconds
from callcontrol._requests import CreateCall
from callcontrol._urls import has_user, origin_of
from callcontrol.phone import CALLER, NUMBER

C = TypeVar("C", bound=Callable[..., object])
V = TypeVar("V")

SPEED = Seconds(0.001, 1_000_000)
LAST_PORT = 65_535
_WITHOUT_SCHEME = re.compile(r"(?:localhost|[\w-]+\.[\w.-]+|[\d.]+)(?::\d+)?(?:/[^@]*)?")
"""A host without a scheme before it."""
_PYTHON = re.compile(r"[^:@]+:[^\W\d]\w*|[^:@]+\.py", re.IGNORECASE)
"""``module:name`` or a file; a host with a port is neither."""


def application_url(
    context: click.Context, parameter: click.Parameter, value: str | None
) -> str | None:
    """Return the URL of an application, as given; the callback of its option or argument."""
    if value is None or origin_of(value) is not None:
        return value
    # The text before an @ may be a password.
    got = "another text" if "@" in value else repr(value)
    module, dot, name = value.rpartition(".")
    if dot and name.isidentifier() and _is_module(module):
        got += f"; write {module}:{name}"
    elif _WITHOUT_SCHEME.fullmatch(value):
        got += f"; write http://{value}"
    example = "an http URL such as http://localhost:5000/voice"
    python = " or Python such as voice:app" if parameter.name == "target" else ""
    raise click.BadParameter(f"expected {example}{python}, got {got}", context, parameter)


def _is_module(name: str) -> bool:
    """Return whether the current folder has a module of this name."""
    path = Path(*name.split("."))
    return name.isprintable() and (
        path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()
    )


def _target(context: click.Context, parameter: click.Parameter, value: str) -> str:
    """Return the URL of an application, or the name of one in Python; a callback."""
    is_python = _PYTHON.fullmatch(value) is not None and "://" not in value
    return value if is_python else str(public_url(context, parameter, value))


def _path(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """Return a part of a URL below that of the application; a callback."""
    if value is None or (":" not in value.partition("/")[0] and not value.startswith("//")):
        return value
    raise click.BadParameter("expected a path such as /voice, got a URL", context, parameter)


def _url_or_path(
    context: click.Context, parameter: click.Parameter, value: str | None
) -> str | None:
    """Return a URL, or a part of one below that of the application; a callback."""
    is_url = value is not None and "://" in value
    return (application_url if is_url else _path)(context, parameter, value)


def _urls(
    context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the URLs of applications; a callback."""
    return tuple(str(application_url(context, parameter, value)) for value in values)


class HeldSecret(NamedTuple):
    """A secret, and the environment variable that holds it."""

    variable: str
    value: str

    def __repr__(self) -> str:
        return f"HeldSecret({self.variable!r})"


def held_secret(
    context: click.Context, parameter: click.Parameter, value: str | None
) -> HeldSecret | None:
    """Return the value of an environment variable; the callback of an option."""
    held = None if value is None else os.environ.get(value)
    if value is not None and not held:
        # Not quoted: it may be the password itself.
        text = "expected the name of an environment variable that is set, got another text"
        hint = "export the variable first, and give its name without $"
        raise click.BadParameter(f"{text}; {hint}", context, parameter)
    return HeldSecret(value, held) if value is not None and held else None


def reach_option(text: str) -> Callable[[C], C]:
    """Return the option for URLs of other hosts."""
    return click.option("--reach", metavar="URL", multiple=True, callback=_urls, help=text)


def public_url(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """Return the URL of an application, without credentials in it; a callback."""
    url = application_url(context, parameter, value)
    if url is not None and has_user(url):
        text = (
            "expected an http URL without a user or a password in it, got one with; if the command "
            "has the options, give them by --username and --password-env"
        )
        raise click.BadParameter(text, context, parameter)
    return url


def _number(context: click.Context, parameter: click.Parameter, value: str) -> str:
    """Return a phone number that createCall accepts; the callback of an option."""
    field = next(field for field in CreateCall.table if field.name == parameter.name)
    try:
        accepted: object = field.kind.accept(value)
    except InvalidValue as refused:
        raise click.BadParameter(refused.finding, context, parameter) from None
    return str(accepted)


username_option = click.option(
    "--username",
    metavar="TEXT",
    help="Basic user name, sent if the application asks for credentials.",
)
password_option = click.option(
    "--password-env",
    "password",
    metavar="VARIABLE",
    callback=held_secret,
    help="Environment variable that holds the password for --username.",
)


def timeout_option(seconds: float) -> Callable[[C], C]:
    """Return the option for the longest wait, by default of ``seconds``."""
    return click.option(
        "--timeout",
        type=Seconds(0.1, 3600),
        metavar="SECONDS",
        default=seconds,
        show_default=True,
        help="Longest wait for a reply of the application.",
    )


_OPTIONS = (
    click.argument("target", callback=_target),
    click.option(
        "--path",
        metavar="PATH",
        default="",
        callback=_path,
        help="Path of the first webhook, if TARGET does not contain it.",
    ),
    click.option(
        "--outbound", is_flag=True, help="The application places the call and the phone rings."
    ),
    click.option(
        "--detect",
        type=click.Choice(["sync", "async"]),
        help="With --outbound: detect machines; an async result goes to the URL of the call.",
    ),
    click.option("--tag", metavar="TEXT", help="With --outbound: the tag of the call."),
    click.option(
        "--from",
        "from_",
        metavar="NUMBER",
        default=CALLER,
        callback=_number,
        help="Number of the caller.",
    ),
    click.option(
        "--to", metavar="NUMBER", default=NUMBER, callback=_number, help="Number that is called."
    ),
    click.option(
        "--disconnect-url",
        metavar="URL",
        callback=_url_or_path,
        help="Receives the disconnect webhook; a URL or a path.",
    ),
    username_option,
    password_option,
    reach_option("Another host that webhooks and an application in Python may reach; repeatable."),
)


def call_options(command: C) -> C:
    """Add the parameters of ``CallOptions``, ``--json`` excepted."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOptions:
    """Which call a command places, to which application, and how it writes the result."""

    target: str
    path: str
    outbound: bool
    detect: Literal["sync", "async"] | None
    from_: str
    to: str
    disconnect_url: str | None
    username: str | None
    password: HeldSecret | None
    tag: str | None
    reach: tuple[str, ...]
    as_json: bool

    def __post_init__(self) -> None:
        if self.detect is not None and not self.outbound:
            raise click.UsageError("--detect needs --outbound")
        if self.tag is not None and not self.outbound:
            raise click.UsageError("--tag needs --outbound: a call that comes in has none")

    @property
    def secret(self) -> str | None:
        """The password itself."""
        return None if self.password is None else self.password.value


def pass_options(options: Callable[..., V]) -> Callable[[Callable[[V], int]], Callable[..., None]]:
    """Call a command with one value made of all its parameters, and exit with what it returns."""

    def decorate(command: Callable[[V], int]) -> Callable[..., None]:
        @wraps(command)
        def run(**parameters: object) -> None:
            click.get_current_context().exit(command(options(**parameters)))

        return run

    return decorate


port_option = click.option(
    "--port",
    type=click.IntRange(0, LAST_PORT),
    metavar="NUMBER",
    default=0,
    show_default=True,
    help="Port of 127.0.0.1 to listen on; 0 takes any free one.",
)
json_lines = click.option(
    "--json", "as_json", is_flag=True, help="Write a JSON object a line, for scripts."
)
