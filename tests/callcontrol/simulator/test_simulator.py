"""The simulator as a client meets it: over real HTTP, with a client that is not ours."""

import json
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPConnection
from operator import methodcaller
from typing import Protocol, cast
from urllib.parse import urlsplit

import pytest

from callcontrol.simulator import (
    Account,
    Assumptions,
    DisconnectCause,
    Limits,
    Simulator,
    SimulatorError,
)
from callcontrol.simulator.core.clock import START
from tests.waiting import PATIENCE

ORDER: Mapping[str, object] = {
    "to": "+19195551234",
    "from": "+19195554312",
    "applicationId": "app",
    "answerUrl": "https://my.example/answer",
}
JSON = "application/json"
XML = "application/xml"
FORM = "application/x-www-form-urlencoded"
GRANT = b"grant_type=client_credentials"
WRONG = "The credentials provided were invalid"


@dataclass(frozen=True)
class Answer:
    """A reply as the client reads it."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, object]:
        """Return the JSON object in the body, after a look at its content type."""
        assert self.headers["content-type"] == "application/json;charset=UTF-8"
        body: object = json.loads(self.body)
        assert isinstance(body, dict)
        return cast("dict[str, object]", body)

    def refusal(self) -> tuple[int, object, object]:
        """Return status, type and description of a refusal."""
        body = self.json()
        assert list(body) == ["type", "description", "id"]
        return self.status, body["type"], body["description"]


class Send(Protocol):
    """Sends one request over a connection that stays open."""

    def __call__(
        self,
        method: str,
        path: str,
        body: object = b"",
        *,
        media_type: str | None = JSON,
        authorization: str | None = ...,
    ) -> Answer:
        """Return the answer; a path below the API root, a body that is no bytes goes as JSON."""
        ...


def basic(user: str, password: str) -> str:
    """Return the value of a Basic Authorization header."""
    return "Basic " + b64encode(f"{user}:{password}".encode("latin-1")).decode()


ACCOUNT = Account()
API_USER = basic(ACCOUNT.username, ACCOUNT.password)
CLIENT = basic(ACCOUNT.client_id, ACCOUNT.client_secret)


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """Run a simulator that answers calls at once."""
    with Simulator(auto_answer=True) as running:
        yield running


@pytest.fixture
def send(simulator: Simulator) -> Iterator[Send]:
    """Return a function that talks to the simulator as its API user."""
    address = urlsplit(simulator.base_url)
    connection = HTTPConnection(f"{address.hostname}:{address.port}", timeout=PATIENCE)

    def sender(
        method: str,
        path: str,
        body: object = b"",
        *,
        media_type: str | None = JSON,
        authorization: str | None = API_USER,
    ) -> Answer:
        headers = {} if media_type is None else {"Content-Type": media_type}
        if authorization is not None:
            headers["Authorization"] = authorization
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        target = path if path.startswith("/api/v1/") else f"/api/v2{path}"
        connection.request(method, target, content, headers)
        reply = connection.getresponse()
        named = {name.lower(): value for name, value in reply.getheaders()}
        return Answer(reply.status, named, reply.read())

    yield sender
    connection.close()


@pytest.fixture
def calls(simulator: Simulator) -> str:
    """Return the path of the account's calls."""
    return f"/accounts/{simulator.account_id}/calls"


