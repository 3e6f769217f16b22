"""Scripts of ``callcontrol dial``: steps, their texts, and every mistake at once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcontrol.phone.script import ACTIONS, ScriptError, Step, parse_script

words = (
    st.text(st.characters(exclude_characters='"', exclude_categories=["Cs"]), min_size=1)
    .map(str.strip)
    .filter(bool)
)
seconds = st.none() | st.integers(0, 86_400).map(float)
keys = st.text("0123456789*#ABCD", min_size=1)
plain = st.sampled_from([name for name, wants in ACTIONS.items() if not wants])
steps = st.one_of(
    st.builds(Step, st.just("wait"), seconds=seconds, callee=st.booleans()),
    st.builds(Step, st.just("press"), keys, callee=st.booleans()),
    st.builds(Step, st.sampled_from(["say", "voicemail"]), words, callee=st.booleans()),
    st.builds(Step, plain, callee=st.booleans()),
)


@given(st.lists(steps))
def test_the_text_of_steps_reads_as_the_same_steps(script: list[Step]) -> None:
    """What a step is written as is a step, whatever it says."""
    assert parse_script("; ".join(map(str, script))) == tuple(script)


@given(st.text())
def test_any_text_is_steps_or_one_of_our_errors(text: str) -> None:
    """No text is taken in silence unless it is blank, and none gives a stray exception."""
    try:
        found = bool(parse_script(text))
    except ScriptError as error:
        found = bool(error.problems)
    assert found or not text.replace(";", "").strip()


def test_case_space_lines_and_quotes() -> None:
    """Scripts are read as people write them."""
    found = parse_script('WAIT 2s ;; press 1 2 #\nHang  Up; callee say "a; b"; No Answer')
    assert found == (
        Step("wait", seconds=2),
        Step("press", "12#"),
        Step("hang up"),
        Step("say", "a; b", callee=True),
        Step("no answer"),
    )


@pytest.mark.parametrize(
    ("script", "finding"),
    [
        ("pres 1", "got 'pres 1'; did you mean 'press'?"),
        ("hangup", "got 'hangup'; did you mean 'hang up'?"),
        ("callee", "got ''"),
        ("press", "expected keys 0-9 A-D * # after 'press', got nothing"),
        ("press 1e", "expected keys 0-9 A-D * #, got '1E'"),
        ("wait soon", "expected a number of seconds from 0 to 86400, got 'soon'"),
        ("wait nan", "expected a number of seconds from 0 to 86400, got 'nan'"),
        ("wait 1e9", "expected a number of seconds from 0 to 86400, got '1e9'"),
        ("wait -1", "expected a number of seconds from 0 to 86400, got '-1'"),
        ("busy now", "expected nothing after 'busy', got 'now'"),
        ('say "', "expected a second double quote, got one alone"),
        ('say " "', "expected words between the quotes, got none"),
    ],
)
def test_a_mistake_says_what_was_expected(script: str, finding: str) -> None:
    """The step is named with its number and its text."""
    with pytest.raises(ScriptError) as caught:
        parse_script(f"wait; {script}")
    assert str(caught.value).startswith("step 2 (")
    assert str(caught.value).endswith(finding)


def test_every_mistake_is_reported_at_once() -> None:
    """Two mistakes are two problems."""
    with pytest.raises(ScriptError) as caught:
        parse_script("dance; wait 1; sing")
    assert [problem.path for problem in caught.value.problems] == [
        "step 1 ('dance')",
        "step 3 ('sing')",
    ]
