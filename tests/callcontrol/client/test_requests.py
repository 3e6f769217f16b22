"""Request values: what is refused, how it reads, and what goes on the wire."""

import copy
import inspect
import json
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, TypeVar, cast
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bxml.errors import Problem
from callcontrol._requests import (
    CreateCall,
    ListCalls,
    MachineDetection,
    RedirectCall,
    UpdateCall,
    segment,
)
from callcontrol.client import Client
from callcontrol.errors import RequestError

R = TypeVar("R")
LONG = "https://example.com/" + "x" * 2028
URL_HINT = "begin with https:// and a host name, and percent-encode white space"
E164_HINT = "E.164 is a plus sign, the country code and the number: +19195551234"
ABSOLUTE = "expected an absolute http or https URL"


def _made(kind: type[R], **values: object) -> R:
    """Return a record of any values, also those that its types forbid."""
    return cast("Callable[..., R]", kind)(**values)


def _create(**changes: object) -> CreateCall:
    required = {
        "to": "+19195551234",
        "from_": "+19195550000",
        "application_id": "app",
        "answer_url": "https://example.com/answer",
    }
    return _made(CreateCall, **{**required, **changes})


def _update(**changes: object) -> UpdateCall:
    return _made(UpdateCall, **{"call_id": "c-1", **changes})


def _detect(**changes: object) -> MachineDetection:
    return _made(MachineDetection, **{"mode": "sync", **changes})


def _list(**changes: object) -> ListCalls:
    return _made(ListCalls, **changes)


