"""Standard output of commands: lines for people, or JSON with the platform's own names."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from typing import cast

import click
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from bxml._element import wire_name
from bxml.cli.reports import screen
from bxml.cli.sources import printable
from bxml.cli.wrapping import hanging, on_error_stream
from callcontrol._wire.kinds import Time
from callcontrol.models import CallState, CreatedCall

NATURAL = 10_000
"""More columns than any table needs: a narrow terminal wraps a table of natural width."""
COLUMNS = (
    "call_id",
    "state",
    "direction",
    "from_",
    "to",
    "enqueued_time",
    "start_time",
    "disconnect_cause",
)
COLOURS = {"answered": "green", "initiated": "yellow", "queued": "yellow", "disconnected": "dim"}

_NAME = "callcontrol: "
_TIME = Time()
_SECRET = frozenset({"password", "fallback_password"})
_LEFT_OUT = frozenset({"extra", "location", *_SECRET})


def say(text: str) -> None:
    """Write a line of the result."""
    click.echo(printable(text))


def remark(text: str) -> None:
    """Write lines on standard error, after the name of the command."""
    for line in text.splitlines():
        shown = on_error_stream(f"{_NAME}{printable(line)}", len(_NAME))
        click.echo(shown, err=True)


def emit(value: Mapping[str, object]) -> None:
    """Write one JSON object on one line, in ASCII whatever the locale."""
    click.echo(json.dumps(value))


def write_line(console: Console, line: Text, indent: int) -> None:
    """Write a line to standard output, on a terminal broken between words with an indent."""
    write(console, hanging(console, line, indent))


def write(console: Console, *shown: RenderableType) -> None:
    """Write to standard output without trailing blanks."""
    with console.capture() as page:
        for item in shown:
            console.print(item, soft_wrap=isinstance(item, Text))
    lines = "".join(f"{line.rstrip()}\n" for line in page.get().splitlines())
    click.echo(lines, nl=False, color=True)


def wire(record: CallState | CreatedCall) -> dict[str, object]:
    """Return a record as the JSON object that it was read from, with every field.

    Passwords are left out, even though the platform masks them.
    """
    known = {wire_name(name): _plain(value) for name, value in _values(record)}
    hidden = {wire_name(name) for name in _SECRET}
    more = {name: value for name, value in record.extra.items() if name not in hidden}
    return {**known, **more}


def show_call(call: CallState) -> None:
    """Write the fields of a call, one a line."""
    table = Table.grid(padding=(0, 2))
    for name, value in _values(call):
        if value is not None:
            table.add_row(Text(_label(name), "dim"), _cell(name, value))
    write(_wide(), table)


def show_calls(calls: Iterable[CallState]) -> bool:
    """Write a table of calls, and return whether there was one to write."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", pad_edge=False)
    for name in COLUMNS:
        table.add_column(_label(name).upper(), no_wrap=True)
    for call in calls:
        table.add_row(*(_cell(name, getattr(call, name)) for name in COLUMNS))
    if table.row_count:
        write(_wide(), table)
    return bool(table.row_count)


def _wide() -> Console:
    console = screen()
    console.width = NATURAL
    return console


def _values(record: CallState | CreatedCall) -> list[tuple[str, object]]:
    names = (field.name for field in fields(record))
    return [(name, getattr(record, name)) for name in names if name not in _LEFT_OUT]


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(cast("Mapping[str, object]", value))
    return _TIME.write(value) if isinstance(value, datetime) else value


def _label(name: str) -> str:
    return name.strip("_").replace("_", " ")


def _cell(name: str, value: object) -> Text:
    if value is None:
        return Text("-", "dim")
    if isinstance(value, datetime):
        shown = f"{value:%Y-%m-%d %H:%M:%SZ}"
    else:
        shown = value if isinstance(value, str) else json.dumps(_plain(value))
    return Text(printable(shown), COLOURS.get(shown, "") if name == "state" else "")
