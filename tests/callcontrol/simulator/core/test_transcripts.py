"""Everything that is seen of whole calls: events, requests and observations, with their times."""

from typing import TYPE_CHECKING

import pytest

from tests.callcontrol.simulator.core.transcripts import FILE, SCENARIOS, transcript

if TYPE_CHECKING:
    from tests.callcontrol.simulator.core.conftest import World

BLOCKS = [block.splitlines() for block in FILE.read_text(encoding="utf-8").split("\n\n")]
EXPECTED = {name: lines for name, *lines in BLOCKS}


@pytest.mark.parametrize("name", SCENARIOS)
def test_calls_go_as_before(make_world: "type[World]", name: str) -> None:
    """``python -m tests.callcontrol.simulator.core.transcripts`` writes the file after a change."""
    assert transcript(SCENARIOS[name](make_world)) == EXPECTED[name]


def test_no_transcript_is_left_over() -> None:
    """The file is about these scenarios."""
    assert list(EXPECTED) == list(SCENARIOS)