TEXTS: list[tuple[Callable[[], object], str]] = [
    (
        lambda: _create(to="19195551234"),
        "create_call.to: expected an E.164 phone number or a SIP URI, got '19195551234'; "
        + E164_HINT,
    ),
    (
        lambda: _create(to=None),
        "create_call.to: expected an E.164 phone number or a SIP URI, got nothing",
    ),
    (
        lambda: _create(from_="Anonymous"),
        f"create_call.from_: expected an E.164 phone number, got 'Anonymous'; {E164_HINT}",
    ),
    (
        lambda: _create(application_id=""),
        "create_call.application_id: expected an id, got ''",
    ),
    (
        lambda: _create(answer_url="/answer"),
        f"create_call.answer_url: {ABSOLUTE}, got '/answer'; {URL_HINT}",
    ),
    (
        lambda: _create(answer_url="ftp://example.com"),
        f"create_call.answer_url: {ABSOLUTE}, got 'ftp://example.com'; {URL_HINT}",
    ),
    (
        lambda: _create(answer_url="https:///answer"),
        f"create_call.answer_url: {ABSOLUTE}, got 'https:///answer'; {URL_HINT}",
    ),
    (
        lambda: _create(answer_url="https://bob:hunter2@example.com/a b"),
        f"create_call.answer_url: {ABSOLUTE}, got a URL with credentials in it; {URL_HINT}",
    ),
    (
        lambda: _create(answer_url=LONG + "y"),
        "create_call.answer_url: expected at most 2048 characters, got 2049",
    ),
    (
        lambda: _create(answer_url="http://example.com", username="u", password="hunter2"),
        "create_call.answer_url: expected https with username and password, got http",
    ),
    (
        lambda: _create(answer_fallback_url="http://example.com", fallback_password="hunter2"),
        (
            "create_call.answer_fallback_url: expected https with fallback_username and "
            "fallback_password, got http"
        ),
    ),
    (
        lambda: _create(answer_method="PUT"),
        "create_call.answer_method: expected 'GET' or 'POST', got 'PUT'",
    ),
    (
        lambda: _create(answer_method="post"),
        "create_call.answer_method: expected 'GET' or 'POST', got 'post'; did you mean 'POST'?",
    ),
    (
        lambda: _create(privacy="true"),
        "create_call.privacy: expected True or False, got 'true'",
    ),
    (
        lambda: _create(privacy=True, display_name="Annonymous"),
        (
            "create_call.display_name: expected one of 'Restricted', 'Anonymous', 'Private', "
            "'Unavailable' with privacy True, got 'Annonymous'; did you mean 'Anonymous'?"
        ),
    ),
    (
        lambda: _create(display_name="x" * 257),
        "create_call.display_name: expected at most 256 characters, got 257",
    ),
    (
        lambda: _create(display_name="a\nb"),
        (
            "create_call.display_name: expected a display name of at most 256 characters without "
            "control characters, got 'a\\nb'"
        ),
    ),
    (
        lambda: _create(uui="eyJ0"),
        (
            "create_call.uui: expected User-To-User values that each end in ;encoding=base64, "
            ";encoding=jwt or ;encoding=hex, got 'eyJ0'; for example "
            "'aGVsbG8=;encoding=base64'"
        ),
    ),
    (
        lambda: _create(uui="a" * 335 + ";encoding=base64"),
        "create_call.uui: expected at most 350 characters, got 351",
    ),
    (
        lambda: _create(username="u" * 1025),
        "create_call.username: expected at most 1024 characters, got 1025",
    ),
    (
        lambda: _create(password=["hunter2"]),
        "create_call.password: expected a password, got a list",
    ),
    (
        lambda: _create(call_timeout=0.5),
        "create_call.call_timeout: expected a number from 1 to 300 (seconds), got 0.5",
    ),
    (
        lambda: _create(call_timeout="30"),
        (
            "create_call.call_timeout: expected a number from 1 to 300 (seconds), got '30'; "
            "write 30, without quotes"
        ),
    ),
    (
        lambda: _create(callback_timeout=25.5),
        "create_call.callback_timeout: expected a number from 1 to 25 (seconds), got 25.5",
    ),
    (
        lambda: _create(callback_timeout=float("nan")),
        "create_call.callback_timeout: expected a number from 1 to 25 (seconds), got nan",
    ),
    (
        lambda: _create(priority=6),
        "create_call.priority: expected an integer from 1 to 5, got 6",
    ),
    (
        lambda: _create(priority=True),
        "create_call.priority: expected an integer from 1 to 5, got True",
    ),
    (
        lambda: _create(tag="x" * 4097),
        "create_call.tag: expected at most 4096 characters, got 4097",
    ),
    (
        lambda: _create(tag="\ud800"),
        (
            "create_call.tag: expected characters that XML can carry, got U+D800 at index 0; "
            "remove or replace that character"
        ),
    ),
    (
        lambda: _create(machine_detection={"mode": "sync"}),
        "create_call.machine_detection: expected a MachineDetection, got a dict",
    ),
    (
        lambda: _create(anwser_url="https://example.com"),
        (
            "create_call.anwser_url: expected a known argument, got 'anwser_url'; did you mean "
            "'answer_url'?"
        ),
    ),
    (
        lambda: _create(callTimeout=30),
        (
            "create_call.callTimeout: expected a known argument, got 'callTimeout'; did you mean "
            "'call_timeout'?"
        ),
    ),
    (
        MachineDetection,
        (
            f"MachineDetection.callback_url: {ABSOLUTE} with mode 'async' (the default), got "
            "nothing; mode='sync' needs none"
        ),
    ),
    (
        lambda: _detect(silence_timeout=-1),
        "MachineDetection.silence_timeout: expected a number of 0 or more (seconds), got -1",
    ),
    (
        lambda: _detect(mode="asynchronous"),
        "MachineDetection.mode: expected 'sync' or 'async', got 'asynchronous'",
    ),
    (
        _update,
        (
            f"update_call.redirect_url: {ABSOLUTE} with state 'active' (the default), got nothing; "
            "state='completed' hangs up"
        ),
    ),
    (
        lambda: _update(state="disconnected"),
        "update_call.state: expected 'active' or 'completed', got 'disconnected'",
    ),
    (
        lambda: _update(state="completed", redirect_url="https://example.com", tag=""),
        (
            "2 problems\n"
            "  update_call.redirect_url: expected nothing with state 'completed', got a value\n"
            "  update_call.tag: expected nothing with state 'completed', got a value"
        ),
    ),
    (
        lambda: _update(state="completed", redirect_fallback_method="GET", redirect_method="GET"),
        (
            "2 problems\n"
            "  update_call.redirect_method: expected nothing with state 'completed', got a value\n"
            "  update_call.redirect_fallback_method: expected nothing with state 'completed', got "
            "a value"
        ),
    ),
    (
        lambda: _update(call_id="a/b", state="completed"),
        "update_call.call_id: expected a call id without '/' or '..', got 'a/b'",
    ),
    (
        lambda: cast("Any", RedirectCall)("c-1", "https://example.com", "GET"),
        (
            "redirect_call: expected keyword arguments, got 'GET' by position; "
            "write client.redirect_call(call_id, url)"
        ),
    ),
    (
        lambda: cast("Any", UpdateCall)("c-1", call_id="c-2", state="completed"),
        "update_call.call_id: expected one value, got two",
    ),
    (
        lambda: _list(min_start_time=datetime(2026, 1, 1)),  # noqa: DTZ001 - the point
        (
            "list_calls.min_start_time: expected a time such as 2026-03-02T10:15:30.120Z or a "
            "datetime with a zone, got a datetime without a zone; such as datetime(..., tzinfo=UTC)"
        ),
    ),
    (
        lambda: _list(max_start_time="yesterday"),
        (
            "list_calls.max_start_time: expected a time such as 2026-03-02T10:15:30.120Z or a "
            "datetime with a zone, got 'yesterday'"
        ),
    ),
    (
        lambda: _list(min_start_time="2026-01-02T00:00:00Z", max_start_time="2026-01-01T00:00:00Z"),
        (
            "list_calls.max_start_time: expected a time not before min_start_time "
            "(2026-01-02T00:00:00.000Z), got 2026-01-01T00:00:00.000Z"
        ),
    ),
    (
        lambda: _list(page_size=10_001),
        "list_calls.page_size: expected an integer from 1 to 10000, got 10001",
    ),
    (
        lambda: _list(disconnect_cause=""),
        "list_calls.disconnect_cause: expected a word, got ''",
    ),
    (
        lambda: _create(to="5551234", call_timeout=301, priority=0),
        (
            "3 problems\n"
            "  create_call.to: expected an E.164 phone number or a SIP URI, got '5551234'; "
            f"{E164_HINT}\n"
            "  create_call.call_timeout: expected a number from 1 to 300 (seconds), got 301\n"
            "  create_call.priority: expected an integer from 1 to 5, got 0"
        ),
    ),
]


