"""Runs that are killed and resumed; `make bulk-kills` does it with 10,000 calls."""

from pathlib import Path

import pytest

from tests.bulk_kills.kills import run_with_kills


@pytest.mark.parametrize("kind", ["threads", "async"])
def test_nothing_is_lost_or_sent_twice(tmp_path: Path, kind: str) -> None:
    """Every call gets the document, and only calls with an unknown outcome get it again."""
    result = run_with_kills(tmp_path / "bulk.db", calls=90, kills=2, kind=kind, seed=1)
    assert result.faults == ()
    assert result.kills == 2
    assert result.unknown > 0
