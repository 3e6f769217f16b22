"""Moments of a call at which somebody can do something, and how to know one again.

Two moments are the same scene if every leg is at the same verb of the same document, with the same
webhooks to follow. Ids and times in documents do not count: each call has others.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal
from urllib.parse import urljoin

from bxml import Conference, Gather, PlayAudio, Record, SpeakSentence
from bxml._node import Node
from bxml._verb import Verb
from callcontrol.explorer.actions import (
    HANG_UP,
    TIME,
    Action,
    far_end,
    keys_of,
    of_callee,
    recorded,
)
from callcontrol.phone.log import CallLog, Phone
from callcontrol.phone.script import Step
from callcontrol.simulator.engine.engine import Engine
from callcontrol.simulator.engine.leg import Leg
from callcontrol.simulator.engine.scripts import Script
from callcontrol.simulator.engine.speech import speech_of

__all__ = ["Scene", "SceneKind", "look", "normal"]

SceneKind = Literal[
    "prompt", "message", "ringing", "whisper", "talk", "conference", "goes on", "ended"
]
EXITS: frozenset[SceneKind] = frozenset(("message", "talk", "conference", "ended"))
"""Scenes that a caller wants to get to."""

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_CHANGING = re.compile(
    rf"\b(?:[a-z]-[0-9a-f]{{8}}-)?{_UUID}\b|\b[0-9a-f]{{32}}\b"
    r"|\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?"
)
HELLO = Action("speech", "says hello", (Step("say", "Hello?"),))


@dataclass(frozen=True, slots=True)
class Scene:
    """A moment of a call."""

    key: str
    """What it is known by: a digest."""
    kind: SceneKind
    title: str
    """What happens in it, in a few words."""
    options: tuple[Action, ...] = ()
    """What can be done."""
    where: str | None = None
    """Where the document of the caller came from."""

    @property
    def is_exit(self) -> bool:
        """Whether the caller has arrived somewhere."""
        return self.kind in EXITS


def normal(text: str) -> str:
    """Return a text with ids and times replaced by numbers, in order of appearance."""
    found: dict[str, str] = {}
    return _CHANGING.sub(lambda each: found.setdefault(each[0], f"<{len(found) + 1}>"), text)


def look(log: CallLog, engine: Engine, keys: str, entries: Sequence[str], words: str) -> Scene:
    """Return the scene that a call is at; ``words`` is what the caller heard last."""
    own = log.own
    if own is None or log.ended:
        return _ending(log, words)
    up = [(phone, engine.legs.get(phone.call_id)) for phone in log.phones.values() if phone.is_up]
    legs = [(phone, leg) for phone, leg in up if leg is not None]
    key = _digest(*(_known_by("" if phone is own else phone.number, leg) for phone, leg in legs))
    main = next((leg for phone, leg in legs if phone is own), None)
    if main is None:  # the registry knows it already, the log not yet
        return _ending(log, words)
    callee = next((leg for phone, leg in legs if phone is log.callee), None)
    kind = _kind(log, main, callee)
    title = _title(kind, log, main, callee, words)
    options = (*_own_options(own, main, keys, entries), *_other_options(log, callee, keys, entries))
    if kind in ("prompt", "whisper", "message", "goes on"):
        options = (*options, TIME)
    if not own.rings:
        options = (*options, HANG_UP)
    return Scene(key, kind, title, options, main.script.url if main.script else None)


def _ending(log: CallLog, words: str) -> Scene:
    return Scene(
        _digest("ended", log.cause, normal(words)), "ended", words or f"the end ({log.cause})"
    )


def _digest(*known: object) -> str:
    return blake2b(repr(known).encode("utf-8", "replace"), digest_size=16).hexdigest()


def _known_by(role: str, leg: Leg) -> tuple[object, ...]:
    call, script = leg.call, leg.script
    return (
        role,
        call.state,
        leg.context,
        normal(call.tag or ""),
        leg.partner is None,
        leg.keys is None,
        leg.recorder is None,
        tuple(sorted(leg.feeds)),
        None if script is None else _document(script, leg),
    )


def _document(script: Script, leg: Leg) -> tuple[object, ...]:
    at = leg.position if leg.is_busy else -1
    links = _links(script.document.verbs[leg.position :], script.url)
    return normal(repr(script.document)), at, tuple(map(normal, links))


def _links(verbs: Iterable[Node], base: str | None) -> Iterator[str]:
    """Yield the addresses of the webhooks that can follow."""
    for verb in verbs:
        for callback in verb.element.callbacks:
            url = getattr(verb, callback.url)
            if url is not None:
                yield urljoin(base or "", str(url))
        if verb.element.content.form == "children":
            yield from _links(getattr(verb, verb.element.content.name), base)


def _verb(leg: Leg) -> Verb | None:
    verbs = leg.script.document.verbs if leg.script is not None else ()
    return verbs[leg.position] if leg.position < len(verbs) else None


def _kind(log: CallLog, leg: Leg, callee: Leg | None) -> SceneKind:
    verb = _verb(leg)
    if log.ringing is not None:
        return "ringing"
    if callee is not None and callee.is_busy:
        return "whisper"
    if leg.gathering:
        return "prompt"
    if isinstance(verb, Record) and leg.is_busy:
        return "message"
    if isinstance(verb, Conference) and leg.is_busy:
        return "conference"
    return "talk" if log.callee is not None or leg.bridged else "goes on"


def _title(kind: SceneKind, log: CallLog, leg: Leg, callee: Leg | None, words: str) -> str:
    verb = _verb(leg)
    number = log.callee.number if log.callee is not None else "another call"
    whispered = _prompted(None if callee is None else _verb(callee)) or words
    room = verb.name if isinstance(verb, Conference) else ""
    ringing = log.ringing if log.ringing is not log.own else None
    titles: Mapping[SceneKind, str] = {
        "prompt": _prompted(verb) or words or "waits for a key",
        "whisper": f"{number}: {whispered}",
        "ringing": f"{'this phone' if ringing is None else ringing.number} rings",
        "talk": f"talks to {number}",
        "conference": f"{words} (conference {room})",
        "message": f"{words} (records)",
    }
    return titles.get(kind, f"{words or _told(verb)} ...").strip()


def _prompted(verb: Verb | None) -> str:
    """Return what a Gather says."""
    children = verb.children if isinstance(verb, Gather) else ()
    return " ".join(filter(None, map(_told, children)))


def _told(prompt: object) -> str:
    if isinstance(prompt, SpeakSentence):
        return speech_of(prompt).text
    return prompt.audio_uri if isinstance(prompt, PlayAudio) else ""


def _own_options(own: Phone, leg: Leg, keys: str, entries: Sequence[str]) -> Iterator[Action]:
    if own.rings:
        yield from far_end("answer", "decline", "busy", "no answer", "voicemail")
        return
    verb = _verb(leg)
    if isinstance(verb, Gather) and leg.gathering:
        yield from keys_of(verb, keys, entries)
    elif isinstance(verb, Record) and leg.is_busy:
        yield from recorded(verb)
    elif leg.keys is not None:
        yield from keys_of(None, keys, ())
    if leg.ears:
        yield HELLO


def _other_options(
    log: CallLog, callee: Leg | None, keys: str, entries: Sequence[str]
) -> Iterator[Action]:
    """Yield what the person on the leg that was dialled last can do."""
    if callee is None:
        return
    if log.ringing is not None:
        yield from far_end("answer", "decline", "busy", "no answer")
        return
    verb = _verb(callee)
    if isinstance(verb, Gather) and callee.gathering:
        yield from map(of_callee, keys_of(verb, keys, entries))
    yield of_callee(HANG_UP)
