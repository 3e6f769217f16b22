"""Checking many files in one process and in two, and lxml's parse and XSD validation of them.

Processor time on the longest way to the end, so that other work on the machine does not count: that
of this process and a half of that of the two others.
"""

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

from lxml import etree

from bxml import checking
from bxml.cli.examining import Checker, Entry
from bxml.cli.parallel import in_processes
from bxml.cli.results import ENOUGH
from bxml.cli.sources import listed
from bxml.schema import schema_path
from tests.benchmarks import compose
from tests.benchmarks.timing import table

COUNT = 5_000
ROUNDS = 3
PROCESSES = 2


def _seconds(action: Callable[[], object]) -> float:
    checking._clean.clear()
    before, others = process_time(), os.times()
    action()
    after = os.times()
    children = after.children_user - others.children_user
    children += after.children_system - others.children_system
    return process_time() - before + children / PROCESSES


def _validate(entries: Sequence[Entry]) -> None:
    schema = etree.XMLSchema(file=str(schema_path()))
    for entry in entries:
        name = getattr(entry, "name")  # noqa: B009 - that of both
        schema.validate(etree.fromstring(Path(name).read_bytes()))


def _one(entries: Sequence[Entry]) -> None:
    for _ in map(Checker().examine, entries):
        pass


def _two(entries: Sequence[Entry]) -> None:
    for _ in in_processes(PROCESSES, entries, Checker(), None):
        pass


def _row(name: str, count: int, text: str) -> list[str]:
    with TemporaryDirectory() as folder:
        for number in range(count):
            path = Path(folder, f"{number:05}.xml")
            path.write_text(text.replace("<Response>", f"<Response><Tag>call {number}</Tag>"))
        entries = list(listed([folder], urls=False))
        assert len(entries) == count >= ENOUGH
        best = [
            min(_seconds(partial(action, entries)) for _ in range(ROUNDS))
            for action in (_validate, _one, _two)
        ]
    engine, one, two = best
    return [f"{count:,} {name}", f"{one:.2f} s", f"{one / engine:.1f}", f"{one / two:.2f}"]


def report() -> None:
    """Print how much quicker two processes are."""
    menu = compose.ours_menu("Ann")
    rows = [
        _row("new menus, clean", COUNT, menu),
        _row("new menus, each with 10 findings", COUNT, menu.replace('"julie"', '"julia"')),
        _row("new documents near 64 KB, clean", 400, compose.ours_large("Ann")),
    ]
    head = ["bxml check", "one process", "x lxml parse plus XSD", "two processes, x as quick"]
    table("Many files (processor time of the longest way)", head, rows)
