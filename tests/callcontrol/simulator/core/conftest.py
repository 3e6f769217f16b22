"""A world for the engine: an application that is a table of replies, and everything it saw."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import pytest

from callcontrol.events import Event, parse_event
from callcontrol.simulator.core.calls import Call
from callcontrol.simulator.core.engine import Engine
from callcontrol.simulator.core.leg import VoiceApplication
from callcontrol.simulator.core.observations import Observation, Spoke, Transferring, Warned
from callcontrol.simulator.core.platform import Platform
from callcontrol.simulator.core.webhooks import HttpRequest, Target, WebhookReply
from callcontrol.simulator.rest.app import handle
from callcontrol.simulator.rest.messages import RestReply, RestRequest
from callcontrol.simulator.settings import Account, Assumptions, Limits, SimulatorSettings

ORIGIN = "https://app.test"
CALLER, CALLED = "+19195551234", "+19195554321"

Answer = Callable[[HttpRequest], WebhookReply]


@dataclass
class World:
    """One platform with one application at https://app.test."""

    assumptions: Assumptions = field(default_factory=Assumptions)
    limits: Limits = field(default_factory=Limits)
    routes: dict[str, Answer] = field(default_factory=dict[str, Answer])
    requests: list[HttpRequest] = field(default_factory=list[HttpRequest])
    seen: list[Observation] = field(default_factory=list[Observation])
    seed: int = 0

    def __post_init__(self) -> None:
        settings = SimulatorSettings(
            account=Account(),
            limits=self.limits,
            assumptions=self.assumptions,
            auto_answer=False,
            token_lifetime=3600,
            seed=self.seed,
        )
        self.platform = Platform(settings)
        self.engine = Engine(self.platform, self)
        self.engine.observers.append(self.seen.append)

    # --- the application ------------------------------------------------------------------

    def deliver(self, request: HttpRequest) -> WebhookReply:
        """Answer from the table; webhooks that only notify always succeed."""
        self.requests.append(request)
        path = request.url.partition("?")[0].removeprefix(ORIGIN)
        found = self.routes.get(path)
        if found is not None:
            return found(request)
        known = request.webhook is not None and not request.webhook.can_reply
        return WebhookReply(status=204 if known else 404)

    def serve(self, path: str, bxml: str, **reply: float) -> None:
        """Reply to a path with verbs inside a Response."""
        body = f"<Response>{bxml}</Response>".encode()
        self.routes[path] = lambda _: WebhookReply(body=body, seconds=reply.get("seconds", 0))

    def reply(self, path: str, reply: WebhookReply) -> None:
        """Reply to a path with exactly this."""
        self.routes[path] = lambda _: reply

    # --- calls ----------------------------------------------------------------------------

    @property
    def application(self) -> VoiceApplication:
        """The settings of the voice application."""
        return VoiceApplication(
            initiated=Target(url=f"{ORIGIN}/start"), status=Target(url=f"{ORIGIN}/status")
        )

    def dial_in(self, bxml: str | None = None, from_: str = CALLER) -> str:
        """Let a call come in; its first document holds these verbs."""
        if bxml is not None:
            self.serve("/start", bxml)
        return self.engine.dial_in(from_=from_, to=CALLED, application=self.application)

    def create(self, **order: object) -> RestReply:
        """Create an outbound call over REST."""
        body = {
            "from": CALLED,
            "to": CALLER,
            "applicationId": "app",
            "answerUrl": f"{ORIGIN}/answer",
            "disconnectUrl": f"{ORIGIN}/status",
            **order,
        }
        return self.rest("POST", "", body)

    def dial_out(self, bxml: str | None = None, *, picked_up: bool = True, **order: object) -> str:
        """Create an outbound call, let it ring and, by default, answer it."""
        if bxml is not None:
            self.serve("/answer", bxml)
        call_id = str(json.loads(self.create(**order).body)["callId"])
        self.engine.settle()
        if picked_up:
            self.engine.answer(call_id)
        return call_id

    def rest(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | str = "",
        collection: str = "calls",
    ) -> RestReply:
        """Send a REST request to the calls, or another collection, of the account."""
        xml = isinstance(body, str)
        account = self.platform.settings.account
        text = body if isinstance(body, str) else json.dumps(body)
        token = self.platform.tokens.issue().access_token
        headers = {
            "authorization": f"Bearer {token}",
            "content-type": "application/xml" if xml else "application/json",
        }
        url = f"/api/v2/accounts/{account.account_id}/{collection}{path}"
        reply = handle(self.platform, RestRequest(method, url, "", headers, text.encode()))
        self.engine.settle()
        return reply

    def push(self, call_id: str, bxml: str) -> int:
        """Push verbs into a call and return the status."""
        return self.rest("PUT", f"/{call_id}/bxml", f"<Bxml>{bxml}</Bxml>").status

    def update(self, call_id: str, **order: object) -> int:
        """Update a call and return the status."""
        return self.rest("POST", f"/{call_id}", order).status

    def call(self, call_id: str) -> Call:
        """Return a call as it stands."""
        call = self.platform.calls.get(call_id)
        assert call is not None
        return call

    def cause(self, call_id: str) -> str | None:
        """Return why a call ended."""
        return self.call(call_id).disconnect_cause

    # --- what was seen --------------------------------------------------------------------

    @property
    def events(self) -> list[Event]:
        """Every event that the application got, in order."""
        return [
            parse_event(request.body if request.method == "POST" else request.url.partition("?")[2])
            for request in self.requests
            if request.webhook is not None
        ]

    @property
    def kinds(self) -> list[str]:
        """The kinds of these events."""
        return [event.event_type for event in self.events]

    def fields(self, kind: str, index: int = -1) -> Mapping[str, object]:
        """Return the wire fields of one event of a kind."""
        found = [event for event in self.events if event.event_type == kind]
        body: dict[str, object] = json.loads(found[index].to_json())
        return body

    def heard(self, call_id: str) -> list[str]:
        """Return what was said on a leg or in a conference, in order."""
        return [
            observation.text
            for observation in self.seen
            if isinstance(observation, Spoke) and observation.call_id == call_id
        ]

    @property
    def legs(self) -> list[str]:
        """Ids of the legs that Transfers and Forwards dialled, in order."""
        return [
            observation.leg_id for observation in self.seen if isinstance(observation, Transferring)
        ]

    @property
    def warnings(self) -> list[str]:
        """What observers were warned of."""
        return [observation.text for observation in self.seen if isinstance(observation, Warned)]

    @property
    def seconds(self) -> float:
        """Seconds since the world began."""
        from callcontrol.simulator.core.clock import START

        return (self.engine.now - START).total_seconds()


@pytest.fixture
def world() -> Iterator[World]:
    """Return a fresh world; everything the application got must be a complete event."""
    made = World()
    yield made
    for event in made.events:
        assert parse_event(event.to_json()) == event
        unanswered = {"answerTime"} if event.event_type == "referComplete" else set[str]()
        assert set(event.absent) <= {"startTime", *unanswered}, event


@pytest.fixture
def make_world() -> type[World]:
    """Return the class, for worlds with other settings."""
    return World
