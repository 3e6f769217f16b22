"""``check`` and the simulator agree: what one refuses the other refuses, with the same rule."""

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bxml import Problem, check
from bxml.cli.examples import EXAMPLES
from bxml.documents import Document
from bxml.rules import RULES
from bxml.strategies import InvalidDocument, documents, invalid_documents
from callcontrol.explorer import explore
from callcontrol.simulator.core.observations import Rejected
from callcontrol.simulator.core.script import NEVER_A_FAULT, ContextId
from callcontrol.simulator.core.signals import NotSimulatedError
from callcontrol.simulator.core.webhooks import WebhookReply
from callcontrol.simulator.rest.app import handle
from callcontrol.simulator.rest.messages import RestRequest
from callcontrol.simulator.settings import Assumptions
from examples.applications import broken_flask, screening_flask
from tests.callcontrol.simulator.core.conftest import World

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

ROOT = Path(__file__).parents[4]
BLOCK = re.compile(r"^( *)```xml\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
OTHER = "https://app.test/body"
NUMBER = f'<PhoneNumber transferAnswerUrl="{OTHER}">+19195550001</PhoneNumber>'
TRANSFER = f"<Transfer>{NUMBER}</Transfer>"
ROOM = f'<Conference conferenceEventUrl="{OTHER}">room</Conference>'


def expected(body: bytes, context: ContextId, assumptions: Assumptions) -> Problem | None:
    """Return the first problem for which ``check`` refuses a document."""
    forgiven = NEVER_A_FAULT if assumptions.unknown_attributes == "ignore" else frozenset[str]()
    found = (problem for problem in check(body, context=context) if problem.severity == "error")
    return next((problem for problem in found if problem.rule not in forgiven), None)


def replied(world: World, path: str, body: bytes, first: str) -> str:
    """Return why the simulator refuses a document in a reply, empty if it runs it."""
    if first:
        world.serve("/start", first)
    world.reply(path, WebhookReply(body=body))
    with suppress(NotSimulatedError):
        world.dial_in()
        for leg in world.legs[:1] if first else ():
            world.engine.answer(leg)
    refused = [seen.text for seen in world.seen if isinstance(seen, Rejected)]
    return next((text for text in refused if "is not valid BXML" in text), "")


def pushed(world: World, body: bytes) -> str:
    """Return why the REST operation refuses a document, empty if it takes it."""
    call = world.dial_in('<Pause duration="600"/>')
    account = world.platform.settings.account.account_id
    token = world.platform.tokens.issue().access_token
    headers = {"authorization": f"Bearer {token}", "content-type": "application/xml"}
    path = f"/api/v2/accounts/{account}/calls/{call}/bxml"
    reply = handle(world.platform, RestRequest("PUT", path, "", headers, body))
    assert reply.status in (204, 400)
    if reply.status == 204:
        with suppress(NotSimulatedError):
            world.engine.settle()
        assert world.cause(call) != "invalid-bxml"
    return "" if reply.status == 204 else reply.body.decode()


SIMULATED: Mapping[ContextId, Callable[[World, bytes], str]] = {
    "call-webhook-reply": lambda world, body: replied(world, "/start", body, ""),
    "transfer-answer-reply": lambda world, body: replied(world, "/body", body, TRANSFER),
    "conference-webhook-reply": lambda world, body: replied(world, "/body", body, ROOM),
    "call-update": pushed,
}
"""What brings a document into each context of the simulator."""


def disagreements(body: bytes, assumptions: Assumptions) -> Sequence[str]:
    """Return the contexts in which one of the two refuses a document and the other does not."""
    found: list[str] = []
    for context, simulate in SIMULATED.items():
        if not body.strip() and context != "call-update":
            continue  # a reply without a body is an empty document (F7)
        problem = expected(body, context, assumptions)
        got = simulate(World(assumptions), body)
        rule = "" if problem is None else f"({problem.rule})"
        if bool(got) != bool(rule) or rule not in got:
            found.append(f"{context}: check {rule or 'accepts'}, simulator: {got or 'accepts'}")
    return found


def as_bytes(example: str | bytes | Document) -> bytes:
    """Return an example of a rule as XML."""
    if isinstance(example, Document):
        return example.to_bytes()
    return example.encode() if isinstance(example, str) else example


@cache
def written() -> Mapping[str, bytes]:
    """Return every document of the pages, the rules and the examples of elements."""
    found = {f"example {name}": text.encode() for name, text in EXAMPLES.items()}
    for rule in RULES.values():
        found[f"bad {rule.id}"] = as_bytes(rule.bad)
        found[f"good {rule.id}"] = as_bytes(rule.good)
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))):
        blocks = BLOCK.findall(page.read_text(encoding="utf-8"))
        for number, (indent, text) in enumerate(blocks, 1):
            plain = re.sub(f"^{indent}", "", text, flags=re.MULTILINE)
            found[f"{page.name} {number}"] = plain.encode()
    return found


def test_x8_x9_documents_of_pages_and_rules() -> None:
    """Every XML block of the documentation, and both examples of every rule."""
    assert len(written()) > 400
    found = {name: disagreements(body, Assumptions()) for name, body in written().items()}
    strict = Assumptions(unknown_attributes="refuse")
    for name, body in written().items():
        if any(problem.rule in NEVER_A_FAULT for problem in check(body)):
            found[f"{name}, strictly"] = disagreements(body, strict)
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("app", [broken_flask.app, screening_flask.app], ids=lambda it: it.name)
def test_x8_documents_of_applications(app: "WSGIApplication") -> None:
    """Every document that two example applications send while they are explored."""
    bodies: set[bytes] = set()

    def recording(environ: "WSGIEnvironment", start: "StartResponse") -> Sequence[bytes]:
        pieces = list(app(environ, start))
        bodies.add(b"".join(pieces))
        return pieces

    explore(recording, url="/voice")
    assert len(bodies) > 2
    assert [wrong for body in bodies for wrong in disagreements(body, Assumptions())] == []


@settings(max_examples=25, deadline=None)
@given(documents())
def test_x8_generated_documents(document: Document) -> None:
    """A valid document runs where its context allows its verbs."""
    assert disagreements(document.to_bytes(), Assumptions()) == []


@settings(max_examples=30, deadline=None)
@given(invalid_documents(), st.sampled_from(["ignore", "refuse"]))
def test_x8_x9_generated_faults(document: InvalidDocument, option: str) -> None:
    """A document with one fault is refused for it everywhere."""
    options = {"ignore": Assumptions(), "refuse": Assumptions(unknown_attributes="refuse")}
    body = document.xml.encode("utf-8", "surrogatepass")
    assert disagreements(body, options[option]) == []
