"""What a call looks like: lines for people as it goes on, or JSON for programs.

Only whole lines are written and the cursor is never moved, so that it works in a pipe, over ssh
and in a window of any size.
"""

from collections.abc import Callable, Mapping
from typing import Any

import click
from rich.text import Text

from bxml.cli.loaded import Loaded
from bxml.cli.reports import TextReport, screen
from bxml.cli.sources import printable
from callcontrol._urls import shown_url
from callcontrol.cli.output import emit, remark, write
from callcontrol.phone.call_log import SUCCESS, CallLog, Trouble
from callcontrol.phone.captions import spoken
from callcontrol.simulator.core.observations import (
    Changed,
    Fetched,
    Joined,
    Observation,
    Played,
    Rejected,
    Sent,
    Spoke,
    Started,
    Transferring,
)
from callcontrol.simulator.core.verbs.media import wav_seconds as length_of
from callcontrol.simulator.testing.timeline import json_line, line_of

__all__ = ["JsonScreen", "Screen", "TextScreen"]

NARROWEST = 40
"""Columns that an excerpt of a document gets, even if the window has fewer."""
SLOW = 2.0
"""Seconds after which a reply is late enough to be mentioned."""
COLOURS = {
    "heard": "bold",
    "pressed": "cyan",
    "said": "cyan",
    "call": "green",
    "dialled": "magenta",
    "wrong": "red",
    "warning": "yellow",
    "slow": "yellow",
    "fetched": "yellow",
}


Told = tuple[str, str] | None
"""A word and a text; None if others tell it."""


class Screen:
    """Shows one call."""

    def __init__(self, log: CallLog) -> None:
        self._log = log
        self._troubles = 0
        """How many have been told."""

    def show(self, seen: Observation) -> None:
        """Show what has just happened; the log knows it already."""

    def note(self, text: str) -> None:
        """Tell something that is not part of the call."""

    def trouble(self, trouble: Trouble) -> None:
        """Tell on the error stream what went wrong."""
        remark(trouble.text.replace("\n", "; "))

    def _show_troubles(self) -> None:
        for trouble in self._log.troubles[self._troubles :]:
            self.trouble(trouble)
        self._troubles = len(self._log.troubles)

    def close(self, outcome: Mapping[str, object]) -> None:
        """Show what came of it."""


class JsonScreen(Screen):
    """An object a line for each observation, the outcome last."""

    def show(self, seen: Observation) -> None:
        """Write one observation."""
        click.echo(json_line(seen))
        self._show_troubles()

    def close(self, outcome: Mapping[str, object]) -> None:
        """Write the outcome."""
        self._show_troubles()
        emit({"kind": "result", **outcome})


class TextScreen(Screen):
    """What a person on the phone would notice, and what is wrong; the timeline at the end."""

    def __init__(self, log: CallLog, keys: str = "") -> None:
        super().__init__(log)
        self._console = screen()
        self._console.width = max(self._console.width, NARROWEST)
        self._keys = f"; {keys}" if keys else ""
        self._measured: set[str] = set()
        self._failed: Fetched | None = None
        """An exchange that has just failed."""
        self._tells: Mapping[type[Observation], Callable[[Any], Told]] = {
            Changed: self._changed,
            Fetched: self._fetched,
            Joined: self._joined,
            Played: self._heard,
            Spoke: _spoke,
            Transferring: self._transferring,
            # Nobody hears these, and troubles are shown in full.
            **dict.fromkeys((Sent, Started, Rejected), _nothing),
        }

    def show(self, seen: Observation) -> None:
        """Write one observation, if it can be noticed."""
        if isinstance(seen, Rejected | Fetched):
            self._failed = None
        self._tell_failed()
        told = self._tells.get(type(seen), _plain)(seen)
        if told is not None:
            self._line(seen, *told)
        self._show_troubles()

    def _heard(self, seen: Played) -> Told:
        length = f"{seen.seconds:g} s" if seen.url in self._measured else "length unknown"
        return "heard", f"audio {shown_url(seen.url)} ({length})"

    def _transferring(self, seen: Transferring) -> Told:
        return "dialled", f"{seen.to} rings ({seen.verb}){self._keys}"

    def _joined(self, seen: Joined) -> Told:
        who = self._log.phones.get(seen.other_id)
        told = "joined to" if seen.together else "parted from"
        return "call", f"{told} {seen.other_id if who is None else who.number}"

    def _changed(self, seen: Changed) -> Told:
        phone = self._log.phones.get(seen.call_id)
        if phone is None:
            return None  # the line about dialling it tells more
        if phone.rings and seen.state == "initiated":
            return "call", f"this phone rings{self._keys}"
        reason = seen.error_message
        if reason and any(reason in trouble.text for trouble in self._log.troubles):
            return "call", f"ended: {seen.cause}"
        return _plain(seen)

    def _fetched(self, seen: Fetched) -> Told:
        if seen.event_type is None:
            if seen.status in SUCCESS and length_of(seen.body) is not None:
                self._measured.add(seen.url)
            return None
        self._failed = seen if seen.status not in SUCCESS else None
        if seen.failure is not None or self._log.took < SLOW:
            return None
        where = f"{seen.event_type} from {shown_url(seen.url)}"
        return "slow", f"the reply to {where} took {self._log.took:.1f} s"

    def _tell_failed(self) -> None:
        """Show the failure of a webhook that nobody waits for; otherwise a trouble tells more."""
        failed, self._failed = self._failed, None
        told = None if failed is None else _plain(failed)
        if failed is not None and told is not None:
            self._line(failed, *told)

    def _line(self, seen: Observation, what: str, text: str) -> None:
        told = (printable(f"{self._whose(seen)}{text}"), COLOURS.get(what, ""))
        line = Text.assemble(self._time(seen), (f"{what:<10} ", "dim"), told)
        write(self._console, line)

    def _time(self, seen: Observation) -> str:
        began = self._log.began or seen.at
        return f"{(seen.at - began).total_seconds():9.1f} s  "

    def _whose(self, seen: Observation) -> str:
        phone, own = self._log.phones.get(seen.call_id), self._log.own
        return "" if phone is None or phone is own else f"[{phone.number}] "

    def trouble(self, trouble: Trouble) -> None:
        """Write what is wrong, with the place in the document."""
        if not trouble.problems:
            super().trouble(trouble)
            return
        console = screen(stderr=True)
        console.width = max(console.width, NARROWEST)
        loaded = Loaded(trouble.document, trouble.body)
        TextReport(console).add(loaded, trouble.problems)

    def note(self, text: str) -> None:
        """Write a line that is not part of the call."""
        write(self._console, Text(printable(text), "dim"))

    def close(self, outcome: Mapping[str, object]) -> None:
        """Write the timeline."""
        del outcome
        self._tell_failed()
        self._show_troubles()
        write(self._console, Text(), Text("Timeline", "bold"))
        for seen in self._log.seen:
            told = _plain(seen)
            if told is not None:
                what, text = told
                shown = printable(f"{self._whose(seen)}{text}")
                write(self._console, Text(f"{self._time(seen)}{what:<10} {shown}"))


def _plain(seen: Observation) -> Told:
    line = line_of(seen)
    return None if line is None else (line.what, line.text)


def _spoke(seen: Spoke) -> Told:
    return "heard", spoken(seen)


def _nothing(_: Observation) -> Told:
    return None
