"""Faults of an application, and the kinds of fault with their meaning."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bxml._wording import visible_lines, visible_text
from bxml.errors import Problem, Severity


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of fault."""

    id: str
    severity: Severity
    text: str
    """The effect on the caller."""
    advice: str
    """The advice: a change that mends it."""


KINDS: Mapping[str, Kind] = {
    kind.id: kind
    for kind in (
        Kind(
            "invalid-bxml",
            "error",
            "A reply is not valid BXML, so the platform ends the call.",
            "run bxml explain RULE for the reason",
        ),
        Kind(
            "server-error",
            "error",
            "A webhook is answered with a status other than 200 to 299.",
            "answer every webhook, also those that only report; 204 will do for these",
        ),
        Kind(
            "no-reply",
            "error",
            "A webhook gets no reply: nothing listens at the address, the connection breaks, the "
            "reply takes too long, or the host is not the application's own.",
            "correct the URL, or name the host with --reach if it may be called",
        ),
        Kind(
            "call-failed",
            "error",
            "The platform ends the call with an error, for instance for a missing sound file.",
            "the reason says what is missing",
        ),
        Kind(
            "dead-end",
            "error",
            "After an action of the caller, the call ends in silence.",
            "say something, ask again, or end the call with Hangup if that is intended",
        ),
        Kind(
            "no-timeout-path",
            "error",
            "If the caller does not react to a prompt, the call ends in silence.",
            "set gatherUrl and answer empty digits, or say goodbye after the Gather",
        ),
        Kind(
            "unanswered-transfer",
            "error",
            "If a transfer is not answered, the call ends in silence.",
            "set transferCompleteUrl, or say something after the Transfer",
        ),
        Kind(
            "never-joined",
            "error",
            "A callee answers a transfer, and an empty document ends the leg before the parties "
            "are joined.",
            "accept with a verb such as SpeakSentence or Pause: the parties are joined after it",
        ),
        Kind(
            "refused-transfer",
            "error",
            "If a callee refuses before the parties are joined, the caller is cut off in silence.",
            "the cause is hangup as after a conversation: keep which calls were accepted, and say "
            "something to the others",
        ),
        Kind(
            "loop-without-exit",
            "error",
            "Every action except hanging up leads back to the same states.",
            "let a key, or the number of rounds, lead out of the loop",
        ),
        Kind(
            "not-explored",
            "error",
            "Part of the application could not be explored, because the same steps lead to "
            "different states in different calls.",
            "name what changes with --ignore, or keep it constant in a test",
        ),
        Kind(
            "endless-prompt",
            "warning",
            "A prompt repeats endlessly while the caller does not react, and the call never ends.",
            "count the rounds, and end the call after a few",
        ),
        Kind(
            "slow-reply",
            "warning",
            "The caller hears silence while the application prepares a reply.",
            "reply at once and do the work elsewhere; the platform waits 15 seconds at most",
        ),
        Kind(
            "bxml-warning",
            "warning",
            "A reply is valid, but probably does not do what is intended.",
            "run bxml explain RULE for the reason",
        ),
        Kind(
            "media-type",
            "warning",
            "A document is sent with the Content-Type of something else.",
            "send it as application/xml",
        ),
        Kind(
            "never-reached",
            "warning",
            "No path through the call reaches a branch of the application's code.",
            "remove it, or let a document lead to it; codes need --entry, spoken words --say",
        ),
        Kind(
            "not-simulated",
            "warning",
            "The call uses a feature that is not simulated, so what follows is unknown.",
            "test it on the platform itself",
        ),
    )
}
"""Every kind of fault by id, the most severe first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault of the application, and a script that reproduces it."""

    kind: str
    """One of ``KINDS``."""
    text: str
    """Where and what, in one line."""
    script: str | None = None
    """The shortest path to it, for ``callcontrol dial --script``; None for code that no path
    reaches."""
    ways: int = 1
    """On how many of the explored paths it was found."""
    problems: tuple[Problem, ...] = ()
    """Problems of the document, with rule, line and column."""
    cause: str = field(default="", repr=False)
    """Equal for occurrences of one fault; empty if equal texts decide."""
    hint: str = field(default="", repr=False)
    """Advice for this very fault; empty if that of its kind fits."""
    document: bytes = field(default=b"", repr=False)
    """The reply that has the problems, if there is one."""

    @property
    def severity(self) -> Severity:
        """``error``: a caller is disconnected or stuck. ``warning``: probably a mistake."""
        return KINDS[self.kind].severity

    @property
    def advice(self) -> str:
        """The advice: a change that mends it."""
        if self.hint:
            return self.hint
        rule = self.problems[0].rule if self.problems else "RULE"
        return KINDS[self.kind].advice.replace("RULE", rule)

    def __str__(self) -> str:
        shown = f" (on {self.ways} paths)" if self.ways > 1 else ""
        script = f'\n  --script "{self.script}"{shown}' if self.script is not None else ""
        return visible_lines(f"{self.severity}: {visible_text(self.text)} [{self.kind}]{script}")
