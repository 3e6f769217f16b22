"""The five operations, as request and reply records without sockets."""

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, cast
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bxml import check
from callcontrol.simulator.core.platform import Platform
from callcontrol.simulator.rest.app import handle
from callcontrol.simulator.rest.messages import RestReply, RestRequest
from callcontrol.simulator.settings import Account, Assumptions, Limits, SimulatorSettings

ORDER: Mapping[str, object] = {
    "to": "+19195551234",
    "from": "+19195554312",
    "applicationId": "04e88489-df02-4e34-a0ee-27a91849555f",
    "answerUrl": "https://my.example/answer",
}
CALLS = "/accounts/9900000/calls"
MISSING = "Missing at least one required field. Required fields are"
ONLY = "only http and https are allowed"
METHODS = "Supported methods: [POST, GET]"
WORDS = ("Restricted", "Anonymous", "Private", "Unavailable")
JSON = "application/json"
XML = "application/xml"


@dataclass
class Desk:
    """A platform and someone at it with good credentials."""

    account: Account = field(default_factory=Account)
    limits: Limits = field(default_factory=Limits)
    assumptions: Assumptions = field(default_factory=Assumptions)
    auto_answer: bool = True

    def __post_init__(self) -> None:
        self.platform = Platform(
            SimulatorSettings(
                account=self.account,
                limits=self.limits,
                assumptions=self.assumptions,
                auto_answer=self.auto_answer,
                token_lifetime=3600,
                seed=0,
            )
        )
        user = f"{self.account.username}:{self.account.password}"
        self.authorization = f"Basic {b64encode(user.encode()).decode()}"

    def send(
        self,
        method: str,
        path: str,
        body: object = b"",
        *,
        query: str = "",
        media_type: str | None = JSON,
    ) -> RestReply:
        """Send a request to a path below the API root; a body that is no bytes goes as JSON."""
        headers = {} if media_type is None else {"content-type": media_type}
        headers["authorization"] = self.authorization
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return handle(self.platform, RestRequest(method, f"/api/v2{path}", query, headers, content))

    def create(self, **fields: object) -> str:
        """Create a call and return its id."""
        reply = self.send("POST", CALLS, {**ORDER, **fields})
        assert reply.status == 201
        call_id = read(reply)["callId"]
        assert isinstance(call_id, str)
        return call_id

    def call_in(self, state: str) -> str:
        """Return the id of a call that is queued, initiated, inbound (unanswered) or ended."""
        if state == "inbound":
            return self.platform.calls.receive({**ORDER, "tag": None}).call_id
        call_id = self.create()
        if state == "initiated":
            self.platform.clock.advance(0)
        if state == "ended":
            self.platform.calls.end(call_id, "hangup")
        return call_id

    def state(self, call_id: str) -> Mapping[str, object]:
        """Return the callState body."""
        reply = self.send("GET", f"{CALLS}/{call_id}")
        assert reply.status == 200
        return read(reply)

    def pages(self, query: str = "") -> list[list[str]]:
        """Follow the next links and return the ids on each page."""
        pages: list[list[str]] = []
        while True:
            reply = self.send("GET", CALLS, query=query)
            assert reply.status == 200
            pages.append([state["callId"] for state in json.loads(reply.body)])
            link = dict(reply.headers).get("Link")
            if link is None:
                return pages
            assert link.startswith(f"<{self.platform.calls_url}?")
            assert link.endswith('>; rel="next"')
            query = link.partition("?")[2].partition(">")[0]


def read(reply: RestReply) -> dict[str, object]:
    """Return a JSON body, after a look at its content type."""
    assert ("Content-Type", "application/json;charset=UTF-8") in reply.headers
    body: object = json.loads(reply.body)
    assert isinstance(body, dict)
    return cast("dict[str, object]", body)


def refused(reply: RestReply) -> tuple[int, object, object]:
    """Return status, type and description of a refusal."""
    body = read(reply)
    assert list(body) == ["type", "description", "id"]
    return reply.status, body["type"], body["description"]


@pytest.fixture
def desk() -> Desk:
    """Return a platform on which created calls are answered at once."""
    return Desk()


