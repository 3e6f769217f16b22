"""Compares what the two sides of a soak have written down."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tests.soak.logs import Attempt, Ended, Entry, Placed, Received, Sent, is_recorded

__all__ = ["Accounts", "Webhook", "compare"]

Key = tuple[str, str]
_LOST = ("unreachable", "reset")
_FIRST = ("initiate", "answer")
_DOCUMENTS = (*_FIRST, "redirect")


@dataclass(slots=True)
class Webhook:
    """One webhook, as both sides have seen it."""

    sent: int = 0
    attempts: list[Attempt] = field(default_factory=list[Attempt])
    received: Counter[str] = field(default_factory=Counter[str])

    @property
    def outcome(self) -> str:
        """How it ended: ``answered``, ``repeated``, ``fallback``, ``failed`` or ``lost``."""
        if not self.attempts:
            return "lost"
        last = self.attempts[-1]
        names = {"first": "answered", "repeat": "repeated", "fallback": "fallback"}
        return names[last.attempt] if last.status == "200" else "failed"


@dataclass(frozen=True, slots=True)
class Accounts:
    """What a comparison has found."""

    calls: int
    webhooks: int
    outcomes: Mapping[str, int]
    causes: Mapping[str, int]
    received: int
    """Webhooks that the application has received, repeats included."""
    violations: Sequence[str]


def compare(simulator: Sequence[Entry], application: Sequence[Entry]) -> Accounts:
    """Return the figures of a soak, and everything that does not add up."""
    webhooks: dict[Key, Webhook] = defaultdict(Webhook)
    placed = [entry.call_id for entry in simulator if isinstance(entry, Placed)]
    ends: dict[str, list[str]] = defaultdict(list)
    for entry in (*simulator, *application):
        match entry:
            case Sent(call_id, event):
                webhooks[call_id, event].sent += 1
            case Attempt(call_id, event):
                webhooks[call_id, event].attempts.append(entry)
            case Received(call_id, event, server):
                webhooks[call_id, event].received[server] += 1
            case Ended(call_id, cause):
                ends[call_id].append(cause)
            case Placed():
                pass
    violations = [
        f"{call_id} {event}: {text}"
        for (call_id, event), webhook in webhooks.items()
        for text in _of_webhook(event, webhook)
    ]
    violations += (text for call_id in placed for text in _of_call(call_id, ends, webhooks))
    return Accounts(
        calls=len(placed),
        webhooks=len(webhooks),
        outcomes=Counter(webhook.outcome for webhook in webhooks.values()),
        causes=Counter(cause for causes in ends.values() for cause in causes),
        received=sum(webhook.received.total() for webhook in webhooks.values()),
        violations=violations,
    )


def _of_webhook(event: str, webhook: Webhook) -> Iterator[str]:
    if webhook.sent != 1:
        yield f"sent {webhook.sent} times"
    tried = tuple(attempt.attempt for attempt in webhook.attempts)
    expected = tuple(_expected(event, webhook.attempts))
    if tried != expected:
        yield f"expected the attempts {expected}, got {tried}"
    for server in ("primary", "fallback"):
        at_server = [
            attempt
            for attempt in webhook.attempts
            if (attempt.attempt == "fallback") == (server == "fallback")
        ]
        answered = sum(bool(attempt.status) for attempt in at_server)
        unclear = sum(attempt.failure not in ("", "unreachable") for attempt in at_server)
        got = webhook.received[server]
        if not answered <= got <= answered + unclear:
            yield f"{server}: {answered} answered and {unclear} unclear, but {got} received"


def _expected(event: str, attempts: Sequence[Attempt]) -> Iterator[str]:
    """Yield the attempts that there should be, given how each of them ended."""
    by_name = {attempt.attempt: attempt for attempt in attempts}
    yield "first"
    last = by_name.get("first")
    if last is not None and last.failure in _LOST:
        yield "repeat"
        last = by_name.get("repeat")
    if last is not None and last.status != "200" and event in ("answer", "redirect"):
        yield "fallback"


def _of_call(
    call_id: str, ends: Mapping[str, Sequence[str]], webhooks: Mapping[Key, Webhook]
) -> Iterator[str]:
    """Yield what is wrong about a call, given which of its webhooks have failed."""
    found = {event: webhooks[call_id, event] for event in _events(call_id, webhooks)}
    failed = any(found[event].outcome == "failed" for event in _DOCUMENTS if event in found)
    cause = ["callback-error" if failed else "hangup"]
    if ends.get(call_id) != cause:
        yield f"{call_id}: expected to end with {cause}, got {ends.get(call_id)}"
    greeted = any(found[event].outcome != "failed" for event in _FIRST if event in found)
    expected = {"disconnect"} | ({"redirect"} if greeted else set[str]())
    if greeted and is_recorded(call_id):
        expected.add("recordingAvailable")
    missing = expected - set(found)
    if missing or not any(event in found for event in _FIRST):
        yield f"{call_id}: expected webhooks {sorted(expected)}, got {sorted(found)}"


_EVENTS = (*_DOCUMENTS, "disconnect", "recordingAvailable")


def _events(call_id: str, webhooks: Mapping[Key, Webhook]) -> list[str]:
    return [event for event in _EVENTS if (call_id, event) in webhooks]