class TestLife:
    """Start, stop and the way round a call."""

    def test_main_job(self, simulator: Simulator, send: Send, calls: str) -> None:
        """Create, push, redirect, hang up: each step shows in the simulator."""
        created = send("POST", calls, ORDER)
        call_id = str(created.json()["callId"])
        path = f"{calls}/{call_id}"
        assert (created.status, created.headers["location"]) == (201, simulator.base_url + path)
        assert simulator.call(call_id).state == "answered"

        pushed = send("PUT", f"{path}/bxml", b"<Bxml/>", media_type=XML)
        assert (pushed.status, pushed.body) == (204, b"")
        assert simulator.document(call_id) == "<Bxml/>"

        redirected = send("POST", path, {"redirectUrl": "https://my.example/next"})
        assert (redirected.status, redirected.body) == (200, b"")
        assert simulator.document(call_id) is None

        assert send("POST", path, {"state": "completed"}).status == 200
        assert send("GET", path).json()["disconnectCause"] == "hangup"

    def test_shows_what_happened(self, simulator: Simulator, send: Send, calls: str) -> None:
        """The call's history and the log of requests tell the same story."""
        call_id = str(send("POST", calls, ORDER).json()["callId"])
        send("PUT", f"{calls}/{call_id}/bxml", b"<Bxml/>", media_type=XML)
        send("POST", f"{calls}/{call_id}", {"state": "completed"})
        send("DELETE", f"{calls}/{call_id}")
        assert [it.kind for it in simulator.history(call_id)] == [
            "queued",
            "initiated",
            "answered",
            "document",
            "disconnected",
        ]
        assert [(it.method, it.status, it.operation) for it in simulator.requests] == [
            ("POST", 201, "createCall"),
            ("PUT", 204, "updateCallBxml"),
            ("POST", 200, "updateCall"),
            ("DELETE", 405, None),
        ]

    def test_addresses_need_a_running_simulator(self) -> None:
        """Before the start and after the stop there is nothing to connect to."""
        simulator = Simulator()
        with pytest.raises(SimulatorError, match="Simulator: it is not running"):
            _ = simulator.base_url
        with simulator:
            assert simulator.base_url.startswith("http://127.0.0.1:")
            assert simulator.token_url.endswith("/api/v1/oauth2/token")
        with pytest.raises(SimulatorError, match="Simulator: it is not running"):
            _ = simulator.token_url

    def test_starts_once_stops_any_time_and_starts_again(self) -> None:
        """A second start is refused, a second stop is nothing, calls outlive both."""
        simulator = Simulator()
        simulator.stop()
        simulator.start()
        with pytest.raises(SimulatorError, match="running already"):
            simulator.start()
        call = simulator.receive_call(from_="+19195551234", to="+19195554321")
        simulator.stop()
        simulator.stop()
        with simulator:
            assert simulator.calls == (call,)

    def test_two_simulators_do_not_meet(self) -> None:
        """Each has its own port and its own calls."""
        with Simulator() as one, Simulator() as two:
            assert one.base_url != two.base_url
            one.receive_call(from_="+19195551234", to="+19195554321")
            assert two.calls == ()

    def test_account_is_told_and_kept_secret(self) -> None:
        """Credentials can be chosen, and no repr shows them."""
        account = Account(
            account_id="5", client_id="c", client_secret="hush", username="u", password="psst"
        )
        simulator = Simulator(account=account)
        assert (simulator.account_id, simulator.client_id, simulator.client_secret) == (
            "5",
            "c",
            "hush",
        )
        assert (simulator.username, simulator.password) == ("u", "psst")
        assert "hush" not in repr(account)
        assert "psst" not in repr(account)

    @pytest.mark.parametrize(
        ("wrong", "message"),
        [
            (lambda: Simulator(token_lifetime=0), "Simulator.token_lifetime: expected a number"),
            (lambda: Limits(calls_per_second=0), "Limits.calls_per_second: expected a number"),
            (lambda: Limits(active_calls=-1), "Limits.active_calls: expected a number"),
            (lambda: Limits(ended_calls=0), "Limits.ended_calls: expected a number of 1 or more"),
            (lambda: Limits(queue_seconds=float("nan")), "Limits.queue_seconds: expected"),
            (lambda: Assumptions(conflict_seconds=-1), "Assumptions.conflict_seconds: expected"),
            (lambda: Account(account_id="a/b"), "Account.account_id: expected letters and digits"),
            (lambda: Account(client_id="a:b"), "Account.client_id: expected a text without"),
            (lambda: Account(username=""), "Account.username: expected a text without"),
            (lambda: Account(password=""), "Account.password: expected a text, got an empty one"),
        ],
    )
    def test_impossible_settings_are_refused(
        self, wrong: Callable[[], object], message: str
    ) -> None:
        """At once, by name."""
        with pytest.raises(SimulatorError, match=message):
            wrong()


