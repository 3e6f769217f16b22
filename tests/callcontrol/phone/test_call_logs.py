"""Logs of several calls: their numbers, their legs, and how many are kept."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from callcontrol.phone.call_log import CallLog
from callcontrol.phone.call_logs import KEPT, CallLogs
from callcontrol.phone.call_request import CallRequest
from callcontrol.simulator.core.calls import Call, DisconnectCause, State
from callcontrol.simulator.core.observations import Changed

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CALL = Call(
    call_id="",
    serial=1,
    account_id="9900000",
    application_id="a",
    direction="outbound",
    state="initiated",
    from_="+19195550100",
    to="+19195551234",
    last_update=NOW,
)


def find(call_id: str) -> Call | None:
    """Return a call for ids like ``c-1``, a leg of ``c-1`` for ``leg``, and none for others."""
    if call_id == "leg":
        return replace(CALL, call_id=call_id, parent_call_id="c-1")
    return replace(CALL, call_id=call_id) if call_id.startswith("c-") else None


def changed(call_id: str, state: State) -> Changed:
    """Return an observation; every ended call of these tests ended by an error."""
    cause: DisconnectCause | None = "callback-error" if state == "disconnected" else None
    return Changed(at=NOW, call_id=call_id, state=state, cause=cause)


def test_fault_c20_every_call_has_a_log_and_a_number() -> None:
    """A leg belongs to the log of its call, and what belongs to no call to the own log."""
    logs = CallLogs(CallLog("+19195550100", outbound=False), find)
    for call_id in ("c-1", "c-2"):
        logs.observe(changed(call_id, "initiated"))
    assert [phone.call_id for phone in logs.up] == ["c-1", "c-2"]
    assert logs.of("leg") is logs.of("c-1") is not logs.of("c-2")
    assert logs.of("conf-1") is logs.own
    assert [logs.number(name) for name in ("c-1", "c-2", "leg", "conf-1")] == [1, 2, 3, None]
    logs.observe(changed("c-1", "disconnected"))
    assert [phone.call_id for phone in logs.up] == ["c-2"]
    assert (logs.ended, logs.failed) == (False, True)


def test_fault_c20_a_long_session_keeps_a_bounded_number_of_logs() -> None:
    """Ended calls are dropped first, and a failure of theirs is remembered."""
    logs = CallLogs(CallLog("+19195550100", outbound=False), find)
    logs.observe(changed("c-up", "initiated"))
    logs.observe(changed("c-failed", "disconnected"))
    for number in range(KEPT):
        logs.observe(changed(f"c-{number}", "initiated"))
        if number < KEPT // 2:
            logs.observe(replace(changed(f"c-{number}", "disconnected"), cause="hangup"))
    assert logs.number("c-failed") is None
    assert (logs.number("c-up"), logs.number(f"c-{KEPT - 1}")) == (1, KEPT + 2)
    assert sum(1 for _ in logs) <= KEPT + 1
    assert logs.failed


@pytest.mark.parametrize(
    ("number", "expected"),
    [("+19195550199", "+19195550200"), ("0099", "0100"), ("sip:a@b.test", "sip:a@b.test")],
)
def test_fault_c20_the_next_call_comes_from_the_next_number(number: str, expected: str) -> None:
    """With as many digits; a text that is no number stays."""
    inbound = CallRequest(url="http://a.test/", from_=number)
    outbound = replace(inbound, to=number, outbound=True)
    assert [made.with_next_number(1).number for made in (inbound, outbound)] == [expected] * 2
