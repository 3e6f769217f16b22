"""Standard output of commands: lines for people, or JSON with the platform's own names."""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from typing import cast

import click
from rich.console import Console, RenderableType
from rich.text import Text

from bxml._element import wire_name
from bxml.cli.reports import screen
from bxml.cli.sources import printable
from bxml.cli.wrapping import hanging, on_error_stream
from callcontrol._wire.kinds import Time
from callcontrol.models import CallState, CreatedCall

GAP = "  "
"""Between two columns."""
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


def remark(text: str, colour: str = "") -> None:
    """Write lines on standard error, after the name of the command.

    On a terminal the name is red for an error and yellow for a warning, unless NO_COLOR is set.
    """
    name = click.style(_NAME, fg=colour) if colour and not os.environ.get("NO_COLOR") else _NAME
    for line in text.splitlines():
        shown = on_error_stream(f"{_NAME}{printable(line)}", len(_NAME))
        click.echo(f"{name}{shown.removeprefix(_NAME)}", err=True)


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
    given = [(name, value) for name, value in _values(call) if value is not None]
    width = max(len(_label(name)) for name, _ in given) + len(GAP)
    console = screen()
    for name, value in given:
        label = (f"{_label(name):<{width}}", "dim")
        write_line(console, Text.assemble(label, _cell(name, value)), width)


def show_calls(calls: Iterable[CallState]) -> bool:
    """Write a table of calls, and return whether there was one to write.

    On a terminal that is too narrow for its columns each call is a paragraph.
    """
    rows = [[_cell(name, getattr(call, name)) for name in COLUMNS] for call in calls]
    if not rows:
        return False
    heads = [Text(_label(name).upper(), "bold") for name in COLUMNS]
    widths = [max(cell.cell_len for cell in column) for column in zip(heads, *rows, strict=True)]
    console = screen()
    is_table = not console.is_terminal or sum(widths) + len(GAP) * len(widths) <= console.width
    for row in (heads, *rows):
        if is_table:
            for cell, width in zip(row, widths, strict=True):
                cell.pad_right(width - cell.cell_len)
        write_line(console, Text(GAP).join(row), len(GAP))
    return True


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