@pytest.mark.parametrize(("make", "text"), TEXTS)
def test_refused(make: Callable[[], object], text: str) -> None:
    """A bad value is refused with exactly this text, and never with a secret in it."""
    with pytest.raises(RequestError) as caught:
        make()
    assert str(caught.value) == text
    assert "hunter2" not in f"{caught.value!r}{caught.value.problems}"


EDGES: list[tuple[Callable[..., Any], str, list[Any], list[Any]]] = [
    (
        _create,
        "to",
        ["+12", "+123456789012345", "sip:a@b", "sips:a@b"],
        ["+1", "+1234567890123456"],
    ),
    (_create, "answer_url", [LONG, "http://[::1]:80/", "HTTPS://x"], [LONG + "x", "http://:80/"]),
    (_create, "answer_fallback_url", [LONG], [LONG + "x"]),
    (_create, "disconnect_url", [LONG], [LONG + "x"]),
    (_create, "call_timeout", [1, 300, 1.5, Decimal("299.9")], [0.99, 300.01, 0, "1", True]),
    (_create, "callback_timeout", [1, 25, 24.9], [0.99, 25.01]),
    (_create, "priority", [1, 5], [0, 6, 1.5, "1"]),
    (_create, "tag", ["", "x" * 4096], ["x" * 4097]),
    (_create, "display_name", ["", "x" * 256], ["x" * 257, "\x7f"]),
    (_create, "uui", ["a;encoding=hex", "a" * 334 + ";encoding=base64"], ["a", "a;encoding=utf8"]),
    (_create, "username", ["u" * 1024], ["u" * 1025]),
    (_create, "password", ["u" * 1024], ["u" * 1025]),
    (_create, "fallback_username", ["u" * 1024], ["u" * 1025]),
    (_create, "fallback_password", ["u" * 1024], ["u" * 1025]),
    (_create, "answer_method", ["GET", "POST"], ["HEAD", ""]),
    (_create, "answer_fallback_method", ["GET", "POST"], ["HEAD", ""]),
    (_create, "disconnect_method", ["GET", "POST"], ["HEAD", ""]),
    (_create, "privacy", [True, False], [1, "True"]),
    (_detect, "mode", ["sync"], ["Sync"]),
    (_detect, "detection_timeout", [0, 15, 1e6, 0.5], [-1, -0.001]),
    (_detect, "silence_timeout", [0], [-1]),
    (_detect, "speech_threshold", [0], [-1]),
    (_detect, "speech_end_threshold", [0], [-1]),
    (_detect, "machine_speech_end_threshold", [0], [-1]),
    (_detect, "delay_result", [True, False], [0, "false"]),
    (_detect, "callback_url", [LONG], [LONG + "x", "/relative"]),
    (_detect, "callback_method", ["GET", "POST"], ["PUT"]),
    (_detect, "fallback_url", [LONG], [LONG + "x"]),
    (_detect, "fallback_method", ["GET", "POST"], ["PUT"]),
    (_detect, "username", ["u" * 1024], ["u" * 1025]),
    (_detect, "password", ["u" * 1024], ["u" * 1025]),
    (_detect, "fallback_username", ["u" * 1024], ["u" * 1025]),
    (_detect, "fallback_password", ["u" * 1024], ["u" * 1025]),
    (_update, "redirect_url", ["https://example.com/next"], ["/next", ""]),
    (_list, "to", ["+12", "sip:a@b"], ["", "12"]),
    (_list, "from_", ["+12", "sip:a@b"], ["", "12"]),
    (_list, "page_size", [1, 10_000], [0, 10_001, 1.5]),
    (_list, "disconnect_cause", ["hangup", "something-new"], [""]),
    (_list, "min_start_time", ["2022-06-21T19:13:21Z", datetime.now(UTC)], ["", 5, "2022"]),
    (
        _list,
        "max_start_time",
        ["2022-06-21 19:13:21Z", datetime.now(UTC)],
        ["", 5, "2022", "2022-06-21 19:13:21"],
    ),
]