class TestControls:
    """What a test may do to the simulator."""

    def test_call_waits_rings_and_is_answered(self) -> None:
        """Without auto_answer the test decides."""
        with Simulator() as simulator:
            inbound = simulator.receive_call(from_="+19195551234", to="+19195554321")
            assert simulator.call(inbound.call_id) == inbound
            assert simulator.answer(inbound.call_id).answer_time == START
            with pytest.raises(SimulatorError, match="unanswered call, got one answered"):
                simulator.answer(inbound.call_id)
            ended = simulator.end(inbound.call_id, "error", error_message="Service unavailable")
            assert (ended.disconnect_cause, ended.error_message) == (
                "error",
                "Service unavailable",
            )
            assert ended.error_id is not None
            with pytest.raises(SimulatorError, match="end: the call has ended already"):
                simulator.end(inbound.call_id)

    def test_time_is_moved_by_hand(self, simulator: Simulator) -> None:
        """The clock stands until it is advanced, and refuses to go back."""
        assert simulator.now == START
        simulator.advance(90.5)
        assert simulator.now == START + timedelta(seconds=90.5)
        with pytest.raises(SimulatorError, match="advance: expected a number of 0 or more"):
            simulator.advance(-1)

    @pytest.mark.parametrize(
        "ask",
        [
            methodcaller("call", "c-1"),
            methodcaller("document", "c-1"),
            methodcaller("history", "c-1"),
            methodcaller("answer", "c-1"),
            methodcaller("end", "c-1"),
        ],
    )
    def test_unknown_call_is_named(
        self, simulator: Simulator, ask: Callable[[Simulator], object]
    ) -> None:
        """The test made a mistake, and is told which."""
        with pytest.raises(SimulatorError, match="expected the id of a call, got 'c-1'"):
            ask(simulator)

    def test_refuses_calls_that_cannot_be(self) -> None:
        """No numbers, too many calls, no such cause."""
        simulator = Simulator(limits=Limits(active_calls=1))
        with pytest.raises(SimulatorError, match=r"receive_call\.to: expected a number, got ''"):
            simulator.receive_call(from_="+19195551234", to="")
        call = simulator.receive_call(from_="+19195551234", to="+19195554321")
        with pytest.raises(
            SimulatorError, match=r"active calls \(Limits\.active_calls\) is reached"
        ):
            simulator.receive_call(from_="+19195551234", to="+19195554321")
        with pytest.raises(SimulatorError, match=r"end\.cause: expected one of hangup, busy"):
            simulator.end(call.call_id, cast("DisconnectCause", "boredom"))

    def test_log_holds_no_secrets(self, simulator: Simulator, send: Send, calls: str) -> None:
        """Neither credentials nor bodies nor queries are remembered."""
        send("POST", calls, {**ORDER, "username": "u", "password": "hunter2"})
        send("GET", f"{calls}?to=hunter2", authorization=basic("u", "hunter2"))
        assert [it.status for it in simulator.requests] == [201, 401]
        log = repr(simulator.requests)
        assert "hunter2" not in log
        assert API_USER not in log


