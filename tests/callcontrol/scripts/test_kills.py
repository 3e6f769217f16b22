"""Processes that are killed, and two on one webhook; ``make script-kills`` does more of it."""

from pathlib import Path

from tests.script_kills.drill import drill, race


def test_no_step_is_lost_and_no_reply_changes(tmp_path: Path) -> None:
    """Nor is a function called again more often than processes were killed."""
    result = drill(tmp_path, kills=10, seed=1, webhooks=40)
    assert result.faults == ()
    assert result.kills == 10
    assert result.webhooks >= 40


def test_two_processes_on_one_webhook(tmp_path: Path) -> None:
    """One runs the script, and both give the same reply."""
    assert race(tmp_path, times=30, seed=1) == ()
