"""Reading what the platform answers: every documented field, and anything else it may send."""

import copy
import pickle
from dataclasses import FrozenInstanceError, fields
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bxml._element import wire_name
from callcontrol.models import CallState, CreatedCall

CREATED: dict[str, object] = {
    "accountId": "9900000",
    "applicationId": "04e88489-df02-4e34-a0ee-27a91849555f",
    "callId": "c-15ac29a2",
    "callUrl": "https://voice.example/api/v2/accounts/9900000/calls/c-15ac29a2",
    "to": "+19195551234",
    "from": "+19195554312",
    "enqueuedTime": "2022-06-16T13:15:07.160Z",
    "callTimeout": 30,
    "callbackTimeout": 15.5,
    "tag": None,
    "answerMethod": "POST",
    "answerUrl": "https://my.example/answer",
    "answerFallbackMethod": "POST",
    "answerFallbackUrl": None,
    "disconnectMethod": "POST",
    "disconnectUrl": None,
    "username": "mira",
    "password": "*****",
    "fallbackUsername": None,
    "fallbackPassword": "hunter2",
    "priority": 5,
}
STATE: dict[str, object] = {
    "applicationId": "04e88489-df02-4e34-a0ee-27a91849555f",
    "accountId": "9900000",
    "callId": "c-15ac29a2",
    "parentCallId": "c-25ac29a2",
    "to": "sip:mira@sip.example",
    "from": "+19195554321",
    "direction": "inbound",
    "state": "disconnected",
    "stirShaken": {"verstat": "TN-Validation-Passed", "attestationIndicator": "A"},
    "identity": "eyJhbGci",
    "enqueuedTime": None,
    "startTime": "2022-06-16T13:15:07.160Z",
    "answerTime": "2022-06-16T13:15:18.126Z",
    "endTime": "2022-06-16T13:15:18.314Z",
    "disconnectCause": "hangup",
    "errorMessage": None,
    "errorId": None,
    "lastUpdate": "2022-06-16T13:15:18.314Z",
}
MOMENT = datetime(2022, 6, 16, 13, 15, 7, tzinfo=UTC)


def test_created_call() -> None:
    """Every documented field of the reply to createCall has its attribute."""
    call = CreatedCall.read(CREATED)
    assert call.call_id == "c-15ac29a2"
    assert call.from_ == "+19195554312"
    assert call.enqueued_time == MOMENT.replace(microsecond=160_000)
    assert (call.call_timeout, call.callback_timeout, call.priority) == (30.0, 15.5, 5)
    assert call.answer_method == "POST"
    assert call.disconnect_url is None
    assert call.extra == {}


def test_call_state() -> None:
    """Every documented field of a call state has its attribute."""
    state = CallState.read(STATE)
    assert state.parent_call_id == "c-25ac29a2"
    assert (state.direction, state.state) == ("inbound", "disconnected")
    assert state.stir_shaken == {"verstat": "TN-Validation-Passed", "attestationIndicator": "A"}
    assert state.start_time == MOMENT.replace(microsecond=160_000)
    assert state.disconnect_cause == "hangup"
    assert state.enqueued_time is None
    assert state.extra == {}


@pytest.mark.parametrize(("kind", "sample"), [(CreatedCall, CREATED), (CallState, STATE)])
def test_sample_reaches_every_field(
    kind: type[CreatedCall] | type[CallState], sample: dict[str, object]
) -> None:
    """The samples above leave out no field, so that none can be misspelt on the wire."""
    filled = kind.read({name: _filled(name, value) for name, value in sample.items()})
    names = {field.name for field in fields(kind)} - {"extra", "location"}
    assert {name for name in names if getattr(filled, name) is None} == set()


def _filled(name: str, value: object) -> object:
    return ("2022-06-16T13:15:07Z" if name.endswith("Time") else "x") if value is None else value


def test_nothing_but_the_id() -> None:
    """Missing fields are None, and so are fields that are null."""
    bare = CallState.read({"callId": "c-1"})
    assert bare == CallState.read({**dict.fromkeys(STATE), "callId": "c-1"})
    assert bare == CallState(call_id="c-1")
    assert CallState.read({}).call_id == ""


def test_unknown_is_kept() -> None:
    """New fields and new words of the vendor get through."""
    state = CallState.read({**STATE, "state": "teleported", "newField": {"a": [1]}})
    assert state.state == "teleported"
    assert state.extra == {"newField": {"a": [1]}}


def test_misfits_are_kept() -> None:
    """A value of the wrong type never raises; it stays to be looked at."""
    wrong: dict[str, object] = {
        "to": 5,
        "startTime": 1655385307,
        "endTime": "soon",
        "stirShaken": "none",
        "state": ["queued"],
    }
    state = CallState.read({**STATE, **wrong})
    assert (state.to, state.start_time, state.end_time, state.state) == (None, None, None, None)
    assert state.extra == wrong


@pytest.mark.parametrize("number", [True, "30", float("inf"), float("nan"), 10**400, None])
def test_odd_numbers(number: object) -> None:
    """Only finite numbers are numbers."""
    call = CreatedCall.read({"callId": "c-1", "callTimeout": number})
    assert call.call_timeout is None
    assert ("callTimeout" in call.extra) is (number is not None)


@pytest.mark.parametrize(
    "text",
    [
        "2022-06-16T13:15:07Z",
        "2022-06-16T13:15:07.000Z",
        "2022-06-16T13:15:07",
        "2022-06-16 13:15:07",
        "2022-06-16 13:15:07Z",
        "2022-06-16T15:15:07+02:00",
        "2022-06-16T13:15:07.0000000001Z",
    ],
)
def test_times(text: str) -> None:
    """Every spelling of a time that the vendor's documents show is the same moment in UTC."""
    assert CallState.read({"callId": "c-1", "startTime": text}).start_time == MOMENT


@given(st.datetimes(timezones=st.just(timezone(timedelta(hours=3))) | st.just(UTC)))
def test_any_time(moment: datetime) -> None:
    """A time in ISO 8601 is read exactly, or kept as text where UTC has no such year."""
    text = moment.isoformat()
    state = CallState.read({"callId": "c-1", "startTime": text})
    assert state.start_time == moment if state.start_time else state.extra == {"startTime": text}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([*STATE, *CREATED, "newField"]), JSON))
def test_any_json(source: dict[str, Any]) -> None:
    """Whatever object comes, reading it never raises and loses no value."""
    for kind in (CallState, CreatedCall):
        read = kind.read(source)
        known = {wire_name(field.name): field.name for field in fields(kind)}
        given_values = {name: value for name, value in source.items() if value is not None}
        for name in given_values:
            read_as = getattr(read, known[name]) if name in known else None
            assert name in read.extra or read_as is not None
        assert hash(read) == hash(copy.deepcopy(read))


def test_values_never_change() -> None:
    """A record is a value: equal by content, pickled, and closed to assignment."""
    state = CallState.read({**STATE, "newField": 1})
    assert pickle.loads(pickle.dumps(state)) == state  # noqa: S301 - our own bytes
    assert state != CallState.read(STATE)
    with pytest.raises(FrozenInstanceError):
        setattr(state, "state", "queued")  # noqa: B010 - checkers forbid the plain assignment
    with pytest.raises(TypeError):
        state.extra["newField"] = 2  # type: ignore[index] # pyright: ignore[reportIndexIssue]


def test_repr_hides_passwords() -> None:
    """Whoever prints a created call sees no password."""
    assert "hunter2" not in repr(CreatedCall.read(CREATED))
    assert "*****" not in repr(CreatedCall.read(CREATED))