class TestToken:
    """POST /api/v1/oauth2/token."""

    PATH = "/api/v1/oauth2/token"

    def test_token_opens_the_api_until_it_expires(self, send: Send, calls: str) -> None:
        """The reply is the vendor's, and the scheme's case does not count."""
        answer = send("POST", self.PATH, GRANT, media_type=FORM, authorization=CLIENT)
        body = answer.json()
        assert body.keys() == {"access_token", "expires_in", "token_type"}
        assert (body["expires_in"], body["token_type"]) == (3600, "Bearer")
        assert answer.headers["cache-control"] == "no-store"
        assert send("GET", calls, authorization=f"bearer {body['access_token']}").status == 200

    @pytest.mark.parametrize("how", ["time", "order"])
    def test_token_expires(self, simulator: Simulator, send: Send, calls: str, how: str) -> None:
        """After its lifetime of virtual time, or when the test says so."""
        answer = send("POST", self.PATH, GRANT, media_type=FORM, authorization=CLIENT)
        bearer = f"Bearer {answer.json()['access_token']}"
        simulator.advance(3599)
        assert send("GET", calls, authorization=bearer).status == 200
        if how == "time":
            simulator.advance(1)
        else:
            simulator.expire_tokens()
        assert send("GET", calls, authorization=bearer).refusal() == (
            401,
            "authentication-error",
            WRONG,
        )

    @pytest.mark.parametrize(
        "authorization",
        [None, basic(ACCOUNT.client_id, "wrong"), API_USER, "Bearer x", "Basic %", "Basic eA=="],
        ids=["none", "wrong secret", "API user", "bearer", "no base64", "no colon"],
    )
    def test_wrong_client_is_401(self, send: Send, authorization: str | None) -> None:
        """No other credentials get a token, nor does the API user."""
        answer = send("POST", self.PATH, GRANT, media_type=FORM, authorization=authorization)
        assert (answer.status, answer.json()) == (401, {"error": "invalid_client"})

    @pytest.mark.parametrize(
        ("body", "media_type", "error"),
        [
            (b"grant_type=password", FORM, "unsupported_grant_type"),
            (b"", FORM, "invalid_request"),
            (b"\xff", FORM, "invalid_request"),
            (b"a=1&" * 50, FORM, "invalid_request"),
            (GRANT, JSON, "invalid_request"),
        ],
    )
    def test_wrong_body_is_400(self, send: Send, body: bytes, media_type: str, error: str) -> None:
        """The grant has to be client_credentials, as a form."""
        answer = send("POST", self.PATH, body, media_type=media_type, authorization=CLIENT)
        assert (answer.status, answer.json()) == (400, {"error": error})

    def test_only_post(self, send: Send) -> None:
        """405 says what is allowed."""
        answer = send("GET", self.PATH, authorization=CLIENT)
        assert (answer.status, answer.headers["allow"]) == (405, "POST")


