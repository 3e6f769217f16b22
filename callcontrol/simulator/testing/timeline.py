"""Timelines for people and machines: one line for each observation of the engine."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from textwrap import fill
from typing import Any, TypeVar

from bxml._wording import visible_text
from callcontrol._secret import is_secret
from callcontrol._urls import shown_url
from callcontrol.events import Event
from callcontrol.simulator.core.calls import Call
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
    Unjoined,
    Waited,
    Warned,
)

T = TypeVar("T", bound=Observation)

INDENT = 24
"""Columns of the time and the word before the text of a line."""

_SHORT = 12
"""Characters of a call id that distinguish calls."""
_MASK = "***"
_EVENT = re.compile(r"(?:^|&)eventType=.*", re.DOTALL)
"""The event in the query of a webhook that is sent by GET."""
_LIKE_A_KEY = re.compile(r"eyJ[\w\-]+\..*|(?=[^\d]*\d)(?=[^A-Za-z]*[A-Za-z])[A-Za-z0-9_%+/=]{32,}")
"""Values that look like a token, whatever their name."""


def traced_url(url: str) -> str:
    """Return a URL with its query, in which secrets are masked; without user and fragment.

    The fields of an event that GET sends are left out.
    """
    query = _EVENT.sub("", url.partition("#")[0].partition("?")[2])
    shown = "&".join(map(_masked, query.split("&")))
    return f"{shown_url(url)}?{shown}" if shown else shown_url(url)


def _masked(pair: str) -> str:
    name, sign, value = pair.partition("=")
    if not sign:
        return _MASK if _LIKE_A_KEY.fullmatch(name) else name
    return f"{name}={_MASK}" if is_secret(name) or _LIKE_A_KEY.fullmatch(value) else pair


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


Words = tuple[str, str] | None
"""The word and the text of a line; None for an observation without one."""

_TABLE: dict[type[Observation], Callable[[Any], Words]] = {}


def _render(kind: type[T], words: Callable[[T], Words]) -> None:
    """Register the words of one kind of observation."""
    _TABLE[kind] = words


def _changed(seen: Changed) -> Words:
    if seen.state != "disconnected":
        return "call", seen.state
    message = f" ({seen.error_message})" if seen.error_message else ""
    return "call", f"ended: {seen.cause}{message}"


_OMITTED_VERBS = frozenset(
    ("SpeakSentence", "PlayAudio", "Pause", "Ring", "SendDtmf", "Redirect", "Forward", "Refer")
)
"""Verbs that the next line shows as speech, audio, webhook or dialling."""


def _started(seen: Started) -> Words:
    if seen.verb in _OMITTED_VERBS:
        return None
    return "verb", f"{seen.verb} {seen.detail}".rstrip()


_FETCHES = {"first": "", "repeat": ", repeated", "fallback": ", fallback", "audio": ", audio"}


def _fetched(seen: Fetched) -> Words:
    got = f"{seen.status}, {len(seen.body)} bytes" if seen.failure is None else seen.failure
    late = f" after {seen.seconds:.1f} s" if seen.seconds >= 0.05 else ""  # noqa: PLR2004 - shown
    where = f"{seen.method} {traced_url(seen.url)}{_FETCHES[seen.attempt]}"
    return "fetched", f"{got}{late} ({where})"


def number_of(call: Call) -> str:
    """Return the number of the person on a leg."""
    return call.from_ if call.direction == "inbound" else call.to


def shortened(call_id: str) -> str:
    """Return the characters of a call id that distinguish calls."""
    return call_id[:_SHORT]


def _conferenced(seen: Conferenced) -> Words:
    if not seen.entered:
        return "conference", f"left {seen.name}"
    hearing = "" if seen.hears else ", hears nothing"
    voice = "" if seen.is_heard else ", is not heard"
    return "conference", f"entered {seen.name}{hearing}{voice}"


def _recorded(seen: Recorded) -> Words:
    length = f" after {round(seen.seconds, 2):g} s" if seen.change != "started" else ""
    return "recording", f"{seen.change}{length}"


def _joined(seen: Joined, name: Callable[[str], str]) -> Words:
    return "call", f"{'joined to' if seen.together else 'parted from'} {name(seen.other_id)}"


def _unjoined(seen: Unjoined, name: Callable[[str], str]) -> Words:
    why = ": an empty document hung up" if seen.is_empty else ""
    return "call", f"never joined to {name(seen.leg_id)}{why}"


def _length(seconds: float | None) -> str:
    return "" if seconds is None else f" ({seconds:g} s)"


def _ignored(*, taken: bool) -> str:
    return "" if taken else ", and nothing was listening"


_render(Changed, _changed)
_render(Started, _started)
_render(Spoke, lambda seen: ("heard", f'"{seen.text}"'))
_render(Played, lambda seen: ("heard", f"audio {traced_url(seen.url)}{_length(seen.seconds)}"))
_render(Waited, lambda seen: ("heard", f"{seen.sound}{_length(seen.seconds)}"))
_render(Toned, lambda seen: ("heard", f"tones {seen.digits}{_length(seen.seconds)}"))
_render(Pressed, lambda seen: ("pressed", f"{seen.digit}{_ignored(taken=seen.taken)}"))
_render(
    Said,
    lambda seen: ("said", f'"{seen.text}"{_length(seen.seconds)}{_ignored(taken=seen.taken)}'),
)
_render(Sent, lambda seen: ("sent", f"{seen.event.event_type} to {traced_url(seen.url)}"))
_render(Fetched, _fetched)
_render(
    Rejected,
    lambda seen: ("wrong", f"{seen.text} ({traced_url(seen.url)})" if seen.url else seen.text),
)
_render(Warned, lambda seen: ("warning", seen.text))
_render(Transferring, lambda seen: ("dialled", f"{seen.to} as {seen.caller_id} ({seen.verb})"))
_render(Conferenced, _conferenced)
_render(Recorded, _recorded)
_render(Detected, lambda seen: ("detected", seen.value))


def _words_of(seen: Observation, name: Callable[[str], str]) -> Words:
    if isinstance(seen, Joined):
        return _joined(seen, name)
    return _unjoined(seen, name) if isinstance(seen, Unjoined) else _TABLE[type(seen)](seen)


def line_of(seen: Observation, name: Callable[[str], str] = shortened) -> Line | None:
    """Return the line for people, None if the lines around it show the same.

    ``name`` returns what to call another leg, given its call id.
    """
    words = _words_of(seen, name)
    return None if words is None else Line(seen.at, seen.call_id, *words)


def lines(
    observations: Iterable[Observation], name: Callable[[str], str] = shortened
) -> list[Line]:
    """Return the lines of several observations."""
    return [line for seen in observations if (line := line_of(seen, name)) is not None]


def rendered(observations: Iterable[Observation], name: Callable[[str], str] = shortened) -> str:
    """Return a timeline as text; seconds count from its first observation."""
    found = lines(observations, name)
    return "\n".join(line.render(found[0].at) for line in folded(found))


def wrapped(timeline: str, width: int) -> str:
    """Return a timeline with lines of at most ``width`` columns, broken between words."""
    indent = " " * min(INDENT, width // 2)
    return "\n".join(
        fill(
            line,
            width,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
            replace_whitespace=False,
        )
        for line in timeline.splitlines()
    )


def _camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda found: found[1].upper(), name)


def json_line(seen: Observation) -> str:
    """Return the observation as one line of JSON for machines.

    ``kind`` is the class name with a small first letter, times are UTC, other names are those of
    the fields in lowerCamelCase. Webhooks are included as they are sent, of a reply only its number
    of bytes, and of URLs no user and no secret in the query. All in ASCII.
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
    return traced_url(value) if isinstance(value, str) and value else None


_SHOWN_AS: Mapping[str, Callable[[object], object]] = {"url": _url}
