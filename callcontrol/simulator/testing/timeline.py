"""Timelines for people and machines: one line for each observation of the engine."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, TypeVar

from bxml._wording import visible_text
from callcontrol._urls import shown_url
from callcontrol.events import Event
from callcontrol.simulator.core.clock import timestamp
from callcontrol.simulator.core.observations import (
    Changed,
    Conferenced,
    Detected,
    Fetched,
    Joined,
    Observation,
    Played,
    Pressed,
    Recorded,
    Rejected,
    Said,
    Sent,
    Spoke,
    Started,
    Toned,
    Transferring,
    Waited,
    Warned,
)

T = TypeVar("T", bound=Observation)

_SHORT = 12
"""Characters of a call id that distinguish calls."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a timeline."""

    at: datetime
    """Virtual time, UTC."""
    call_id: str
    """The leg it happened on; for a conference the id of the conference."""
    what: str
    """One word: heard, pressed, said, sent, fetched, call, wrong, ..."""
    text: str

    def render(self, began: datetime) -> str:
        """Return the line as text, with the seconds since ``began``."""
        seconds = (self.at - began).total_seconds()
        return f"{seconds:9.1f} s  {self.what:<10} {visible_text(self.text)}"


LEAST_REPEATS, LONGEST_REPEAT = 4, 12
"""How often the lines of a loop come until they are written once, and the most of them."""


def folded(lines: Sequence[Line]) -> Iterator[Line]:
    """Yield the lines, those that an application causes again and again only once.

    These are lines with a reply of the application, as when a document fetches itself: one line
    then says how often they come.
    """
    keys = [(line.call_id, line.what, line.text) for line in lines]
    place = 0
    while place < len(lines):
        length, times = _repeats_at(keys, place)
        yield from lines[place : place + length]
        place += length * times
        if times > 1:
            last = lines[place - 1]
            before = "the line" if length == 1 else f"the last {length} lines"
            yield replace(last, what="...", text=f"{before} {times - 1} more times")


def _repeats_at(keys: Sequence[tuple[str, str, str]], place: int) -> tuple[int, int]:
    """Return how many lines repeat from a place on, and how often they come; 1 for none."""
    for length in range(1, LONGEST_REPEAT + 1):
        block = keys[place : place + length]
        times = 1
        while keys[place + length * times : place + length * (times + 1)] == block:
            times += 1
        if times >= LEAST_REPEATS and any(what == "fetched" for _, what, _ in block):
            return length, times
    return 1, 1


_TABLE: dict[type[Observation], Callable[[Any], tuple[str, str] | None]] = {}


def _renders(kind: type[T]) -> Callable[[Callable[[T], tuple[str, str] | None]], None]:
    """Register the word and text of one kind of observation; None leaves it out."""

    def enter(words: Callable[[T], tuple[str, str] | None]) -> None:
        _TABLE[kind] = words

    return enter


@_renders(Changed)
def _changed(seen: Changed) -> tuple[str, str]:
    if seen.state != "disconnected":
        return "call", seen.state
    message = f" ({seen.error_message})" if seen.error_message else ""
    return "call", f"ended: {seen.cause}{message}"


_OMITTED_VERBS = frozenset(
    ("SpeakSentence", "PlayAudio", "Pause", "Ring", "SendDtmf", "Redirect", "Forward", "Refer")
)
"""Verbs that the next line shows as speech, audio, webhook or dialling."""


@_renders(Started)
def _started(seen: Started) -> tuple[str, str] | None:
    if seen.verb in _OMITTED_VERBS:
        return None
    return "verb", f"{seen.verb} {seen.detail}".rstrip()


@_renders(Spoke)
def _spoke(seen: Spoke) -> tuple[str, str]:
    return "heard", f'"{seen.text}"'


@_renders(Played)
def _played(seen: Played) -> tuple[str, str]:
    return "heard", f"audio {shown_url(seen.url)} ({seen.seconds:g} s)"


@_renders(Waited)
def _waited(seen: Waited) -> tuple[str, str]:
    length = "" if seen.seconds is None else f" ({seen.seconds:g} s)"
    return "heard", f"{seen.sound}{length}"


@_renders(Toned)
def _toned(seen: Toned) -> tuple[str, str]:
    return "heard", f"tones {seen.digits} ({seen.seconds:g} s)"