@pytest.mark.parametrize(("make", "name", "good", "bad"), EDGES)
def test_edges(make: Callable[..., Any], name: str, good: list[Any], bad: list[Any]) -> None:
    """Each limit holds on both sides."""
    for value in good:
        make(**{name: value})
    for value in bad:
        with pytest.raises(RequestError) as caught:
            make(**{name: value})
        assert caught.value.problems[0].path.endswith(f".{name}")


def test_every_field_has_its_edges() -> None:
    """The table above leaves out no field that has a limit of its own."""
    tested = {(make, name) for make, name, _, _ in EDGES}
    free = {"from_", "application_id", "machine_detection", "call_id", "state"}
    for make, kind in ((_create, CreateCall), (_detect, MachineDetection), (_list, ListCalls)):
        names = {each.name for each in kind.table}
        assert names - {name for maker, name in tested if maker is make} <= free


def test_body() -> None:
    """The body holds what was given, under wire names, and nothing else."""
    detection = MachineDetection(
        mode="async", callback_url="https://example.com/amd", detection_timeout=Decimal("15.0")
    )
    call = _create(
        call_timeout=Decimal("30.5"), priority=1, privacy=False, machine_detection=detection, tag=""
    )
    assert json.loads(call.encoded()) == {
        "to": "+19195551234",
        "from": "+19195550000",
        "applicationId": "app",
        "answerUrl": "https://example.com/answer",
        "privacy": False,
        "callTimeout": 30.5,
        "machineDetection": {
            "mode": "async",
            "detectionTimeout": 15,
            "callbackUrl": "https://example.com/amd",
        },
        "priority": 1,
        "tag": "",
    }


def test_call_id_stays_out_of_the_body() -> None:
    """The call id travels in the path only."""
    assert UpdateCall("c-1", state="completed").body() == {"state": "completed"}
    url = "https://example.com"
    assert RedirectCall("c-1", url, tag="").body() == {"redirectUrl": url, "tag": ""}


def test_query() -> None:
    """A plus sign is encoded once, a time is in UTC with a Z, nothing is sent empty."""
    zone = timezone(timedelta(hours=2))
    calls = ListCalls(
        to="+19195551234",
        from_="sip:a@b",
        min_start_time=datetime(2026, 1, 1, 2, tzinfo=zone),
        max_start_time="2026-01-01T00:00:00+00:00",
        page_size=10,
    )
    assert calls.query() == (
        "to=%2B19195551234&from=sip%3Aa%40b&minStartTime=2026-01-01T00%3A00%3A00.000Z"
        "&maxStartTime=2026-01-01T00%3A00%3A00.000Z&pageSize=10"
    )
    assert ListCalls().query() == ""


@given(st.datetimes(timezones=st.timezones()))
def test_time_survives(moment: datetime) -> None:
    """Any aware datetime reaches the wire as the same moment, to the microsecond."""
    try:
        expected = moment.astimezone(UTC)
    except OverflowError:
        return
    sent = parse_qs(ListCalls(min_start_time=moment).query())["minStartTime"][0]
    assert datetime.fromisoformat(sent) == expected


@given(st.text(min_size=1))
def test_one_segment(identifier: str) -> None:
    """Whatever call id is accepted stays one segment of the path, with no query or fragment."""
    try:
        call = UpdateCall(identifier, state="completed")
    except RequestError:
        unfit = "/" in identifier or ".." in identifier or identifier == "."
        assert unfit or not identifier.isprintable()
        return
    assert not set("/?#\\ ").intersection(segment(call.call_id))
    assert segment(call.call_id) not in {"", ".", ".."}