class TestJudging:
    """What is judged first."""

    @pytest.mark.parametrize(
        ("authorization", "description"),
        [
            (None, "Unauthorized"),
            ("", "Unauthorized"),
            ("Digest x", "Unauthorized"),
            ("Bearer x", WRONG),
            ("Basic", "Invalid basic authentication token"),
            ("Basic eA==", "Invalid basic authentication token"),
            ("Basic %%%", "Failed to decode basic authentication token"),
            ("Basic /w==", "Failed to decode basic authentication token"),
            ("Basic \u00e9", "Failed to decode basic authentication token"),
            (basic(ACCOUNT.username, "wrong"), WRONG),
            (CLIENT, WRONG),
        ],
    )
    @pytest.mark.parametrize("path", ["/accounts/9900000/calls/bogus", "/accounts/1/x", "/x"])
    def test_bad_credentials_come_before_everything(
        self, send: Send, path: str, authorization: str | None, description: str
    ) -> None:
        """401 whatever the path: strangers do not learn what exists."""
        answer = send("POST", path, authorization=authorization)
        assert answer.refusal() == (401, "authentication-error", description)

    @pytest.mark.parametrize("path", ["/calls", "/calls/bogus", "/nonsense", ""])
    def test_another_account_is_403(self, send: Send, path: str) -> None:
        """Not 404, even for a call that does not exist."""
        answer = send("GET", f"/accounts/1234567{path}")
        assert answer.refusal() == (403, "authorization-error", "Access is denied")

    @pytest.mark.parametrize(
        "path", ["", "/", "/accounts", "/accounts/9900000", "/accounts/9900000/calls/", "//"]
    )
    def test_unknown_path_is_404(self, send: Send, path: str) -> None:
        """A trailing slash is another path."""
        assert send("GET", path).refusal() == (404, "validation", "Not Found")

    @pytest.mark.parametrize(
        ("method", "path", "allow"),
        [
            ("PUT", "", "GET, POST"),
            ("DELETE", "/bogus", "GET, POST"),
            ("POST", "/bogus/bxml", "PUT"),
            ("get", "", "GET, POST"),
        ],
    )
    def test_wrong_method_is_405(
        self, send: Send, calls: str, method: str, path: str, allow: str
    ) -> None:
        """With the methods that would do."""
        answer = send(method, calls + path)
        assert answer.refusal() == (405, "validation", "Method Not Allowed")
        assert answer.headers["allow"] == allow

    def test_head_gets_no_body(self, send: Send, calls: str) -> None:
        """The connection stays in step after it."""
        assert (send("HEAD", calls).status, send("HEAD", calls).body) == (405, b"")
        assert send("GET", calls).status == 200

    @pytest.mark.parametrize(
        "target", ["POST /calls", "POST /calls/bogus", "PUT /calls/bogus/bxml"]
    )
    @pytest.mark.parametrize(
        ("media_type", "description"),
        [
            (None, "Unsupported Media Type"),
            ("text/plain; charset=utf-8", "Content type 'text/plain' not supported"),
            ("text/xml", "Content type 'text/xml' not supported"),
        ],
    )
    def test_wrong_content_type_is_415(
        self, send: Send, target: str, media_type: str | None, description: str
    ) -> None:
        """Judged before the body and the call."""
        method, _, path = target.partition(" ")
        answer = send(method, f"/accounts/9900000{path}", b"?", media_type=media_type)
        assert answer.refusal() == (415, "validation", description)

    def test_content_type_may_have_parameters_and_capitals(self, send: Send, calls: str) -> None:
        """Only the media type counts."""
        answer = send("POST", calls, ORDER, media_type="Application/JSON; charset=utf-8")
        assert answer.status == 201