class TestCreateCall:
    """POST .../calls."""

    def test_reply_is_the_vendors_example(self, desk: Desk) -> None:
        """Every field, every default, in the documented shape."""
        reply = desk.send("POST", CALLS, ORDER)
        body = read(reply)
        call_id = body["callId"]
        url = f"https://voice.bandwidth.com/api/v2/accounts/9900000/calls/{call_id}"
        assert reply.status == 201
        assert dict(reply.headers)["Location"] == url
        assert body == {
            **ORDER,
            "accountId": "9900000",
            "callId": call_id,
            "callUrl": url,
            "enqueuedTime": "2026-01-01T12:00:00.000Z",
            "callTimeout": 30,
            "callbackTimeout": 15,
            "tag": None,
            "answerMethod": "POST",
            "answerFallbackMethod": "POST",
            "answerFallbackUrl": None,
            "disconnectMethod": "POST",
            "disconnectUrl": None,
            "username": None,
            "password": None,
            "fallbackUsername": None,
            "fallbackPassword": None,
            "priority": 5,
        }

    def test_echo_masks_passwords_and_omits_the_rest(self, desk: Desk) -> None:
        """What was sent comes back, except passwords and four fields that are never echoed."""
        sent = {
            "username": "ada",
            "password": "hunter2",
            "fallbackUsername": "bob",
            "fallbackPassword": "hunter3",
            "answerFallbackUrl": "https://my.example/fallback",
            "answerFallbackMethod": "GET",
            "disconnectUrl": "http://my.example/end",
            "callTimeout": 12.5,
            "callbackTimeout": 1,
            "priority": 1,
            "tag": "t",
        }
        hidden = {
            "privacy": True,
            "displayName": "Private",
            "uui": "aGk=;encoding=base64",
            "machineDetection": {"mode": "sync"},
        }
        reply = desk.send("POST", CALLS, {**ORDER, **sent, **hidden})
        body = read(reply)
        masked = {"password": "*****", "fallbackPassword": "*****"}
        assert {name: body[name] for name in sent} == {**sent, **masked}
        assert not hidden.keys() & body.keys()
        assert b"hunter" not in reply.body

    def test_null_is_absent(self, desk: Desk) -> None:
        """Optional fields may be null and take their default."""
        names = ("tag", "priority", "callTimeout", "answerMethod", "disconnectUrl", "privacy")
        reply = desk.send("POST", CALLS, {**ORDER, **dict.fromkeys(names)})
        assert read(reply)["priority"] == 5

    @pytest.mark.parametrize(
        ("fields", "description"),
        [
            ({"to": "9195551234"}, "Invalid to: must be an E164 telephone number"),
            ({"to": 1}, "Invalid to: must be an E164 telephone number"),
            ({"from": "Private"}, "Invalid from: must be an E164 telephone number"),
            ({"from": "sip:a@b.example"}, "Invalid from: must be an E164 telephone number"),
            *(
                (
                    {name: value},
                    f"{MISSING} [from, to, answerUrl, applicationId]",
                )
                for name in ORDER
                for value in ("", None)
            ),
            ({"priority": 2.5}, "Invalid priority: must be an integer"),
            ({"callTimeout": "30"}, "Invalid callTimeout: must be a number"),
            ({"callTimeout": True}, "Invalid callTimeout: must be a number"),
            (
                {"tag": "x" * 4097},
                "Could not create call: sendCallback tag must contain at most 4096 characters",
            ),
            ({"tag": ["x"]}, "Invalid tag: must be a string"),
            ({"answerUrl": "ftp://a/"}, f"Invalid answerUrl: {ONLY}"),
            ({"answerUrl": "/answer"}, f"Invalid answerUrl: {ONLY}"),
            ({"answerUrl": "http://["}, f"Invalid answerUrl: {ONLY}"),
            (
                {"answerUrl": "http://a/" + "x" * 2048},
                "answerUrl must contain at most 2048 characters",
            ),
            ({"answerMethod": "PUT"}, f"Invalid answerUrl method. {METHODS}"),
            ({"disconnectMethod": "post"}, f"Invalid disconnectUrl method. {METHODS}"),
            (
                {"answerUrl": "http://my.example/", "username": "ada"},
                "Invalid answerUrl: https is required with credentials",
            ),
            (
                {"answerFallbackUrl": "HTTP://my.example/", "fallbackUsername": "ada"},
                "Invalid answerFallbackUrl: https is required with credentials",
            ),
            ({"username": "x" * 1025}, "username must contain at most 1024 characters"),
            ({"privacy": "yes"}, "Invalid privacy: must be true or false"),
            ({"displayName": "a\nb"}, "Invalid displayName: must not contain control characters"),
            (
                {"displayName": "Ada", "privacy": True},
                f"Invalid displayName: must be one of [{', '.join(WORDS)}] with privacy",
            ),
            ({"uui": "aGk="}, "Invalid uui: each value must end in ;encoding=jwt, base64 or hex"),
            ({"uui": "x" * 351}, "uui must contain at most 350 characters"),
            ({"machineDetection": "sync"}, "Invalid machineDetection: must be an object"),
            (
                {"machineDetection": {}},
                "Invalid machineDetection: callbackUrl is required when mode is async",
            ),
            ({"machineDetection": {"mode": "later"}}, "Invalid mode: must be one of [sync, async]"),
            (
                {"machineDetection": {"mode": "sync", "silenceTimeout": "1"}},
                "Invalid silenceTimeout: must be a number",
            ),
            ({"answerURL": "x"}, "Unknown field answerURL; did you mean 'answerUrl'?"),
            ({"zzzzzz": 1}, "Unknown field zzzzzz"),
        ],
    )
    def test_refuses_what_the_vendor_refuses(
        self, desk: Desk, fields: Mapping[str, object], description: str
    ) -> None:
        """Every limit has a 400 with the vendor's text, or ours where none is known."""
        reply = desk.send("POST", CALLS, {**ORDER, **fields})
        assert refused(reply) == (400, "validation", description)
        assert list(desk.platform.calls) == []

    @pytest.mark.parametrize(
        ("name", "limits", "value"),
        [
            ("callTimeout", "[1, 300]", 0.9),
            ("callTimeout", "[1, 300]", 300.5),
            ("callbackTimeout", "[1, 25]", 26),
            ("priority", "[1, 5]", 0),
            ("priority", "[1, 5]", 6),
        ],
    )
    def test_numbers_have_limits(self, desk: Desk, name: str, limits: str, value: float) -> None:
        """The text is the vendor's."""
        reply = desk.send("POST", CALLS, {**ORDER, name: value})
        description = f"{name} must be within the range {limits}, but was {value}"
        assert refused(reply) == (400, "validation", description)

    @pytest.mark.parametrize(
        "fields",
        [
            {"to": "sip:user@server.example"},
            {"callTimeout": 1},
            {"callTimeout": 300},
            {"callbackTimeout": 25},
            {"priority": 5},
            {"tag": "x" * 4096},
            {"tag": ""},
            {"username": "x" * 1024},
            {"answerUrl": "http://127.0.0.1:5000/answer", "username": "ada", "password": "x"},
            {"displayName": "x" * 256},
            {"displayName": "Restricted", "privacy": True},
            {"uui": "0a;encoding=hex,a.b.c;encoding=jwt"},
            {"machineDetection": {"callbackUrl": "https://my.example/amd", "delayResult": True}},
        ],
    )
    def test_accepts_up_to_the_limit(self, desk: Desk, fields: Mapping[str, object]) -> None:
        """The last value inside each limit makes a call."""
        assert desk.send("POST", CALLS, {**ORDER, **fields}).status == 201

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{",
            b"null",
            b"[]",
            b'"text"',
            b"\xff",
            b"[" * 100_000,
            b'{"callTimeout": NaN}',
            b'{"callTimeout": 1e999, ' + json.dumps(ORDER).encode()[1:],
            b'{"priority": ' + b"9" * 5000 + b"}",
            b'{"priority": ' + b"9" * 4000 + b", " + json.dumps(ORDER).encode()[1:],
            b'{"tag": "\\ud800" }',
        ],
        ids=lambda body: f"{len(body)} bytes",
    )
    def test_survives_any_body(self, desk: Desk, body: bytes) -> None:
        """What is no JSON object is a 400, never a crash."""
        assert refused(desk.send("POST", CALLS, body))[:2] == (400, "validation")

    def test_refuses_an_unknown_application(self) -> None:
        """Once the applications are listed, only they exist."""
        desk = Desk(account=Account(application_ids=frozenset({"known"})))
        reply = desk.send("POST", CALLS, ORDER)
        description = f"Could not create call: Application id {ORDER['applicationId']} not found"
        assert refused(reply) == (400, "validation", description)
        desk.create(applicationId="known")

    def test_ignores_unknown_names_if_told(self) -> None:
        """Unknown names are refused unless the assumption says otherwise."""
        desk = Desk(assumptions=Assumptions(ignore_unknown_names=True))
        desk.create(brandNew=1, machineDetection={"mode": "sync", "brandNew": 1})
        assert len(desk.pages("brandNew=1")[0]) == 1

    @pytest.mark.parametrize(
        ("desk", "description"),
        [
            (Desk(limits=Limits(active_calls=1)), "Account concurrent call limit exceeded"),
            (
                Desk(limits=Limits(calls_per_second=1, queue_seconds=1), auto_answer=False),
                "Account call creation rate limit exceeded",
            ),
        ],
    )
    def test_limits_of_the_account(self, desk: Desk, description: str) -> None:
        """The call too many gets 429 and a time to come back."""
        desk.create()
        reply = desk.send("POST", CALLS, ORDER)
        assert refused(reply) == (429, "error", description)
        assert ("Retry-After", "1") in reply.headers


