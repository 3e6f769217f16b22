"""The output of ``dial`` and ``simulate``: lines for people during the calls, or JSON for programs.

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
from callcontrol.cli.output import emit, remark, write, write_line
from callcontrol.phone.call_log import SUCCESS, CallLog, Trouble
from callcontrol.phone.call_logs import CallLogs
from callcontrol.phone.captions import spoken
from callcontrol.simulator.core.audio_length import audio_seconds
from callcontrol.simulator.core.observations import (
    Changed,
    Fetched,
    Observation,
    Played,
    Pressed,
    Rejected,
    Sent,
    Spoke,
    Started,
    Transferring,
)
from callcontrol.simulator.core.reply_findings import reply_name
from callcontrol.simulator.testing.timeline import INDENT, json_line, line_of, shortened, traced_url

NARROWEST = 40
"""Least columns for an excerpt of a document, even in a narrower window."""
SLOW = 2.0
"""Seconds after which a late reply is mentioned."""
SLOW_ADVICE = (
    "; the caller hears silence meanwhile, and the platform waits 15 s at most: reply at once, and "
    "do slow work afterwards or in a thread (await asyncio.to_thread(work) in an async function)"
)
DEAF = frozenset(("SpeakSentence", "PlayAudio", "Pause", "Ring"))
"""Verbs during which keys have no effect."""
KEY_ADVICE = ": keys need a Gather; put the prompt into it"
RINGING_KEYS = "a answers, r refuses, b is busy"
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

Line = tuple[str, str] | None
"""A word and a text; None for an observation without a line of its own."""


class Screen:
    """Shows calls."""

    is_numbered = False
    """Whether lines begin with the number of the phone and the id of the call."""

    def __init__(self, logs: CallLogs) -> None:
        self._logs = logs

    def show(self, seen: Observation) -> None:
        """Show an observation that the logs have recorded."""

    def note(self, text: str) -> None:
        """Show a text that is not part of a call."""

    def waiting(self, url: str) -> None:
        """Show that the first call waits for an application."""

    def refuse(self, text: str) -> None:
        """Show why something that was typed cannot be done."""
        remark(text)

    def trouble(self, trouble: Trouble) -> None:
        """Write a trouble on the error stream."""
        remark(trouble.text.replace("\n", "; "), "red")

    def _show_troubles(self, log: CallLog) -> None:
        for trouble in log.new_troubles():
            self.trouble(trouble)

    def close(self, outcome: Mapping[str, object]) -> None:
        """Show the outcome."""


class JsonScreen(Screen):
    """One JSON object a line per observation, the outcome last."""

    def show(self, seen: Observation) -> None:
        """Write one observation."""
        click.echo(json_line(seen))
        self._show_troubles(self._logs.of(seen.call_id))

    def waiting(self, url: str) -> None:
        """Write which application the first call waits for."""
        emit({"kind": "waiting", "url": shown_url(url)})

    def close(self, outcome: Mapping[str, object]) -> None:
        """Write the outcome."""
        for log in self._logs:
            self._show_troubles(log)
        emit({"kind": "result", **outcome})


class TextScreen(Screen):
    """The events that a person on the phone notices, and troubles; or the whole timeline.

    ``keys`` explains the keys of a phone that rings. ``numbered`` lines name the phone, and
    the ids by which a client of the platform finds the calls.
    """

    def __init__(
        self, logs: CallLogs, keys: str = "", *, whole: bool = False, numbered: bool = False
    ) -> None:
        super().__init__(logs)
        self._whole = whole
        self.is_numbered = numbered
        self._console = screen()
        self._console.width = max(self._console.width, NARROWEST)
        self._keys = f"; {keys}" if keys else ""
        self._measured: set[str] = set()
        self._failed: Fetched | None = None
        """An exchange that has just failed."""
        self._lines: Mapping[type[Observation], Callable[[Any], Line]] = {
            Changed: self._changed,
            Fetched: self._fetched,
            Pressed: self._pressed,
            Played: self._heard,
            Spoke: _spoke,
            Transferring: self._transferring,
            # Silent on the phone; troubles are shown in full.
            **dict.fromkeys((Sent, Started, Rejected), _nothing),
        }

    def show(self, seen: Observation) -> None:
        """Write one observation, if it can be noticed."""
        if isinstance(seen, Rejected | Fetched):
            self._failed = None
        self._show_failed()
        notice = self._plain if self._whole else self._lines.get(type(seen), self._plain)
        line = notice(seen)
        if line is not None:
            self._line(seen, *line)
        self._show_troubles(self._logs.of(seen.call_id))

    def _heard(self, seen: Played) -> Line:
        length = f"{seen.seconds:g} s" if seen.url in self._measured else "length unknown"
        return "heard", f"audio {traced_url(seen.url)} ({length})"

    def _transferring(self, seen: Transferring) -> Line:
        return "dialled", f"{self._phone(seen.leg_id)}{seen.to} rings ({seen.verb}){self._keys}"

    def _phone(self, call_id: str) -> str:
        return f"phone {self._logs.number(call_id)}, " if self.is_numbered else ""

    def _plain(self, seen: Observation) -> Line:
        line = line_of(seen, self._number_of)
        return None if line is None else (line.what, line.text)

    def _number_of(self, call_id: str) -> str:
        who = self._logs.phone(call_id)
        return shortened(call_id) if who is None else who.number

    def _changed(self, seen: Changed) -> Line:
        phone = self._logs.phone(seen.call_id)
        if phone is None:
            return None  # the line about dialling it says more
        if phone.rings and seen.state == "initiated":
            return "call", f"this phone rings{self._keys}"
        reason = seen.error_message
        if reason and any(
            reason in trouble.text for trouble in self._logs.of(seen.call_id).troubles
        ):
            return "call", f"ended: {seen.cause}"
        return self._plain(seen)

    def _fetched(self, seen: Fetched) -> Line:
        if seen.event_type is None:
            if seen.status in SUCCESS and audio_seconds(seen.body) is not None:
                self._measured.add(seen.url)
            return None
        self._failed = seen if seen.status not in SUCCESS else None
        took = self._logs.of(seen.call_id).took
        if seen.failure is not None or took < SLOW:
            return None
        where = reply_name(seen.event_type, seen.url, seen.handler)
        return "slow", f"the {where} took {took:.1f} s{SLOW_ADVICE}"

    def _pressed(self, seen: Pressed) -> Line:
        line = self._plain(seen)
        log = self._logs.of(seen.call_id)
        begun = [item.verb for item in log.seen if isinstance(item, Started)]
        is_lost = log.own is log.phones.get(seen.call_id) and begun and begun[-1] in DEAF
        if line is None or seen.taken or not is_lost:
            return line
        return line[0], f"{line[1]} during {begun[-1]}{KEY_ADVICE}"

    def _show_failed(self) -> None:
        """Show a failed webhook; for one whose reply the call needs, a trouble says more."""
        failed, self._failed = self._failed, None
        line = None if failed is None else self._plain(failed)
        if failed is not None and line is not None:
            self._line(failed, *line)

    def _line(self, seen: Observation, what: str, text: str) -> None:
        place, whose = self._place(seen)
        shown = (printable(f"{whose}{text}{self._id(seen)}"), COLOURS.get(what, ""))
        line = Text.assemble(f"{self._time(seen)}{place}", (f"{what:<10} ", "dim"), shown)
        write_line(self._console, line, INDENT + len(place))

    def _time(self, seen: Observation) -> str:
        began = self._logs.began or seen.at
        return f"{(seen.at - began).total_seconds():9.1f} s  "

    def _place(self, seen: Observation) -> tuple[str, str]:
        """Return the columns that name the leg, and what names it in the text."""
        if self.is_numbered:
            number = self._logs.number(seen.call_id) or ""
            return f"{number:>3} {shortened(seen.call_id):<12}  ", ""
        phone, own = self._logs.phone(seen.call_id), self._logs.own.own
        return "", "" if phone is None or phone is own else f"[{phone.number}] "

    def _id(self, seen: Observation) -> str:
        """Return the number and the id of a call that begins."""
        is_new = isinstance(seen, Changed) and seen.state in ("queued", "initiated")
        if not (self.is_numbered and is_new):
            return ""
        return f" ({self._number_of(seen.call_id)}, {seen.call_id})"

    def trouble(self, trouble: Trouble) -> None:
        """Write a trouble, with the position in the document."""
        if not trouble.problems:
            super().trouble(trouble)
            return
        console = screen(stderr=True)
        console.width = max(console.width, NARROWEST)
        loaded = Loaded(trouble.document, trouble.body)
        TextReport(console).add(loaded, trouble.problems)

    def note(self, text: str) -> None:
        """Write a line that is not part of a call."""
        write(self._console, Text(printable(text), "dim"))

    def waiting(self, url: str) -> None:
        """Write which application the first call waits for."""
        self.note(f"The call comes in once {shown_url(url)} accepts connections.")

    def refuse(self, text: str) -> None:
        """Write it as another line that is not part of a call."""
        self.note(text)

    def close(self, outcome: Mapping[str, object]) -> None:
        """Write what has not been shown."""
        del outcome
        self._show_failed()
        for log in self._logs:
            self._show_troubles(log)


def _spoke(seen: Spoke) -> Line:
    return "heard", spoken(seen)


def _nothing(_: Observation) -> Line:
    return None
