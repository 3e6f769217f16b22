"""Which items are the same ones in two sequences, short or long, and known values in texts."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from callcontrol.recorder import matching
from callcontrol.recorder.known_values import LONGEST, KnownValues
from callcontrol.recorder.matching import matching_pairs
from callcontrol.recorder.pseudonyms import Pseudonyms
from callcontrol.recorder.redaction import Redactor

items = st.lists(st.integers(0, 5), max_size=20)


@pytest.mark.parametrize("most_pairs", [0, 20, 10_000])
@given(before=items, after=items)
def test_pairs_are_equal_and_in_order(
    most_pairs: int, before: Sequence[int], after: Sequence[int]
) -> None:
    """Whatever the lengths from which sequences are parted, pairs never cross."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(matching, "MOST_PAIRS", most_pairs)
        pairs = list(matching_pairs(before, after))
    assert all(before[i] == after[j] for i, j in pairs)
    assert all(i < k and j < m for (i, j), (k, m) in pairwise(pairs))


@given(st.lists(st.integers(), unique=True, max_size=30), st.data())
def test_what_is_left_out_or_put_in_does_not_matter(before: list[int], data: st.DataObject) -> None:
    """Of a sequence of different items every one that is still there is found again."""
    kept = data.draw(st.lists(st.booleans(), min_size=len(before), max_size=len(before)))
    after = [item for item, stays in zip(before, kept, strict=True) if stays]
    assert [before[i] for i, _ in matching_pairs(before, after)] == after
    assert list(matching_pairs(before, before)) == [(i, i) for i in range(len(before))]


def test_long_sequences_are_parted_at_what_both_have_once() -> None:
    """A thousand equal items on both sides do not hide the one that moved."""
    before = ["a"] * 400 + ["once"] + ["b"] * 400
    after = ["c"] * 500 + ["once"] + ["d"] * 300
    assert list(matching_pairs(before, after)) == [(400, 500)]


values = st.text("ab1", min_size=8, max_size=100)


@given(st.lists(values, max_size=6), st.text("ab1 ", max_size=300), st.data())
@example(["a" * 70, "a" * 70 + "b"], "a" * 71, None)
def test_no_known_value_is_left(known: list[str], text: str, data: st.DataObject | None) -> None:
    """No value that is known can be found in the text afterwards; the rest stays as it is."""
    finder = KnownValues(8)
    for value in known:
        finder.add(value)
    if data is not None and known:
        text += data.draw(st.sampled_from(known)) + " end"
    found = finder.replace(text, dict.fromkeys(known, "#"))
    assert not any(value in found for value in known)
    if not any(value[:LONGEST] in text for value in known):
        assert found == text


def test_the_longest_known_value_counts() -> None:
    """One value may be the beginning of another."""
    finder = KnownValues(3)
    for value in ("abc", "abcdef"):
        finder.add(value)
    assert finder.replace("abcdef abc ab", {"abc": "1", "abcdef": "2"}) == "2 1 ab"


def test_whole_values_have_neither_letter_nor_digit_beside_them() -> None:
    """An account id inside a longer number is another number."""
    finder = KnownValues(4, whole=True)
    finder.add("9900")
    shown = finder.replace("9900 19900 99001 a9900 /9900/ \u00e99900", {"9900": "#"})
    assert shown == "# 19900 99001 a9900 /#/ \u00e9#"


def test_a_copy_goes_its_own_way() -> None:
    """A value added to a copy is not in the original."""
    finder = KnownValues(3)
    finder.add("abc")
    copied = finder.copy()
    copied.add("abcd")
    assert finder.replace("abcd", {"abc": "1", "abcd": "2"}) == "1d"
    assert copied.replace("abcd", {"abc": "1", "abcd": "2"}) == "2"


def test_typed_keys_get_different_ones_in_any_number() -> None:
    """Each gets the next that are free, also after some were bound by hand."""
    pseudonyms = Pseudonyms()
    pseudonyms.bind_keys("7777", "0002")
    given = [pseudonyms.keys(str(typed)) for typed in range(1000, 1500)]
    assert len({*given, "0002"}) == 501
    assert pseudonyms.copy().keys("1000") == given[0]
    assert pseudonyms.copy().keys("2000") not in given


@pytest.mark.parametrize("before", ["", "x-", "x-eyJ", "eyJ-", "a.", "eyJ.", "."])
def test_a_token_is_found_wherever_it_begins(before: str) -> None:
    """A token behind a hyphen or a full stop is one as well."""
    token = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJtZSJ9.c2ln"
    shown = Redactor(Pseudonyms()).text(f"see {before}{token} there")
    assert "c2ln" not in shown
    assert "hbGci" not in shown
    assert shown.startswith("see ")
    assert shown.endswith(" there")