class TestGetCallState:
    """GET .../calls/{callId}."""

    def test_shows_every_field(self, desk: Desk) -> None:
        """All fields of callState are there, unset ones null."""
        call_id = desk.create(tag="t")
        now = "2026-01-01T12:00:00.000Z"
        assert desk.state(call_id) == {
            "applicationId": ORDER["applicationId"],
            "accountId": "9900000",
            "callId": call_id,
            "parentCallId": None,
            "to": ORDER["to"],
            "from": ORDER["from"],
            "direction": "outbound",
            "state": "answered",
            "stirShaken": None,
            "identity": None,
            "enqueuedTime": now,
            "startTime": now,
            "answerTime": now,
            "endTime": None,
            "disconnectCause": None,
            "errorMessage": None,
            "errorId": None,
            "lastUpdate": now,
        }

    @pytest.mark.parametrize(
        ("path", "shown"),
        [
            ("does-not-exist", "does-not-exist"),
            ("not%20a%20call%20id", "not a call id"),
            ("..%2F..%2Fetc", "../../etc"),
            ("%ff", "\ufffd"),
            ("x" * 500, "x" * 100 + "..."),
        ],
    )
    def test_nonsense_is_not_found(self, desk: Desk, path: str, shown: str) -> None:
        """An unknown call id of any shape is a 404, not a 400."""
        reply = desk.send("GET", f"{CALLS}/{path}")
        assert refused(reply) == (404, "validation", f"Call [{shown}] not found")

    def test_lasts_seven_days_after_the_end(self, desk: Desk) -> None:
        """Then the call is gone, from here and from the list."""
        call_id = desk.create()
        desk.send("POST", f"{CALLS}/{call_id}", {"state": "completed"})
        desk.platform.clock.advance(7 * 86_400)
        assert desk.state(call_id)["state"] == "disconnected"
        desk.platform.clock.advance(1)
        assert desk.send("GET", f"{CALLS}/{call_id}").status == 404
        assert desk.pages() == [[]]