class TestFailNext:
    """Failures on demand."""

    @pytest.mark.parametrize(
        ("status", "body"),
        [
            (400, ("validation", "Bad Request")),
            (401, ("authentication-error", "Unauthorized")),
            (402, ("error", "Payment Required")),
            (403, ("authorization-error", "Access is denied")),
            (404, ("validation", "Not Found")),
            (405, ("validation", "Method Not Allowed")),
            (409, ("validation", "Call cannot be modified in its current state")),
            (415, ("validation", "Unsupported Media Type")),
            (429, ("error", "Account call creation rate limit exceeded")),
            (500, ("internal-error", "An unknown internal error occurred")),
            (503, ("system-overloaded", "Handling too many requests")),
        ],
    )
    def test_next_request_fails_as_told(
        self, simulator: Simulator, send: Send, calls: str, status: int, body: tuple[str, str]
    ) -> None:
        """Once, without effect, in the vendor's shape."""
        simulator.fail_next(status)
        assert send("POST", calls, ORDER).refusal() == (status, *body)
        assert simulator.calls == ()
        assert send("POST", calls, ORDER).status == 201

    @pytest.mark.parametrize("status", [502, 504])
    def test_gateway_answers_with_a_page(
        self, simulator: Simulator, send: Send, calls: str, status: int
    ) -> None:
        """As gateways do: HTML where JSON was expected."""
        simulator.fail_next(status)
        answer = send("GET", calls)
        assert (answer.status, answer.headers["content-type"]) == (status, "text/html")
        assert answer.body.startswith(b"<html>")

    def test_waits_for_its_operation(self, simulator: Simulator, send: Send, calls: str) -> None:
        """Other operations go on; what was planned first is served first."""
        simulator.fail_next(503, operation="listCalls", times=2)
        simulator.fail_next(500)
        statuses = [send("POST", calls, ORDER).status]
        statuses += [send("GET", calls).status for _ in range(3)]
        assert statuses == [500, 503, 503, 200]

    def test_token_endpoint_can_be_down(self, simulator: Simulator, send: Send) -> None:
        """It is an operation like the others."""
        simulator.fail_next(503, operation="token")
        answer = send("POST", TestToken.PATH, GRANT, media_type=FORM, authorization=CLIENT)
        assert answer.status == 503

    @pytest.mark.parametrize("retry_after", [2, 0.5, "Thu, 01 Jan 2026 12:00:05 GMT", "soon"])
    def test_retry_after_is_sent_as_given(
        self, simulator: Simulator, send: Send, calls: str, retry_after: float | str
    ) -> None:
        """Seconds, a date or nonsense; without it there is no header."""
        simulator.fail_next(429, retry_after=retry_after)
        simulator.fail_next(429)
        assert send("GET", calls).headers["retry-after"] == str(retry_after)
        assert "retry-after" not in send("GET", calls).headers

    def test_processed_request_takes_effect(
        self, simulator: Simulator, send: Send, calls: str
    ) -> None:
        """The call exists although its creation seemed to fail; a bad request stays a 400."""
        simulator.fail_next(500, times=2, processed=True)
        assert send("POST", calls, ORDER).status == 500
        assert len(simulator.calls) == 1
        assert send("POST", calls, {}).status == 400

    def test_bad_credentials_do_not_use_it_up(
        self, simulator: Simulator, send: Send, calls: str
    ) -> None:
        """The failure waits for a request that is let in."""
        simulator.fail_next(500)
        assert send("GET", calls, authorization=None).status == 401
        assert send("GET", calls).status == 500

    @pytest.mark.parametrize(
        ("wrong", "message"),
        [
            (methodcaller("fail_next", 418), "fail_next.status: expected one of 400, 401"),
            (methodcaller("fail_next", 500, times=0), "fail_next.times: expected a number of 1"),
            (
                methodcaller("fail_next", 429, retry_after="1\r\nX: y"),
                "fail_next.retry_after: expected printable ASCII",
            ),
            (
                methodcaller("fail_next", 429, operation="dial"),
                "fail_next.operation: expected one of createCall",
            ),
        ],
    )
    def test_refuses_what_the_platform_does_not_do(
        self, simulator: Simulator, wrong: Callable[[Simulator], None], message: str
    ) -> None:
        """A mistake of the test is named at once."""
        with pytest.raises(SimulatorError, match=message):
            wrong(simulator)


IN_PROCESS = """
import sys

from bxml import Response
from callcontrol.simulator import Simulator

sockets = []
sys.addaudithook(lambda event, _: sockets.append(event) if event == "socket.__new__" else None)


def app(environ, start):
    start("200 OK", [("Content-Type", "application/xml")])
    return [Response().speak_sentence("Hello").to_bytes()]


with Simulator() as simulator:
    assert simulator.dial_in(app, to="+19195551234").hears("Hello")
    call = simulator.call_out(app, to="+19195551234")
    call.answer()
    assert call.hears("Hello")
    assert sockets == []
    assert not {"anyio", "h11", "starlette", "uvicorn"} & sys.modules.keys()
    assert simulator.base_url.startswith("http://127.0.0.1:")
    assert sockets
"""


def test_in_process_there_is_no_socket() -> None:
    """Neither a socket nor the packages of the extra are needed before an address is asked for."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", IN_PROCESS], check=False, timeout=PATIENCE
    )
    assert done.returncode == 0


def test_making_and_ending_one_is_quick() -> None:
    """It waits for no server: the shutdown of uvicorn's own takes 0.2 s each time."""
    began = time.monotonic()
    for _ in range(100):
        with Simulator() as simulator:
            assert simulator.base_url
    assert time.monotonic() - began < 100 * 0.2
