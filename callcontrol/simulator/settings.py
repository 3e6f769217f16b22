"""Settings of a simulator: account, limits and assumptions."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from hashlib import blake2b
from typing import Literal, get_args, get_origin

from callcontrol.simulator.errors import SimulatorError, expect_kind, expect_number

_SEED = os.urandom(32)


def _random_text(name: str) -> str:
    """Return a random text for ``name``: the same one in all threads of a process.

    A forked process has other texts.
    """
    text = f"{name} {os.getpid()}".encode()
    return f"sim-{blake2b(text, key=_SEED, digest_size=16).hexdigest()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The only account of a simulator, with its credentials.

    ``client_id``, ``client_secret`` and ``password`` are random and new in each process unless
    they are given, so that no other program on the machine, such as a page in a browser, can guess
    them. Read them from the simulator: ``simulator.client_id`` and so on.
    """

    account_id: str = "9900000"
    client_id: str = field(default_factory=partial(_random_text, "client_id"))
    client_secret: str = field(default_factory=partial(_random_text, "client_secret"), repr=False)
    username: str = "simulator-user"
    """For Basic authentication, which the platform ends on 2026-12-02."""
    password: str = field(default_factory=partial(_random_text, "password"), repr=False)
    forbidden_username: str = "simulator-forbidden"
    """An API user with the same password who has no role of voice: valid, but always a 403."""
    application_ids: frozenset[str] | None = None
    """Voice applications that exist; None accepts any id."""

    def __post_init__(self) -> None:
        if not self.account_id.isalnum():
            raise SimulatorError("Account.account_id: expected letters and digits")
        for name in ("client_id", "username", "forbidden_username"):
            value: str = getattr(self, name)
            if not value or ":" in value:
                raise SimulatorError(f"Account.{name}: expected a text without a colon")
        if self.username == self.forbidden_username:
            raise SimulatorError("Account.forbidden_username: expected another than the username")
        for name, value in (("client_secret", self.client_secret), ("password", self.password)):
            if not value:
                raise SimulatorError(f"Account.{name}: expected a text, got an empty one")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits of the account, and of what is kept of ended calls.

    The defaults of the account are the vendor's (voice/rateLimits).
    """

    calls_per_second: float = 5
    """Outbound calls that leave the queue per second of virtual time."""
    active_calls: int | None = 100
    """Calls initiated or answered at once; None is no limit."""
    queue_seconds: float = 300
    """Capacity of the queue in seconds of dialling: 1500 calls at 5 per second."""
    ended_calls: int | None = 10_000
    """Ended calls, and finished recordings, that can still be read; the oldest are dropped first,
    and calls seven days after their end as on the platform. None keeps them all until then."""

    def __post_init__(self) -> None:
        expect_number("Limits.calls_per_second", self.calls_per_second, 0.001)
        expect_number("Limits.queue_seconds", self.queue_seconds, 0)
        if self.active_calls is not None:
            expect_number("Limits.active_calls", self.active_calls, 0)
        if self.ended_calls is not None:
            expect_number("Limits.ended_calls", self.ended_calls, 1)

    @property
    def queue_capacity(self) -> int:
        """Calls that fit into the queue."""
        return int(self.calls_per_second * self.queue_seconds)


ANSWERING_VERBS = (
    *("SpeakSentence", "PlayAudio", "Gather", "Record", "StartRecording", "SendDtmf", "Pause"),
    *("Ring", "Transfer", "Bridge", "Conference", "StartStream", "StartTranscription"),
    *("StartGather", "Connect"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """Behaviour the vendor does not document; every default is our reading.

    docs/simulator.md says which rule each option belongs to.
    """

    # REST
    conflict_seconds: float = 60
    """An update of an ended call is a 409 for this long after its end, then a 404."""
    completed_after_end: Literal["accept", "refuse"] = "accept"
    """Whether the state completed is a 200 without effect while an ended call is a 409; the
    vendor's own live tests expect it."""
    ignore_unknown_names: bool = False
    """Accept unknown JSON keys and query parameters; refused by default, because they are
    misspelt more often than new."""
    update_unanswered: bool = False
    """Whether an inbound call that runs BXML unanswered can be redirected and given BXML."""

    # dialling
    ring_delay: float = 0
    """Seconds from dialling until the far end rings."""
    answering_verbs: frozenset[str] = frozenset(ANSWERING_VERBS)
    """Verbs that answer an inbound call; Ring only without ``answerCall="false"``."""
    reject_cause: Literal["hangup", "rejected"] = "hangup"
    """Cause of an inbound call that a Hangup verb ends before it is answered."""

    # webhooks
    basic: Literal["challenge", "preemptive"] = "challenge"
    """Send credentials only when asked with 401 and WWW-Authenticate, or from the first try."""
    repeat_lost_connections: bool = True
    """Whether a webhook goes to the same URL once more if the connection failed."""
    follow_redirects: bool = False
    """Whether a reply with status 3xx is followed; otherwise it counts as a failure."""
    empty_reply: Literal["hangup", "callback-error"] = "hangup"
    """Effect of a reply without a body."""
    relative_urls_in_updates: Literal["refuse", "last-document"] = "refuse"
    """Relative URLs of a pushed document end the call, or resolve against the last fetched one."""
    unknown_attributes: Literal["ignore", "refuse"] = "ignore"
    """Unknown attributes: a warning, or invalid BXML."""
    documents_per_instant: int = 100
    """Documents a leg may fetch without any time passing, before this counts as a loop."""

    # time
    seconds_per_character: float = 0.06
    """Seconds of speech per character of text."""
    shortest_speech: float = 0.5
    """Shortest time of a spoken text in seconds."""
    audio_seconds: float = 5
    """Seconds of an audio file that cannot be measured."""
    recording_delay: float = 2
    """Seconds from the end of a recording to recordingAvailable."""
    transcription_delay: float = 5
    """Seconds from recordingAvailable to transcriptionAvailable."""

    # verbs
    unplayable_audio: Literal["end", "skip"] = "end"
    """Effect of an audio file that cannot be fetched or played."""
    early_keys: Literal["lost", "kept"] = "lost"
    """Whether keys that no verb waits for are kept for the next Gather."""
    restart_gather: Literal["replace", "ignore"] = "replace"
    """Effect of a second StartGather."""
    speech_interrupts_prompts: bool = True
    """Whether speech stops the prompts of a Gather that listens for it; otherwise speech during
    the prompts is lost."""
    speech_end_seconds: float = 1
    """Seconds of silence that end speech in a Gather."""
    speech_timeout: Literal["before", "after"] = "before"
    """Whether speechTimeout is the wait for speech, or the silence that ends it."""
    words_per_partial_result: int = 3
    """Words after which a partialgather event goes out; 0 sends none."""
    text_without_speech: Literal["absent", "empty"] = "absent"
    """The field text of a Gather that listens for speech and hears none."""
    legs_inherit_tag: bool = True
    """Whether the leg of a Transfer without a tag of its own starts with that of the call."""
    bridge_steals: bool = False
    """Whether a Bridge to a bridged call ends the other bridge; it fails by default."""
    conference_members: int = 20
    """Most calls in a conference."""
    conference_seconds: float = 86_400
    """Longest time of a conference in seconds."""
    tones_detected: bool = False
    """Whether a tone is reported as tone-detected; needs enabling on the account."""

    def __post_init__(self) -> None:
        for name, low in _NUMBERS.items():
            expect_number(f"Assumptions.{name}", getattr(self, name), low)
        for name, words in _WORDS.items():
            value = getattr(self, name)
            if value not in words:
                listed = ", ".join(words)
                raise SimulatorError(f"Assumptions.{name}: expected one of {listed}, got {value!r}")