class TestListCalls:
    """GET .../calls."""

    def test_is_empty_before_the_first_call(self, desk: Desk) -> None:
        """An empty array, not a 404."""
        assert desk.pages() == [[]]

    @pytest.mark.parametrize("size", [1, 2, 3, 6, 7, 8, 10_000])
    def test_pages_hold_every_call_once_in_order(self, desk: Desk, size: int) -> None:
        """Following the links gives all calls, oldest first, and no empty last page."""
        created = [desk.create() for _ in range(7)]
        pages = desk.pages(f"pageSize={size}")
        assert [call_id for page in pages for call_id in page] == created
        assert len(pages) == -(-7 // size)

    def test_a_call_made_between_two_pages_comes_last(self, desk: Desk) -> None:
        """Paging neither repeats nor skips when the account is busy."""
        first, second = desk.create(), desk.create()
        reply = desk.send("GET", CALLS, query="pageSize=1")
        query = dict(reply.headers)["Link"].partition("?")[2].partition(">")[0]
        desk.send("POST", f"{CALLS}/{first}", {"state": "completed"})
        third = desk.create()
        assert desk.pages(query) == [[second], [third]]

    def test_default_page_is_a_thousand(self) -> None:
        """The documented default."""
        desk = Desk(limits=Limits(active_calls=None))
        for _ in range(1001):
            desk.create()
        assert [len(page) for page in desk.pages()] == [1000, 1]

    def test_filters(self) -> None:
        """Each filter alone, both time limits inclusive; a queued call has no start."""
        desk = Desk(auto_answer=False)
        early = desk.create(to="+19195550001")
        desk.platform.clock.advance(0)
        desk.platform.clock.advance(3600)
        late = desk.create(**{"from": "+19195550002"})
        desk.platform.clock.advance(0)
        queued = desk.create(to="sip:a+b@c.example")
        expected = {
            "to=%2B19195550001": [early],
            "to=%2b19195550001&from=%2B19195554312": [early],
            "to=+19195550001": [],
            "from=%2B19195550002": [late],
            "to=sip:a%2Bb@c.example": [queued],
            "minStartTime=2026-01-01T12:00:00Z": [early, late],
            "minStartTime=2026-01-01T12:00:00.001Z": [late],
            "minStartTime=2026-01-01T14:00:00%2B01:00": [late],
            "maxStartTime=2026-01-01T12:00:00": [early],
            "maxStartTime=2026-01-01": [],
            "disconnectCause=timeout": [early],
            "disconnectCause=hangup": [],
        }
        assert {query: desk.pages(query)[0] for query in expected} == expected

    def test_next_link_keeps_the_filters(self, desk: Desk) -> None:
        """The second page is filtered like the first."""
        wanted = [desk.create(to="+19195550001"), desk.create(), desk.create(to="+19195550001")]
        pages = desk.pages("to=%2B19195550001&pageSize=1")
        assert pages == [[wanted[0]], [wanted[2]]]

    @pytest.mark.parametrize(
        ("query", "description"),
        [
            ("pageSize=0", "pageSize must be within the range [1, 10000], but was 0"),
            ("pageSize=10001", "pageSize must be within the range [1, 10000], but was 10001"),
            ("pageSize=-1", "pageSize must be within the range [1, 10000], but was -1"),
            ("pageSize=ten", "Invalid pageSize: must be an integer"),
            ("pageSize=" + "9" * 5000, "Invalid pageSize: must be an integer"),
            ("pageSize=%D9%A1", "Invalid pageSize: must be an integer"),
            ("pageSize=", "Invalid pageSize: must have exactly one value"),
            ("to=a&to=b", "Invalid to: must have exactly one value"),
            ("minStartTime=noon", "Invalid minStartTime: must be an ISO 8601 date and time"),
            ("maxStartTime=1%00", "Invalid maxStartTime: must be an ISO 8601 date and time"),
            ("pageToken=made-up", "Invalid pageToken"),
            ("pageToken=%E2%82%AC", "Invalid pageToken"),
            ("pagesize=1", "Unknown parameter pagesize; did you mean 'pageSize'?"),
            (
                "&".join(["to=1"] * 101),
                "There is something wrong with the request: too many query parameters",
            ),
        ],
    )
    def test_refuses_absurd_values(self, desk: Desk, query: str, description: str) -> None:
        """A query that makes no sense is a 400 that says why."""
        reply = desk.send("GET", CALLS, query=query)
        assert refused(reply) == (400, "validation", description)

    @settings(deadline=None)
    @given(
        st.dictionaries(
            st.sampled_from(
                ["to", "from", "minStartTime", "maxStartTime", "pageSize", "pageToken"]
            ),
            st.one_of(st.text(), st.integers().map(str), st.datetimes().map(str)),
        )
    )
    def test_any_query_is_answered(self, parameters: dict[str, str]) -> None:
        """200 or 400, whatever the values."""
        desk = Desk()
        desk.create()
        query = urlencode(parameters, errors="surrogatepass")
        assert desk.send("GET", CALLS, query=query).status in {200, 400}


class TestUpdateCall:
    """POST .../calls/{callId}."""

    def test_active_redirects(self, desk: Desk) -> None:
        """200 with an empty body; the call drops its document and takes the tag."""
        call_id = desk.create()
        desk.send("PUT", f"{CALLS}/{call_id}/bxml", b"<Bxml/>", media_type=XML)
        body = {"redirectUrl": "http://my.example/next", "tag": "new", "username": "ada"}
        assert desk.send("POST", f"{CALLS}/{call_id}", body) == RestReply(200)
        call = desk.platform.calls.get(call_id)
        assert call is not None
        assert (call.tag, call.state) == ("new", "answered")
        assert desk.platform.calls.document(call_id) is None
        assert desk.platform.calls.history(call_id)[-1].detail == "http://my.example/next"

    @pytest.mark.parametrize(("reading", "status"), [("accept", 200), ("refuse", 409)])
    @pytest.mark.parametrize("ended_by", ["itself", "busy", "request"])
    def test_a10_completed_after_the_end(
        self, reading: Literal["accept", "refuse"], status: int, ended_by: str
    ) -> None:
        """A call that has just ended is as wanted: a 200 without effect, or by option a 409."""
        desk = Desk(assumptions=Assumptions(completed_after_end=reading))
        call_id = desk.create()
        path = f"{CALLS}/{call_id}"
        if ended_by == "request":
            assert desk.send("POST", path, {"state": "completed"}) == RestReply(200)
        else:
            desk.platform.calls.end(call_id, "busy" if ended_by == "busy" else "hangup")
        before = desk.state(call_id)
        desk.platform.clock.advance(60)
        assert desk.send("POST", path, {"state": "completed"}).status == status
        assert desk.send("POST", path, {"redirectUrl": "http://my.example/next"}).status == 409
        assert desk.state(call_id) == before
        desk.platform.clock.advance(1)
        assert desk.send("POST", path, {"state": "completed"}).status == 404

    @pytest.mark.parametrize(
        ("state", "cause"),
        [("queued", "cancel"), ("initiated", "cancel"), ("inbound", "rejected")],
    )
    def test_completed_before_the_answer(self, state: str, cause: str) -> None:
        """Outbound calls are cancelled, inbound ones rejected."""
        desk = Desk(auto_answer=False)
        call_id = desk.call_in(state)
        assert desk.send("POST", f"{CALLS}/{call_id}", {"state": "completed"}) == RestReply(200)
        assert desk.state(call_id)["disconnectCause"] == cause

    @pytest.mark.parametrize("state", ["queued", "initiated", "inbound", "ended"])
    @pytest.mark.parametrize("operation", ["redirect", "bxml"])
    def test_conflict(self, state: str, operation: str) -> None:
        """Redirect and BXML need an answered call."""
        desk = Desk(auto_answer=False)
        call_id = desk.call_in(state)
        path = f"{CALLS}/{call_id}"
        if operation == "bxml":
            reply = desk.send("PUT", f"{path}/bxml", b"<Bxml/>", media_type=XML)
        else:
            reply = desk.send("POST", path, {"redirectUrl": "https://my.example/"})
        description = f"Call [{call_id}] cannot be modified in its current state"
        assert refused(reply) == (409, "validation", description)

    @pytest.mark.parametrize(
        ("body", "description"),
        [
            ({}, f"{MISSING} [redirectUrl]"),
            ({"state": "active"}, f"{MISSING} [redirectUrl]"),
            ({"states": "x"}, "Unknown field states; did you mean 'state'?"),
            ({"state": "ended"}, "Invalid state: must be one of [active, completed]"),
            ({"state": []}, "Invalid state: must be one of [active, completed]"),
            ({"redirectUrl": "/next"}, f"Invalid redirectUrl: {ONLY}"),
            (
                {"redirectUrl": "http://h/", "tag": "x" * 4097},
                "tag must contain at most 4096 characters",
            ),
            *(
                (
                    {"state": "completed", name: value},
                    f"Invalid {name}: must not be set when state is completed",
                )
                for name, value in (
                    ("redirectUrl", "https://my.example/"),
                    ("redirectMethod", "GET"),
                    ("redirectFallbackMethod", "GET"),
                    ("tag", "t"),
                )
            ),
        ],
    )
    def test_refuses_what_contradicts_itself(
        self, desk: Desk, body: Mapping[str, object], description: str
    ) -> None:
        """A 400 leaves the call as it was."""
        call_id = desk.create()
        reply = desk.send("POST", f"{CALLS}/{call_id}", body)
        assert refused(reply) == (400, "validation", description)
        assert desk.state(call_id)["state"] == "answered"

    def test_unknown_call_is_not_found(self, desk: Desk) -> None:
        """Whatever is asked of it, if it is asked well."""
        for method, path, body, media_type in (
            ("POST", "bogus", {"state": "completed"}, JSON),
            ("POST", "bogus", {"redirectUrl": "https://my.example/"}, JSON),
            ("PUT", "bogus/bxml", b"<Bxml/>", XML),
        ):
            reply = desk.send(method, f"{CALLS}/{path}", body, media_type=media_type)
            assert refused(reply) == (404, "validation", "Call [bogus] not found")

    def test_useless_credentials_are_accepted(self, desk: Desk) -> None:
        """The vendor's own guide sends them when it cancels a call."""
        body = {"state": "completed", "username": "ada", "password": "x", "redirectUrl": None}
        assert desk.send("POST", f"{CALLS}/{desk.create()}", body).status == 200


class TestUpdateCallBxml:
    """PUT .../calls/{callId}/bxml."""

    @pytest.mark.parametrize(
        "document",
        [
            "<Bxml/>",
            "<Response><Hangup/></Response>",
            '<?xml version="1.0" encoding="UTF-8"?><Bxml><SpeakSentence>Zoë</SpeakSentence></Bxml>',
            '<Bxml><Forward to="+19195551234"/></Bxml>',
        ],
    )
    def test_replaces_the_document(self, desk: Desk, document: str) -> None:
        """Both roots go in with 204, and what a call may run is not asked."""
        call_id = desk.create()
        path = f"{CALLS}/{call_id}/bxml"
        assert desk.send("PUT", path, document.encode(), media_type=XML) == RestReply(204)
        assert desk.platform.calls.document(call_id) == document

    @pytest.mark.parametrize("encoding", ["ISO-8859-1", "UTF-16", "UTF-8-sig"])
    def test_reads_other_encodings(self, desk: Desk, encoding: str) -> None:
        """As XML has it; what the call holds is the characters."""
        name = encoding.removesuffix("-sig")
        document = f'<?xml version="1.0" encoding="{name}"?><Bxml><Tag>\u00e9</Tag></Bxml>'
        call_id = desk.create()
        body = document.encode(encoding)
        assert desk.send("PUT", f"{CALLS}/{call_id}/bxml", body, media_type=XML) == RestReply(204)
        assert desk.platform.calls.document(call_id) == document

    @pytest.mark.parametrize(
        "document",
        [
            b"invalidBXML",
            b"",
            b"<Bxml>",
            b"<Menu/>",
            b"<Bxml><Hangup/><Pusae/></Bxml>",
            b"\xff",
            b"<Bxml>" + b" " * 65_536 + b"</Bxml>",
        ],
        ids=lambda document: repr(document[:60]),
    )
    def test_refused_document_leaves_the_call_alone(self, desk: Desk, document: bytes) -> None:
        """400 names the first problem, and the old document stays."""
        call_id = desk.create()
        path = f"{CALLS}/{call_id}/bxml"
        desk.send("PUT", path, b"<Bxml/>", media_type=XML)
        status, kind, description = refused(desk.send("PUT", path, document, media_type=XML))
        assert (status, kind) == (400, "validation")
        assert str(description).startswith("Invalid BXML: ")
        assert desk.platform.calls.document(call_id) == "<Bxml/>"

    def test_description_is_ours_after_the_vendors_opening(self, desk: Desk) -> None:
        """Where, what was expected, what was found."""
        body = b'<Bxml><Gather maxDigits="99"/></Bxml>'
        reply = desk.send("PUT", f"{CALLS}/{desk.create()}/bxml", body, media_type=XML)
        problem = next(it for it in check(body) if it.severity == "error")
        assert refused(reply) == (400, "validation", f"Invalid BXML: {problem} ({problem.rule})")
        assert "Bxml/Gather/@maxDigits (line 1, column 15): expected" in str(problem)

    def test_warnings_do_not_refuse(self, desk: Desk) -> None:
        """A document that is merely doubtful goes in."""
        body = b"<Bxml><Hangup/><Hangup/></Bxml>"
        assert not [it for it in check(body, context="call-update") if it.severity == "error"]
        reply = desk.send("PUT", f"{CALLS}/{desk.create()}/bxml", body, media_type=XML)
        assert reply.status == 204
