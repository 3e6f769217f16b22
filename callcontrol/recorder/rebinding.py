"""Which real value of a new reply stands where the recording has a made-up one.

A recording has no real values, so that the numbers and secrets in the reply of the application as
it is now have to get the made-up ones that they got then. Where the new reply reads like the
recorded one, the place tells; for the rest it is the order of first appearance, as it was then.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from callcontrol.recorder.matching import matching_pairs
from callcontrol.recorder.pseudonyms import SECRET, Pseudonyms, Substitution

__all__ = ["FoundValue", "bind_new_values", "made_up_in"]

_NUMBER = r"(?<![0-9])(?:1[ .\-]?)?\(?[2-9][0-9]{2}\)?[ .\-]?555[ .\-]?01[0-9]{2}(?![0-9])"
_MADE_UP = re.compile(rf"(?P<number>{_NUMBER})|(?P<secret>{SECRET.pattern})")
_WORD = re.compile(r"[^<>\"\s]+|[<>\"]")
_NATIONAL = 10


@dataclass(frozen=True, slots=True)
class FoundValue:
    """A made-up value in a text."""

    kind: str
    value: str


def made_up_in(text: str) -> Iterator[FoundValue]:
    """Yield the made-up values in a text, in order."""
    return (_found(each) for each in _MADE_UP.finditer(text))


def _found(found: re.Match[str]) -> FoundValue:
    if found["secret"] is not None:
        return FoundValue("secret", found["secret"])
    digits = re.sub("[^0-9]", "", found["number"])
    return FoundValue("number", f"1{digits}" if len(digits) == _NATIONAL else digits)


def bind_new_values(
    ledger: Pseudonyms, recorded: str, draft: str, drafted: Pseudonyms, known: set[FoundValue]
) -> None:
    """Bind real values that are new in a reply to the made-up ones that are new in the recorded.

    ``draft`` is the new reply, masked by ``drafted``, a copy of the ledger; ``known`` are the
    made-up values that the application has been sent.
    """
    there = dict.fromkeys(made_up_in(draft))
    new = [each for each in there if _is_new(each, ledger, drafted)]
    if not new:
        return
    fresh = set(new)
    free = [
        fromkey
        for fromkey in dict.fromkeys(made_up_in(recorded))
        if (fromkey in fresh or (fromkey not in known and fromkey not in there))
        and fromkey.value not in _masks(ledger, fromkey).originals
    ]
    pairs = dict(_by_place(recorded, draft, set(free), fresh))
    placed = set(pairs.values())
    left = {
        kind: iter([each for each in free if each.kind == kind and each not in placed])
        for kind in ("number", "secret")
    }
    for each in new:
        match = pairs.get(each) or next(left[each.kind], None)
        if match is not None:
            _bind(ledger, drafted, each, match)


def _masks(ledger: Pseudonyms, found: FoundValue) -> Substitution:
    return ledger.numbers if found.kind == "number" else ledger.secrets


def _is_new(found: FoundValue, ledger: Pseudonyms, drafted: Pseudonyms) -> bool:
    before, after = _masks(ledger, found).originals, _masks(drafted, found).originals
    return found.value in after and found.value not in before


def _bind(ledger: Pseudonyms, drafted: Pseudonyms, draft: FoundValue, recorded: FoundValue) -> None:
    original = _masks(drafted, draft).originals[draft.value]
    _masks(ledger, recorded).bind(original, recorded.value)


def _by_place(
    recorded: str, draft: str, free: set[FoundValue], new: set[FoundValue]
) -> Iterator[tuple[FoundValue, FoundValue]]:
    """Yield new values and those that stand at the same place, each at most once."""
    old_tokens, new_tokens = _tokens(recorded, free), _tokens(draft, new)
    old_shapes, new_shapes = list(map(_shape, old_tokens)), list(map(_shape, new_tokens))
    used: set[FoundValue] = set()
    for i, j in matching_pairs(old_shapes, new_shapes):
        old, fresh = old_tokens[i], new_tokens[j]
        if (
            isinstance(old, FoundValue)
            and isinstance(fresh, FoundValue)
            and not used & {old, fresh}
        ):
            used |= {old, fresh}
            yield fresh, old


def _tokens(text: str, wanted: set[FoundValue]) -> list[str | FoundValue]:
    """Return the words of a text, and what is wanted as it was found."""
    tokens: list[str | FoundValue] = []
    done = 0
    for each in _MADE_UP.finditer(text):
        found = _found(each)
        if found in wanted:
            tokens += [*_WORD.findall(text[done : each.start()]), found]
            done = each.end()
    return [*tokens, *_WORD.findall(text[done:])]


def _shape(token: str | FoundValue) -> str:
    return token if isinstance(token, str) else f"\0{token.kind}"
