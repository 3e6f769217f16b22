"""The faults of one segment of a call."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from bxml._replies import REPLIED_ITSELF, media_note
from bxml.checking import check
from bxml.errors import Problem
from callcontrol._urls import shown_url
from callcontrol.explorer.advice import status_advice
from callcontrol.explorer.faults import Fault
from callcontrol.explorer.states import StateKind
from callcontrol.explorer.trial import Segment
from callcontrol.phone.call_log import EXPECTED, RUN, SUCCESS, Trouble
from callcontrol.phone.script import Step
from callcontrol.simulator.applications.exceptions import raised_at
from callcontrol.simulator.core.calls import DisconnectCause
from callcontrol.simulator.core.observations import (
    Fetched,
    Observation,
    Played,
    Spoke,
    Started,
    Unjoined,
)
from callcontrol.simulator.core.reply_findings import failure_advice, reply_name
from callcontrol.simulator.core.script import NEVER_A_FAULT, ContextId

CHALLENGE, RAISED = 401, 500
"""The status that asks for credentials, and the lowest one that an exception may cause."""
ENDING_VERBS = frozenset(("Hangup", "Forward"))
"""Verbs that end a call on purpose."""
EXPLAINING = frozenset(("invalid-bxml", "server-error", "no-reply", "not-simulated"))
"""Kinds that explain why a call ended ..."""
CAUSES: frozenset[DisconnectCause | None] = frozenset(("callback-error", "invalid-bxml", "error"))
"""... for one of these causes."""
DEAD_END_RULE = "empty-response-hangs-up"
"""The rule whose problems are reported as dead ends."""
AFTER: Mapping[StateKind, str] = {
    "prompt": "a prompt",
    "message": "a message",
    "ringing": "an unanswered transfer",
    "whisper": "an unanswered transfer",
    "incoming": "the call is answered",
    "conference": "a conference",
    "talk": "a conversation",
    "stream": "a stream",
    "hold": "a wait",
    "goes on": "a pause",
    "ended": "the end",
}
"""The state before a silent end, so that actions with the same effect are one fault."""
STREAM, TWO_WAY = b"<StartStream", re.compile(rb"""\bmode\s*=\s*['"]bidirectional""")
"""A verb, and the attribute with which the far end of its stream may speak."""


def find_faults(segment: Segment, slow: float) -> list[Fault]:
    """Return the faults; a reply is slow from ``slow`` seconds on."""
    found = [
        *_webhook_faults(segment),
        *_document_faults(segment),
        *_slow_reply_faults(segment, slow),
        *_unjoined_faults(segment),
    ]
    if segment.not_simulated:
        found.append(Fault(kind="not-simulated", text=segment.not_simulated))
    explained = segment.log.cause in CAUSES and any(fault.kind in EXPLAINING for fault in found)
    if not explained and not segment.left_early:
        found += _ending_faults(segment)
    script = script_of(segment.script)
    return [replace(fault, script=script) for fault in found]


def script_of(steps: Sequence[Step]) -> str:
    """Return the text of a script without final waits, which happen anyway."""
    last = len(steps)
    while last and steps[last - 1] == Step("wait"):
        last -= 1
    return "; ".join(map(str, steps[:last]))


def _webhook_faults(segment: Segment) -> Iterator[Fault]:
    seen = [
        observation
        for observation in segment.seen
        if isinstance(observation, Fetched) and observation.event_type
    ]
    errors = [error.__cause__ or error for error in segment.errors]
    for observation in seen:
        where = f"{observation.event_type} webhook to {shown_url(observation.url)}"
        if observation.failure is not None:
            text = f"{where}: {observation.finding}"
            hint = failure_advice(observation.finding)
            yield Fault(kind="no-reply", text=text, hint=hint)
        elif observation.status not in SUCCESS and not _is_challenge(observation, seen):
            text = f"{where}: {observation.finding}"
            raised = (observation.status or 0) >= RAISED
            yield Fault(
                kind="server-error",
                text=text,
                cause=_cause(where, errors.pop(0)) if errors and raised else "",
                hint=status_advice(
                    observation.status,
                    observation.method,
                    is_local=_is_own(observation),
                ),
            )


def _is_own(observation: Fetched) -> bool:
    """Return whether no server in front of the application has replied."""
    itself = REPLIED_ITSELF.format(status=observation.status)
    return observation.handler is not None or itself in observation.finding


def _is_challenge(refused: Fetched, seen: Sequence[Fetched]) -> bool:
    """Return whether a 401 only asked for the credentials that the next attempt had."""
    return refused.status == CHALLENGE and any(
        observation.url == refused.url and observation.status in SUCCESS for observation in seen
    )


def _cause(where: str, error: BaseException) -> str:
    """Return the cause of a fault: exceptions of one line are one fault."""
    place = raised_at(error)
    return f"{where} {type(error).__name__} at {place}" if place else ""


def _slow_reply_faults(segment: Segment, slow: float) -> Iterator[Fault]:
    for exchange in segment.exchanges:
        webhook = exchange.request.webhook
        if exchange.seconds >= slow and exchange.seconds <= exchange.request.timeout:
            what = webhook.event.event_type if webhook is not None else "audio"
            where = reply_name(what, exchange.request.url, exchange.handler)
            text = f"{where}: the reply took longer than {slow:g} s"
            yield Fault(kind="slow-reply", text=text)


def _document_faults(segment: Segment) -> Iterator[Fault]:
    log = segment.log
    for trouble in segment.troubles:
        if trouble.document:
            yield _invalid_fault(trouble)
    replies = (observation for observation in segment.seen if isinstance(observation, Fetched))
    for reply in replies:
        if reply.event_type in RUN and reply.status in SUCCESS and reply.body.strip():
            where = reply_name(reply.event_type, reply.url, reply.handler)
            note = media_note(reply.content_type) if reply.content_type else None
            if note is not None:
                yield Fault(kind="media-type", text=f"{where}: {note}", cause=note)
            for problem in _warnings(reply.body, log.context(reply.call_id, reply)):
                text = f"{where}: {problem} ({problem.rule})"
                yield Fault(
                    kind="bxml-warning", text=text, problems=(problem,), document=reply.body
                )


def _invalid_fault(trouble: Trouble) -> Fault:
    if not trouble.problems:
        return Fault(kind="invalid-bxml", text=trouble.text, document=trouble.body)
    first, *rest = trouble.problems
    more = f" and {len(rest)} more" if rest else ""
    return Fault(
        kind="invalid-bxml",
        text=f"{trouble.document}: {first} ({first.rule}){more}",
        problems=trouble.problems,
        document=trouble.body,
    )


@lru_cache(maxsize=512)
def _warnings(body: bytes, context: ContextId) -> tuple[Problem, ...]:
    """Return the warnings about a document that the platform can run."""
    found = check(body, context=context)
    if any(problem.severity == "error" and problem.rule not in NEVER_A_FAULT for problem in found):
        return ()
    return tuple(problem for problem in found if problem.rule != DEAD_END_RULE)


def _ending_faults(segment: Segment) -> Iterator[Fault]:
    log, action, before = segment.log, segment.action, segment.before
    if segment.after.kind != "ended" or (before is not None and before.kind == "ended"):
        return
    if log.cause == "error" and segment.is_loop:
        text = f"the documents repeat without a verb that takes time: {log.error_message}"
        yield Fault(kind="loop-without-exit", text=text)
    elif log.cause not in EXPECTED:
        message = f": {log.error_message}" if log.error_message else ""
        yield Fault(kind="call-failed", text=f"the call ended with {log.cause}{message}")
    elif log.cause == "hangup" and (action is None or action.kind != "hang up"):
        talked = before is not None and before.kind in ("talk", "stream")
        unjoined = _unjoined(segment)
        if talked or any(seen.is_empty for seen in unjoined) or not _is_silent(segment):
            return
        if not _is_intended(segment):
            yield _silence_fault(segment, _silent_kind(segment), _place_before(segment))
        elif unjoined:
            yield _silence_fault(segment, "refused-transfer", "a refused transfer")


def _unjoined(segment: Segment) -> Sequence[Unjoined]:
    """Return the transfers whose callee answered and left before the parties were joined."""
    return [observation for observation in segment.seen if isinstance(observation, Unjoined)]


def _unjoined_faults(segment: Segment) -> Iterator[Fault]:
    for seen in _unjoined(segment):
        if seen.is_empty:
            yield Fault(kind="never-joined", text=segment.log.unjoined_text(seen))


def _is_silent(segment: Segment) -> bool:
    """Return whether the caller heard nothing before the end."""
    seen = _caller_observations(segment)
    return not any(map(_is_sound, seen))


def _is_sound(observation: Observation) -> bool:
    """Return whether the caller hears something, or may hear it from the far end of a stream."""
    return isinstance(observation, Spoke | Played) or _starts_stream(observation)


def _starts_stream(observation: Observation) -> bool:
    if not isinstance(observation, Fetched):
        return False
    _, *streams = observation.body.split(STREAM)
    return any(TWO_WAY.search(stream.partition(b">")[0]) for stream in streams)


def stream_urls(segment: Segment) -> Iterator[str]:
    """Yield the URLs of documents that start a stream whose far end may speak."""
    for observation in segment.seen:
        if isinstance(observation, Fetched) and _starts_stream(observation):
            yield shown_url(observation.url)


def _is_intended(segment: Segment) -> bool:
    """Return whether a verb ended the call on purpose."""
    verbs = _caller_verbs(segment)
    return bool(verbs) and verbs[-1] in ENDING_VERBS


def _caller_verbs(segment: Segment) -> Sequence[str]:
    seen = _caller_observations(segment)
    return [observation.verb for observation in seen if isinstance(observation, Started)]


def _caller_observations(segment: Segment) -> Sequence[Observation]:
    """Return the observations of the caller's leg since the last progress in the call.

    Repeated prompts are left out: they belong to the state before.
    """
    own = segment.log.own
    seen = [
        observation
        for observation in segment.seen
        if own is not None and observation.call_id == own.call_id
    ]
    begins = (
        place
        for place, observation in enumerate(seen)
        if isinstance(observation, Started)
        or (isinstance(observation, Fetched) and observation.event_type in RUN)
    )
    return seen[next(begins, 0) :]


def _silent_kind(segment: Segment) -> str:
    before, action = segment.before, segment.action
    if before is not None and before.kind in ("ringing", "whisper"):
        return "unanswered-transfer"
    if before is not None and before.kind == "prompt" and action is not None:
        return "no-timeout-path" if action.kind == "time" else "dead-end"
    return "dead-end"


def _where(segment: Segment) -> str:
    reply = _last_reply(segment)
    if reply is not None:
        return reply_name(reply.event_type, reply.url, reply.handler)
    url = segment.before.document_url if segment.before is not None else None
    return f"document from {shown_url(url)}" if url else "pushed document"


def _last_reply(segment: Segment) -> Fetched | None:
    seen = reversed(_caller_observations(segment))
    return next(
        (item for item in seen if isinstance(item, Fetched) and item.event_type in RUN), None
    )


def _place_before(segment: Segment) -> str:
    return "the beginning of the call" if segment.before is None else AFTER[segment.before.kind]


def _silence_fault(segment: Segment, kind: str, after: str) -> Fault:
    reply, verbs = _last_reply(segment), _caller_verbs(segment)
    if reply is not None and not reply.body.strip():
        got = f"an empty reply ({reply.status})"
    else:
        got = f"nothing after {verbs[-1]}" if verbs else "nothing more"
    text = f"{_where(segment)}: expected speech or audio after {after}, got {got}"
    return Fault(kind=kind, text=text)