_NUMBERS: Mapping[str, float] = {
    **dict.fromkeys(("conflict_seconds", "ring_delay", "seconds_per_character"), 0),
    **dict.fromkeys(("shortest_speech", "audio_seconds", "speech_end_seconds"), 0),
    "words_per_partial_result": 0,
    **dict.fromkeys(("recording_delay", "transcription_delay", "conference_seconds"), 0),
    **dict.fromkeys(("documents_per_instant", "conference_members"), 1),
}
_TYPES: Mapping[str, object] = Assumptions.__annotations__
_WORDS: Mapping[str, tuple[str, ...]] = {
    name: get_args(words) for name, words in _TYPES.items() if get_origin(words) is Literal
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorSettings:
    """All settings of a simulator; see ``Simulator`` for their meaning."""

    account: Account
    limits: Limits
    assumptions: Assumptions
    auto_answer: bool
    token_lifetime: int
    seed: int
    real_wait: float = 2.0
    """Real seconds for which virtual time stands still while threads and sockets of an ASGI
    application are at work. Each time that they take longer halves it."""
    start: datetime | None = None
    """When virtual time begins; None for noon on 1 January 2026, UTC."""

    def __post_init__(self) -> None:
        expect_number("Simulator.token_lifetime", self.token_lifetime, 1)
        expect_number("Simulator.real_wait", self.real_wait, 0)
        if self.start is not None:
            expect_kind("Simulator.start", self.start, datetime, "a datetime with a time zone")
            if self.start.utcoffset() is None:
                text = "expected a datetime with a time zone, got one without"
                raise SimulatorError(f"Simulator.start: {text}")
