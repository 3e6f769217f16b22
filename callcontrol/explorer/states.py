"""States of a call in which an action is possible, and how a state is recognized.

Two moments of calls are the same state if every call leg is at the same verb of the same document,
with the same webhooks to follow. Ids and times in documents are ignored: they differ in each call.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Literal

from bxml._node import Node
from bxml._verb import Verb
from bxml.verbs.audio import PlayAudio, SpeakSentence
from bxml.verbs.conference import Conference
from bxml.verbs.gather import Gather
from bxml.verbs.recording import Record
from callcontrol._urls import resolve
from callcontrol.explorer.actions import (
    HANG_UP,
    TIME,
    Action,
    as_callee,
    far_end_actions,
    gather_actions,
    key_actions,
    message_actions,
)
from callcontrol.explorer.normalization import normalize
from callcontrol.explorer.script_states import ScriptStates, ScriptWait
from callcontrol.phone.call_log import CallLog, Phone
from callcontrol.phone.script import Step
from callcontrol.simulator.core.engine import Engine
from callcontrol.simulator.core.leg import Leg
from callcontrol.simulator.core.script import FetchedDocument
from callcontrol.simulator.core.speech import speech_of
from callcontrol.simulator.core.verbs.listening import takes_speech

StateKind = Literal[
    "prompt",
    "message",
    "incoming",
    "ringing",
    "whisper",
    "talk",
    "conference",
    "stream",
    "hold",
    "goes on",
    "ended",
]
EXITS: frozenset[StateKind] = frozenset(
    ("message", "talk", "conference", "stream", "hold", "ended")
)
"""Kinds of state that a caller wants to reach, or that another program leads out of."""

HELLO = Action("speech", "says hello", (Step("say", "Hello?"),))


@dataclass(frozen=True, slots=True)
class State:
    """A state of a call."""

    key: str
    """A digest."""
    kind: StateKind
    title: str
    """The prompt that the caller hears, or the wait."""
    options: tuple[Action, ...] = ()
    """The possible actions."""
    document_url: str | None = None
    """The URL of the caller's document."""
    needs_words: bool = False
    """Whether a Gather listens for speech and there are no words to say."""
    text: str = field(default="", compare=False, repr=False)
    """The text that ``key`` is the digest of, to find how states differ."""

    @property
    def is_exit(self) -> bool:
        """Whether the caller has reached a person, a machine or the end."""
        return self.kind in EXITS


@dataclass(frozen=True, slots=True, kw_only=True)
class StateReader:
    """Reads the state of a call."""

    keys: str
    """Pressed at every prompt."""
    entries: Sequence[str]
    """Typed where more than one key is accepted."""
    words: Sequence[str] = ()
    """Said where a Gather listens for speech."""
    ignore: re.Pattern[str] | None = None
    """Ignored in documents when states are compared."""
    scripts: ScriptStates = field(default_factory=ScriptStates)
    """Of an application in this process: their waits are compared in place of their URLs."""

    def normalize(self, text: str) -> str:
        """Return a text without what is ignored when states are compared."""
        return normalize(self.scripts.without_addresses(text), self.ignore)

    def wait_of(self, call_id: str) -> ScriptWait | None:
        """Return where the script of a call waits, if one runs it."""
        return self.scripts.wait_of(call_id)

    def script_key(self, call_id: str) -> str:
        """Return where the script of a call waits, as a normalized text; empty without one."""
        wait = self.wait_of(call_id)
        return "" if wait is None else self.normalize(wait.key)

    def current_state(self, log: CallLog, engine: Engine, words: str) -> State:
        """Return the state of a call; ``words`` is what the caller heard last."""
        own = log.own
        phones = [phone for phone in log.phones.values() if phone.is_up]
        found = [(phone, engine.legs.get(phone.call_id)) for phone in phones]
        legs = {phone.call_id: leg for phone, leg in found if leg is not None}
        main = None if own is None else legs.get(own.call_id)
        if own is None or main is None:
            return self._ended_state(log, words)
        callee = None if log.callee is None else legs.get(log.callee.call_id)
        wait = self.wait_of(own.call_id)
        kind = _kind(log, main, callee, is_hold=wait is not None and wait.is_hold)
        options = (*self._caller_actions(own, main), *self._callee_actions(log, callee))
        if kind in ("prompt", "whisper", "message", "stream", "hold", "goes on"):
            options = (*options, TIME)
        if not own.rings:
            options = (*options, HANG_UP)
        keys = [
            self._leg_key("" if phone is own else self.normalize(phone.number), legs[phone.call_id])
            for phone in phones
            if phone.call_id in legs
        ]
        if wait is not None:
            keys.append((self.normalize(wait.key),))
        title = _title(kind, log, main, callee, words)
        url = None if main.script is None else main.script.url
        needs_words = not self.words and any(map(_listens, (main, callee)))
        return State(_digest(keys), kind, title, options, url, needs_words, repr(keys))

    def _ended_state(self, log: CallLog, words: str) -> State:
        heard = self.normalize(words)
        key = _digest("ended", log.cause, heard)
        return State(key, "ended", words or f"the end ({log.cause})", text=heard)

    def _leg_key(self, role: str, leg: Leg) -> tuple[object, ...]:
        call, script = leg.call, leg.script
        return (
            role,
            call.state,
            leg.context,
            self.normalize(call.tag or ""),
            leg.peer is None,
            leg.keys is None,
            leg.recorder is None,
            sorted((kind, self.normalize(name)) for kind, name in leg.media_streams),
            None if script is None else self._document_key(script, leg),
        )

    def _document_key(self, script: FetchedDocument, leg: Leg) -> tuple[object, ...]:
        at = leg.position if leg.is_busy else -1
        links = _links(script.document.verbs[leg.position :], script.url)
        return self.normalize(repr(script.document)), at, tuple(map(self.normalize, links))

    def _caller_actions(self, own: Phone, leg: Leg) -> Iterator[Action]:
        if own.rings:
            yield from far_end_actions("answer", "decline", "busy", "no answer", "voicemail")
            return
        verb = _verb(leg)
        if isinstance(verb, Gather) and leg.gathering:
            yield from gather_actions(verb, self.keys, self.entries, self.words)
        elif isinstance(verb, Record) and leg.is_busy:
            yield from message_actions(verb)
        elif leg.keys is not None:
            yield from key_actions(None, self.keys, ())
        if leg.listeners:
            yield HELLO

    def _callee_actions(self, log: CallLog, callee: Leg | None) -> Iterator[Action]:
        """Yield the actions of the person on the leg that was dialled last."""
        if callee is None:
            return
        if log.ringing is not None:
            yield from far_end_actions("answer", "decline", "busy", "no answer")
            return
        verb = _verb(callee)
        if isinstance(verb, Gather) and callee.gathering:
            actions = gather_actions(verb, self.keys, self.entries, self.words)
            yield from map(as_callee, actions)
        yield as_callee(HANG_UP)


