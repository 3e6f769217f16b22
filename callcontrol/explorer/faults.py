"""What can be wrong with an application, as kinds with their meaning, and as findings."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bxml import Problem
from bxml._wording import visible_lines, visible_text
from bxml.errors import Severity

__all__ = ["KINDS", "Fault", "Kind"]


@dataclass(frozen=True, slots=True)
class Kind:
    """One way to be wrong."""

    id: str
    severity: Severity
    text: str
    """What it means for the caller."""
    advice: str
    """What to do about it."""


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
            "A webhook gets no reply: nobody listens there, the connection breaks, it takes too "
            "long, or the address is not one of the application's own.",
            "correct the URL, or name the host with --reach if it may be called",
        ),
        Kind(
            "call-failed",
            "error",
            "The platform gives the call up, for instance because a sound file is missing.",
            "the reason says what is missing",
        ),
        Kind(
            "dead-end",
            "error",
            "After something that the caller did, the line goes dead without a word.",
            "say something, ask again, or end the call with Hangup if that is meant",
        ),
        Kind(
            "no-timeout-path",
            "error",
            "A caller who does not react to a prompt is cut off without a word.",
            "set gatherUrl and answer empty digits, or say goodbye after the Gather",
        ),
        Kind(
            "unanswered-transfer",
            "error",
            "When nobody takes a transferred call, the line goes dead without a word.",
            "set transferCompleteUrl, or say something after the Transfer",
        ),
        Kind(
            "loop-without-exit",
            "error",
            "Whatever the caller does but hang up, the same comes again, for ever.",
            "let a key, or the number of rounds, lead out of it",
        ),
        Kind(
            "not-explored",
            "error",
            "Part of the application could not be tried, because the same steps lead elsewhere in "
            "each call.",
            "name what changes with --ignore, or let it be the same in a test",
        ),
        Kind(
            "endless-prompt",
            "warning",
            "A caller who does not react is asked for ever, and the call is never over.",
            "count the rounds and say goodbye after some",
        ),
        Kind(
            "slow-reply",
            "warning",
            "The caller hears nothing while the application thinks.",
            "reply at once and do the work elsewhere; the platform waits 15 seconds at most",
        ),
        Kind(
            "bxml-warning",
            "warning",
            "A reply works, but hardly as it is meant.",
            "run bxml explain RULE for the reason",
        ),
        Kind(
            "never-reached",
            "warning",
            "No way through the call leads to a branch of the application's code.",
            "remove it, or let a document lead there; codes to type need --entry",
        ),
        Kind(
            "not-simulated",
            "warning",
            "The call asks for something that is not simulated, so what follows is unknown.",
            "test it on the platform itself",
        ),
    )
}
"""Every kind of fault by id, the gravest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that is wrong with the application, and how to hear it."""

    kind: str
    """One of ``KINDS``."""
    text: str
    """``where: expected X, got Y``."""
    script: str | None = None
    """The shortest way that shows it, for ``callcontrol dial --script``; None for code that no way
    leads to."""
    ways: int = 1
    """How many ways show it, as far as they were tried."""
    problems: tuple[Problem, ...] = ()
    """What is wrong with the document, with rule, line and column."""
    cause: str = field(default="", repr=False)
    """What makes it the same as another; empty if its text does."""
    document: bytes = field(default=b"", repr=False)
    """The reply that is to blame, if one is."""

    @property
    def severity(self) -> Severity:
        """``error``: a caller is cut off or stuck. ``warning``: probably a mistake."""
        return KINDS[self.kind].severity

    @property
    def advice(self) -> str:
        """What to do about it."""
        rule = self.problems[0].rule if self.problems else "RULE"
        return KINDS[self.kind].advice.replace("RULE", rule)

    def __str__(self) -> str:
        shown = f" ({self.ways} ways)" if self.ways > 1 else ""
        how = f'\n  --script "{self.script}"{shown}' if self.script is not None else ""
        return visible_lines(f"{self.severity}: {visible_text(self.text)} [{self.kind}]{how}")
