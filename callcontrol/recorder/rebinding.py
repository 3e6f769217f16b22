"""Binds new values in a reply to the pseudonyms that the recording has for them.

A recording has no real values, so numbers and secrets in the new reply of the application must get
the pseudonyms that they got when it was recorded. Where the new reply reads like the recorded one,
the place decides; otherwise the order of first appearance does, as in the recording.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from callcontrol.recorder.matching import matching_pairs
from callcontrol.recorder.pseudonyms import SECRET, Pseudonyms, Substitution

_NUMBER = r"(?<![0-9])(?:1[ .\-]?)?\(?[2-9][0-9]{2}\)?[ .\-]?555[ .\-]?01[0-9]{2}(?![0-9])"
_PSEUDONYM = re.compile(rf"(?P<number>{_NUMBER})|(?P<secret>{SECRET.pattern})")
_WORD = re.compile(r"[^<>\"\s]+|[<>\"]")
_NATIONAL = 10


@dataclass(frozen=True, slots=True)
class FoundValue:
    """A pseudonym in a text."""

    kind: str
    value: str


def pseudonyms_in(text: str) -> Iterator[FoundValue]:
    """Yield the pseudonyms in a text, in order."""
    return map(_found, _PSEUDONYM.finditer(text))


def _found(match: re.Match[str]) -> FoundValue:
    if match["secret"] is not None:
        return FoundValue("secret", match["secret"])
    digits = re.sub("[^0-9]", "", match["number"])
    return FoundValue("number", f"1{digits}" if len(digits) == _NATIONAL else digits)


def table_of(pseudonyms: Pseudonyms, found: FoundValue) -> Substitution:
    """Return the table that a pseudonym belongs to."""
    return pseudonyms.numbers if found.kind == "number" else pseudonyms.secrets


def bind_new_values(
    pseudonyms: Pseudonyms, recorded: str, draft: str, drafted: Pseudonyms, sent: set[FoundValue]
) -> None:
    """Bind the values that are new in a reply to the pseudonyms that are new in the recorded one.

    ``draft`` is the new reply, redacted with ``drafted``, a copy of ``pseudonyms``; ``sent`` are
    the pseudonyms that the application was sent.
    """
    in_draft = dict.fromkeys(pseudonyms_in(draft))
    new = {found: None for found in in_draft if _is_new(found, pseudonyms, drafted)}
    if not new:
        return
    free = [
        found
        for found in dict.fromkeys(pseudonyms_in(recorded))
        if (found in new or (found not in sent and found not in in_draft))
        and found.value not in table_of(pseudonyms, found).by_pseudonym
    ]
    pairs = dict(_by_place(recorded, draft, set(free), set(new)))
    placed = set(pairs.values())
    left = {
        kind: iter([found for found in free if found.kind == kind and found not in placed])
        for kind in ("number", "secret")
    }
    for found in new:
        match = pairs.get(found) or next(left[found.kind], None)
        if match is not None:
            original = table_of(drafted, found).by_pseudonym[found.value]
            table_of(pseudonyms, match).bind(original, match.value)


def _is_new(found: FoundValue, pseudonyms: Pseudonyms, drafted: Pseudonyms) -> bool:
    before = table_of(pseudonyms, found).by_pseudonym
    after = table_of(drafted, found).by_pseudonym
    return found.value in after and found.value not in before


def _by_place(
    recorded: str, draft: str, free: set[FoundValue], new: set[FoundValue]
) -> Iterator[tuple[FoundValue, FoundValue]]:
    """Yield pairs of a new and a recorded pseudonym at the same place, each at most once."""
    old_tokens, new_tokens = _tokens(recorded, free), _tokens(draft, new)
    old_shapes, new_shapes = list(map(_shape, old_tokens)), list(map(_shape, new_tokens))
    used: set[FoundValue] = set()
    for i, j in matching_pairs(old_shapes, new_shapes):
        old, now = old_tokens[i], new_tokens[j]
        if isinstance(old, FoundValue) and isinstance(now, FoundValue) and not used & {old, now}:
            used |= {old, now}
            yield now, old


def _tokens(text: str, wanted: set[FoundValue]) -> list[str | FoundValue]:
    """Return the words of a text, and the wanted pseudonyms between them."""
    tokens: list[str | FoundValue] = []
    done = 0
    for match in _PSEUDONYM.finditer(text):
        found = _found(match)
        if found in wanted:
            tokens += [*_WORD.findall(text[done : match.start()]), found]
            done = match.end()
    return [*tokens, *_WORD.findall(text[done:])]


def _shape(token: str | FoundValue) -> str:
    return token if isinstance(token, str) else f"\0{token.kind}"