_IGNORED = ", and nothing was listening"


@_renders(Pressed)
def _pressed(seen: Pressed) -> tuple[str, str]:
    return "pressed", f"{seen.digit}{'' if seen.taken else _IGNORED}"


@_renders(Said)
def _said(seen: Said) -> tuple[str, str]:
    return "said", f'"{seen.text}" ({seen.seconds:g} s){"" if seen.taken else _IGNORED}'


@_renders(Sent)
def _sent(seen: Sent) -> tuple[str, str]:
    return "sent", f"{seen.event.event_type} to {shown_url(seen.url)}"


_FETCHES = {"first": "", "repeat": ", repeated", "fallback": ", fallback", "audio": ", audio"}


@_renders(Fetched)
def _fetched(seen: Fetched) -> tuple[str, str]:
    got = f"{seen.status}, {len(seen.body)} bytes" if seen.failure is None else seen.failure
    late = f" after {seen.seconds:.1f} s" if seen.seconds >= 0.05 else ""  # noqa: PLR2004 - shown
    where = f"{seen.method} {shown_url(seen.url)}{_FETCHES[seen.attempt]}"
    return "fetched", f"{got}{late} ({where})"


@_renders(Rejected)
def _rejected(seen: Rejected) -> tuple[str, str]:
    return "wrong", f"{seen.text} ({shown_url(seen.url)})" if seen.url else seen.text


@_renders(Warned)
def _warned(seen: Warned) -> tuple[str, str]:
    return "warning", seen.text


@_renders(Transferring)
def _transferring(seen: Transferring) -> tuple[str, str]:
    return "dialled", f"{seen.to} as {seen.caller_id} ({seen.verb})"


@_renders(Joined)
def _joined(seen: Joined) -> tuple[str, str]:
    return "call", f"{'joined to' if seen.together else 'parted from'} {seen.other_id[:_SHORT]}"


@_renders(Conferenced)
def _conferenced(seen: Conferenced) -> tuple[str, str]:
    if not seen.entered:
        return "conference", f"left {seen.name}"
    hearing = "" if seen.hears else ", hears nothing"
    voice = "" if seen.is_heard else ", is not heard"
    return "conference", f"entered {seen.name}{hearing}{voice}"


@_renders(Recorded)
def _recorded(seen: Recorded) -> tuple[str, str]:
    length = f" after {round(seen.seconds, 2):g} s" if seen.change != "started" else ""
    return "recording", f"{seen.change}{length}"


@_renders(Detected)
def _detected(seen: Detected) -> tuple[str, str]:
    return "detected", seen.value


def line_of(seen: Observation) -> Line | None:
    """Return the line for people, None if the lines around it show the same."""
    words = _TABLE[type(seen)](seen)
    return None if words is None else Line(seen.at, seen.call_id, *words)


def lines(observations: Iterable[Observation]) -> list[Line]:
    """Return the lines of several observations."""
    return [line for seen in observations if (line := line_of(seen)) is not None]


def rendered(observations: Iterable[Observation]) -> str:
    """Return a timeline as text; seconds count from its first observation."""
    found = lines(observations)
    return "\n".join(line.render(found[0].at) for line in folded(found))


def _camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda found: found[1].upper(), name)


def json_line(seen: Observation) -> str:
    """Return the observation as one line of JSON for machines.

    ``kind`` is the class name with a small first letter, times are UTC, other names are those of
    the fields in lowerCamelCase. Webhooks are included as they are sent, of a reply only its number
    of bytes, and of URLs neither user nor query. All in ASCII.
    """
    name = type(seen).__name__
    body: dict[str, object] = {"kind": name[:1].lower() + name[1:]}
    for field in fields(seen):
        value = getattr(seen, field.name)
        key = "bytes" if isinstance(value, bytes) else _camel(field.name)
        body[key] = _SHOWN_AS.get(field.name, _plain)(value)
    return json.dumps(body, separators=(",", ":"))


def _plain(value: object) -> object:
    if isinstance(value, Event):
        return json.loads(value.to_json())
    if isinstance(value, datetime):
        return timestamp(value)
    return len(value) if isinstance(value, bytes) else value


def _url(value: object) -> object:
    return shown_url(value) if isinstance(value, str) and value else None


_SHOWN_AS: Mapping[str, Callable[[object], object]] = {"url": _url}
