"""Cross-field rules that one element value can break by itself, all of severity error.

Constructors enforce them, and ``check`` runs the same functions on documents that were read; each
function is passed the naming to use in its text: Python names or wire names.
"""

from collections.abc import Callable, Iterator, Mapping

from bxml._node import Node
from bxml._record import record
from bxml._types import PRIVACY_WORDS
from bxml._wording import quoted
from bxml.errors import Problem

Naming = Callable[[str], str]
"""Turns a Python attribute name into the one that the reader of the message knows."""


@record
class Violation:
    """A finding of an invariant: the attribute to blame, the text and the advice."""

    attribute: str | None
    """Python name of the attribute or field to blame; None blames the element."""
    text: str
    hint: str | None = None
    node: Node | None = None
    """Element to blame when it is not the one that was looked at."""


@record
class Invariant:
    """A cross-field rule of one element."""

    rule: str
    find: Callable[[Node, Naming], Iterator[Violation]]
    only_with: tuple[str, ...] = ()
    """Attributes without which the rule cannot be broken; none if it always has to be checked."""
    only_for: str | bool | None = None
    """The value with which alone they can break it; None for any."""


GATHER_PROMPTS = 20
"""Most prompts a Gather may play, repetitions included."""


def _gather_repeats(node: Node, name: Naming) -> Iterator[Violation]:
    repeats: int = getattr(node, "repeat_count") or 1  # noqa: B009 - the field of one subclass
    prompts = len(getattr(node, "children"))  # noqa: B009 - same
    if repeats > 1 and repeats * prompts > GATHER_PROMPTS:
        yield Violation(
            "repeat_count",
            f"expected {name('repeat_count')} times the number of nested verbs to be at most "
            f"{GATHER_PROMPTS}, got {repeats} x {prompts} = {repeats * prompts}",
        )


def _display_name(attribute: str) -> Callable[[Node, Naming], Iterator[Violation]]:
    def find(node: Node, name: Naming) -> Iterator[Violation]:
        value = getattr(node, attribute)
        if getattr(node, "privacy") is True and value is not None and value not in PRIVACY_WORDS:  # noqa: B009
            yield Violation(
                attribute,
                f"expected one of {', '.join(PRIVACY_WORDS)} because {name('privacy')} is set, "
                f"got {quoted(value)}",
            )

    return find


def _https(
    *pairs: tuple[tuple[str, str], tuple[str, ...]],
) -> Callable[[Node, Naming], Iterator[Violation]]:
    def find(node: Node, name: Naming) -> Iterator[Violation]:
        for credentials, urls in pairs:
            given = [
                credential for credential in credentials if getattr(node, credential) is not None
            ]
            for url in urls if given else ():
                value = getattr(node, url)
                if value is not None and value[:7].lower() == "http://":
                    yield Violation(
                        url,
                        f"expected an https URL because {name(given[0])} is set, "
                        f"got {quoted(value)}",
                    )

    return find


_MAIN = ("username", "password")
_FALLBACK = ("fallback_username", "fallback_password")


def _refer_target(node: Node, name: Naming) -> Iterator[Violation]:
    for child in getattr(node, "children"):  # noqa: B009 - the field of one subclass
        held = [
            attribute
            for attribute in child.element.attributes
            if getattr(child, attribute.name) is not None
        ]
        if held:
            yield Violation(
                "children",
                f"expected a SipUri without attributes, got {name(held[0].name)}",
                "the attributes of SipUri belong to Transfer; remove them here",
                child,
            )


def _date_format(node: Node, name: Naming) -> Iterator[Violation]:
    if getattr(node, "interpret_as") == "date" and getattr(node, "format") is None:  # noqa: B009
        wanted = "interpret-as" if name("interpret_as") != "interpret_as" else "interpret_as"
        yield Violation(
            "format",
            f"expected a date format because {wanted} is 'date', got nothing",
            "give the order of the parts, such as 'mdy' for 11/23/2026",
        )


INVARIANTS: Mapping[str, tuple[Invariant, ...]] = {
    "Forward": (
        Invariant(
            "display-name-keyword-with-privacy",
            _display_name("caller_display_name"),
            ("privacy",),
            only_for=True,
        ),
    ),
    "Gather": (Invariant("gather-repeat-limit", _gather_repeats, ("repeat_count",)),),
    "Record": (
        Invariant(
            "record-credentials-need-https",
            _https(
                (
                    _MAIN,
                    (
                        "record_complete_url",
                        "recording_available_url",
                        "transcription_available_url",
                    ),
                ),
                (_FALLBACK, ("record_complete_fallback_url",)),
            ),
            (*_MAIN, *_FALLBACK),
        ),
    ),
    "Refer": (Invariant("refer-sip-uri-has-attributes", _refer_target),),
    "StartRecording": (
        Invariant(
            "start-recording-credentials-need-https",
            _https((_MAIN, ("recording_available_url", "transcription_available_url"))),
            _MAIN,
        ),
    ),
    "StartStream": (
        Invariant(
            "start-stream-credentials-need-https", _https((_MAIN, ("stream_event_url",))), _MAIN
        ),
    ),
    "StartTranscription": (
        Invariant(
            "start-transcription-credentials-need-https",
            _https((_MAIN, ("transcription_event_url",))),
            _MAIN,
        ),
    ),
    "Transfer": (
        Invariant(
            "transfer-display-name-keyword-with-privacy",
            _display_name("transfer_caller_display_name"),
            ("privacy",),
            only_for=True,
        ),
    ),
    "say-as": (
        Invariant("ssml-date-needs-format", _date_format, ("interpret_as",), only_for="date"),
    ),
}
"""Invariants by element name."""


def check_invariants(node: Node, problems: list[Problem] | None) -> list[Problem] | None:
    """Return the problems together with those of the invariants of this element.

    An attribute that has a problem already is not blamed again.
    """
    for invariant in INVARIANTS[node.element.name]:
        for violation in invariant.find(node, str):
            problems = _with_violation(node, problems or [], invariant.rule, violation)
    return problems


def _with_violation(
    node: Node, problems: list[Problem], rule: str, violation: Violation
) -> list[Problem]:
    owner = node.element.owner
    where = f"{owner}.{violation.attribute}" if violation.attribute else owner
    if where in {problem.path for problem in problems}:
        return problems
    return [*problems, Problem.at(where, rule, violation.text, hint=violation.hint)]