def _digest(*values: object) -> str:
    return blake2b(repr(values).encode("utf-8", "replace"), digest_size=16).hexdigest()


def _links(verbs: Iterable[Node], base: str | None) -> Iterator[str]:
    """Yield the URLs of the webhooks that can follow."""
    for verb in verbs:
        for callback in verb.element.callbacks:
            url = getattr(verb, callback.url)
            if url is not None:
                yield resolve(base or "", url) or str(url)
        if verb.element.content.form == "children":
            yield from _links(getattr(verb, verb.element.content.name), base)


def _verb(leg: Leg) -> Verb | None:
    verbs = leg.script.document.verbs if leg.script is not None else ()
    return verbs[leg.position] if leg.position < len(verbs) else None


def _listens(leg: Leg | None) -> bool:
    """Return whether a Gather of a leg recognizes speech."""
    verb = None if leg is None or not leg.gathering else _verb(leg)
    return isinstance(verb, Gather) and takes_speech(verb)


def _kind(log: CallLog, leg: Leg, callee: Leg | None, *, is_hold: bool) -> StateKind:
    verb = _verb(leg)
    if log.ringing is not None:
        return "incoming" if log.ringing is log.own else "ringing"
    if callee is not None and callee.is_busy:
        return "whisper"
    if leg.gathering:
        return "prompt"
    if isinstance(verb, Record) and leg.is_busy:
        return "message"
    if isinstance(verb, Conference) and leg.is_busy:
        return "conference"
    is_talk = log.callee is not None or leg.bridged
    return "talk" if is_talk else "hold" if is_hold else _kind_of_wait(leg)


def _kind_of_wait(leg: Leg) -> StateKind:
    """Return whether the caller talks to the far end of a stream meanwhile."""
    is_two_way = any(stream.is_bidirectional for stream in leg.media_streams.values())
    return "stream" if is_two_way else "goes on"


def _title(kind: StateKind, log: CallLog, leg: Leg, callee: Leg | None, words: str) -> str:
    verb = _verb(leg)
    number = log.callee.number if log.callee is not None else "another call"
    whispered = _gather_text(None if callee is None else _verb(callee)) or words
    room = verb.name if isinstance(verb, Conference) else ""
    ringing = "" if log.ringing is None else log.ringing.number
    titles: Mapping[StateKind, str] = {
        "prompt": words or _gather_text(verb) or _awaited(verb),
        "whisper": f"{number}: {whispered}",
        "incoming": "this phone rings",
        "ringing": f"{words} ({ringing} rings)" if words else f"{ringing} rings",
        "talk": f"talks to {number}",
        "conference": f"{words} (conference {room})",
        "message": f"{words} (records)",
        "stream": f"{words} (talks over a stream)",
        "hold": f"{words} (waits for another program)",
    }
    return titles.get(kind, f"{words or _prompt_text(verb)} ...").strip()


def _awaited(verb: Verb | None) -> str:
    is_speech = isinstance(verb, Gather) and takes_speech(verb)
    return "waits for words" if is_speech else "waits for a key"


def _gather_text(verb: Verb | None) -> str:
    children = verb.children if isinstance(verb, Gather) else ()
    return " ".join(filter(None, map(_prompt_text, children)))


def _prompt_text(prompt: object) -> str:
    if isinstance(prompt, SpeakSentence):
        return speech_of(prompt).text
    return prompt.audio_uri if isinstance(prompt, PlayAudio) else ""