@given(
    st.fixed_dictionaries(
        {},
        optional={
            name: st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary()
            for name in [*(each.wire for each in CreateCall.table), "nonsense", "tag", "to"]
        },
    )
)
def test_any_value_at_all(values: dict[str, Any]) -> None:
    """Bad input of any kind is our error, with one readable line for each problem."""
    for kind in (CreateCall, UpdateCall, RedirectCall, ListCalls, MachineDetection):
        problems: tuple[Problem, ...] = ()
        try:
            _made(kind, **values).encoded()
        except RequestError as error:
            problems = error.problems
        assert all(str(problem).startswith(f"{kind.owner}.") for problem in problems)


def test_values_never_change() -> None:
    """A record is a value: equal by content, hashable, copied, pickled, replaced, not assigned."""
    one, other = _detect(silence_timeout=5), _detect(silence_timeout=5.0)
    assert one == other
    assert hash(one) == hash(other)
    assert one != _detect(silence_timeout=6)
    assert one != "something else"
    assert copy.deepcopy(one) == pickle.loads(pickle.dumps(one)) == one  # noqa: S301 - our own
    assert replace(one, silence_timeout=6) == _detect(silence_timeout=6)
    with pytest.raises(FrozenInstanceError):
        setattr(one, "mode", "async")  # noqa: B010 - checkers forbid the plain assignment
    with pytest.raises(FrozenInstanceError):
        delattr(one, "mode")
    assert is_dataclass(one)
    assert next(field.name for field in fields(one)) == "mode"


def test_repr_hides_passwords() -> None:
    """Whoever prints a request sees no password."""
    call = _create(password="hunter2", machine_detection=_detect(fallback_password="hunter2"))
    assert "hunter2" not in repr(call)
    assert "password=***" in repr(call)
    assert call.secrets() == ("hunter2", "hunter2")


def test_signatures() -> None:
    """``help`` and editors see the fields as the parameters of the client's methods."""
    seen = inspect.signature(Client.create_call).parameters
    assert list(seen)[:5] == ["self", "to", "from_", "application_id", "answer_url"]
    assert seen["tag"].kind is inspect.Parameter.KEYWORD_ONLY
    assert list(inspect.signature(Client.redirect_call).parameters)[:3] == [
        "self",
        "call_id",
        "redirect_url",
    ]
    assert Client.create_call.__name__ == "create_call"
    assert "rings a phone" in (Client.create_call.__doc__ or "")


@pytest.mark.parametrize(
    "when",
    [
        pytest.param("2023-11-01 00:00:00", id="A8"),
        pytest.param("2023-11-01T00:00:00", id="A8-t"),
        pytest.param("2023-11-01T00:00:00.123456", id="A8-fraction"),
        pytest.param("2023-11-01-00:00:00", id="A8-hyphen"),
        pytest.param(datetime(2023, 11, 1), id="A8-naive"),  # noqa: DTZ001 - the point
    ],
)
@pytest.mark.parametrize("name", ["min_start_time", "max_start_time"])
def test_a_time_without_a_zone_is_refused_in_every_form(name: str, when: object) -> None:
    """Text and datetime get the same answer: which zone is meant cannot be guessed."""
    with pytest.raises(RequestError, match=rf"list_calls.{name}: .* without a zone"):
        _list(**{name: when})


@pytest.mark.parametrize("zone", ["Z", "z", "+00:00", "+0000"])
def test_a8_a_time_with_a_zone_is_taken_in_every_form(zone: str) -> None:
    """Each spelling of the zone is the same moment."""
    query = ListCalls(min_start_time=f"2023-11-01 00:00:00{zone}").query()
    assert parse_qs(query)["minStartTime"] == ["2023-11-01T00:00:00.000Z"]


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        pytest.param("var_from", "from_", id="C10"),
        pytest.param("url", "answer_url", id="C10-url"),
        pytest.param("status_callback", "disconnect_url", id="C10-status-callback"),
        pytest.param("timeout", "call_timeout", id="C10-timeout"),
        pytest.param("answerUrl", "answer_url", id="C10-wire"),
    ],
)
def test_arguments_of_other_libraries(given: str, meant: str) -> None:
    """The error names the argument that stands for it here."""
    with pytest.raises(RequestError, match=f"did you mean '{meant}'"):
        cast("Any", CreateCall)(**{given: "x"})
