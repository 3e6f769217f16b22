"""The options of the commands under ``callcontrol scripts``, and what they name."""

import re
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager, redirect_stdout
from typing import TYPE_CHECKING, TypeVar

import click

from bxml._wording import type_of
from callcontrol.cli.errors import REFUSED, USAGE, CommandFailure
from callcontrol.cli.scripts_journal import JOURNAL, JournalFailure, journal_errors

if TYPE_CHECKING:
    from callcontrol.scripts import Scripts
    from callcontrol.scripts.journals.model import Run
    from callcontrol.scripts.journals.protocol import Journal

C = TypeVar("C", bound=Callable[..., object])
VersionName = tuple[str, str]
"""A script and its version."""

_APPLICATION = "BW_SCRIPTS"
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}

journal_option = click.option(
    "--journal",
    metavar="URL",
    envvar=JOURNAL,
    show_envvar=True,
    required=True,
    help="Journal: a path, sqlite:///FILE, postgresql://..., or redis://...",
)
run_argument = click.argument("run", metavar="CALL_ID")
json_option = click.option("--json", "as_json", is_flag=True, help="Write one JSON object a line.")


def application_option(*, required: bool) -> Callable[[C], C]:
    """Return the option that names the application of the scripts."""
    return click.option(
        "--application",
        metavar="MODULE:NAME",
        envvar=_APPLICATION,
        show_envvar=True,
        required=required,
        help="The Scripts(...) of your code, such as voice:scripts.",
    )


def age_of(_: click.Context, parameter: click.Parameter, value: str) -> float:
    """Return seconds; a callback for an option such as 30d."""
    found = re.fullmatch(r"([0-9]{1,9})([smhdw])", value)
    if found is None:
        text = f"expected a number and s, m, h, d or w, such as 30d, got {value}"
        raise click.BadParameter(text, param=parameter)
    return float(int(found[1]) * _UNITS[found[2]])


def version_of(_: click.Context, parameter: click.Parameter, value: str) -> VersionName:
    """Return a script and its version; a callback."""
    name, sign, version = value.rpartition("@")
    if not (name and sign and version):
        text = f"expected NAME@VERSION, such as front-desk@2, got {value}"
        raise click.BadParameter(text, param=parameter)
    return name, version


def versions_of(
    context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> tuple[VersionName, ...]:
    """Return scripts and versions; a callback."""
    return tuple(version_of(context, parameter, value) for value in values)


@contextmanager
def application_of(given: str) -> "Generator[Scripts, None, None]":
    """Yield the application of scripts that ``MODULE:NAME`` or ``FILE.py:NAME`` names.

    :raises CommandFailure: if it cannot be loaded, or keeps its calls in its own memory.
    """
    import sys

    from callcontrol.cli.applications import imported
    from callcontrol.scripts import Scripts
    from callcontrol.scripts.journals import MemoryJournal

    place, _, name = given.rpartition(":")
    if not place or not name:
        text = f"--application: expected MODULE:NAME, such as voice:scripts, got {given}"
        raise CommandFailure(text, USAGE)
    with redirect_stdout(sys.stderr):
        value: object = vars(imported(place)).get(name)
    if not isinstance(value, Scripts):
        got = "no such name" if value is None else type_of(value)
        text = f"{given}: expected Scripts(...) of callcontrol.scripts, got {got}"
        raise CommandFailure(text, USAGE)
    if isinstance(value.journal, MemoryJournal):
        text = f"{given}: its journal is the memory of its own process, which this one cannot see"
        raise JournalFailure(f"{text}; give Scripts(journal=...)", USAGE)
    with journal_errors(), closing(value):
        yield value


def known(journal: "Journal", name: str) -> "Run":
    """Return the run of a call.

    :raises JournalFailure: if the journal does not have it.
    """
    from callcontrol.scripts.overview import find_run

    found = find_run(journal, name)
    if found is None:
        raise JournalFailure(f"{name}: the journal has no such call", REFUSED)
    return found
