"""Every problem of a document at once, with the reason and the place."""

import re
from collections.abc import Iterable, Iterator
from hashlib import blake2b

from bxml._diagnostics import document_flaws, element_flaws, unread
from bxml._once import FIRST_IMPORT
from bxml._reading.decode import Source, Undecodable, decode
from bxml._reading.frames import RawProblem
from bxml._reading.invariants import invariant_flaws
from bxml._reading.positions import Positions, undecodable
from bxml._reading.reader import Reader
from bxml._wording import did_you_mean, quoted
from bxml.documents import Document
from bxml.errors import Problem, ValidationError
from bxml.rules import CONTEXTS, OFF, RULES
from bxml.rules.text import may_break_text_rules

Fingerprint = tuple[bytes, str | None, frozenset[str]]

LIMIT = 4096
"""Fingerprints that are kept; each takes about a hundred bytes."""

_WORDS = re.compile(
    r">[ \t\r\n]*[^ \t\r\n<>&\x00-\x1f\x7f-\x9f\ufffe\uffff]"
    r"[^<>&\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]*</SpeakSentence>"
)
_clean: set[Fingerprint] = set()


def fingerprint(text: str, context: str | None, skipped: frozenset[str]) -> Fingerprint | None:
    """Return what identifies the document but for its words.

    None where words may be markup, or break a rule themselves.
    """
    if "<!" in text or may_break_text_rules(text):
        return None
    shape = _WORDS.sub(">~</SpeakSentence>", text)
    return blake2b(shape.encode(), digest_size=16).digest(), context, skipped


def is_clean(found: Fingerprint | None) -> bool:
    """Return whether a document of this shape was found clean before."""
    return found in _clean


def remember(found: Fingerprint | None) -> None:
    """Cache that a document of this shape is clean."""
    if found is None:
        return
    if len(_clean) >= LIMIT:
        _clean.clear()
    _clean.add(found)


def check(
    source: Source | Document,
    *,
    context: str | None = None,
    disable: Iterable[str] = (),
    enable: Iterable[str] = (),
) -> list[Problem]:
    """Return every problem of ``source``, in document order; an empty list for none.

    ``source`` is XML as text or bytes, a path, an open file, or a document made in Python.
    ``context`` is where the document will be used, such as ``"call-update"`` for a pushed one or
    ``"conference-webhook-reply"``; some rules hold in one context only. ``disable`` takes ids of
    inferred rules and of warnings, ``enable`` ids of rules that are off because a document alone
    cannot prove them.

    :raises ValidationError: for an unknown context or rule id.
    :raises OSError: for a path that cannot be read.
    """
    skipped = _skipped(context, disable, enable)
    if isinstance(source, Document):
        with FIRST_IMPORT:
            from bxml._diagnostics import rule_problems, written

        return [*written(source)[1], *rule_problems(source, context, skipped)]
    try:
        text = decode(source)
    except Undecodable as refused:
        return [undecodable(refused)]
    found = fingerprint(text.characters, context, skipped)
    if is_clean(found) and text.encoding is None:
        return []
    body = text.characters.encode()
    reader = Reader()
    reader.read(body)
    flaws = _flaws(reader, context, text.encoding)
    kept = [flaw for flaw in flaws if flaw.rule not in skipped]
    if not kept:
        remember(found)
        return []
    positions = Positions(body, reader.frames)
    kept.sort(key=positions.offset)
    return [positions.problem(flaw) for flaw in kept]


def _flaws(reader: Reader, context: str | None, foreign: str | None) -> Iterator[RawProblem]:
    if foreign is not None:
        finding = f"expected UTF-8, got {foreign}"
        hint = "save the document as UTF-8"
        yield RawProblem("encoding-not-utf-8", None, finding, hint, severity="warning")
    yield from reader.flaws
    yield from invariant_flaws(reader.frames, reader.flaws)
    empty = unread(reader.flaws)
    yield from element_flaws(reader.frames, empty)
    if isinstance(reader.root, Document):
        yield from document_flaws(reader.root, reader.frames, context, empty)


def _skipped(context: str | None, disable: Iterable[str], enable: Iterable[str]) -> frozenset[str]:
    """Return the ids of rules that stay silent.

    :raises ValidationError: for senseless ids.
    """
    if not disable and not enable and (context is None or _is_known(context)):
        return OFF
    arguments: dict[str, object] = {"disable": disable, "enable": enable}
    for name, given in arguments.items():
        if isinstance(given, str) or not isinstance(given, Iterable):
            finding = f"expected a list of rule ids, got {quoted(given)}"
            raise ValidationError([Problem.at(f"check.{name}", "value-not-in-enum", finding)])
    disabled, enabled = list(disable), frozenset(enable)
    problems: list[Problem] = []
    if context is not None and not _is_known(context):
        problems.append(_unknown("check.context", "a context", context, tuple(CONTEXTS)))
    for name, ids in (("disable", disabled), ("enable", list(enabled))):
        problems += [
            _unknown(f"check.{name}", "a rule id", id_, tuple(RULES))
            for id_ in ids
            if id_ not in RULES
        ]
    for each in disabled:
        if each in RULES and not RULES[each].can_be_disabled:
            finding = f"expected an inferred rule or a warning, got {each!r}"
            hint = "the platform refuses documents that break it"
            problems.append(Problem.at("check.disable", "value-not-in-enum", finding, hint=hint))
    if problems:
        raise ValidationError(problems)
    return (OFF - enabled) | frozenset(disabled)


def _is_known(context: object) -> bool:
    return isinstance(context, str) and context in CONTEXTS


def _unknown(where: str, what: str, got: object, known: tuple[str, ...]) -> Problem:
    hint = did_you_mean(got, known) if isinstance(got, str) else None
    hint = hint or (f"one of {', '.join(known)}" if what == "a context" else None)
    finding = f"expected {what}, got {quoted(got)}"
    return Problem.at(where, "value-not-in-enum", finding, hint=hint)
