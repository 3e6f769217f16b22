"""Rules about the order of verbs: unreachable verbs and verbs that answer a call.

A verb that the context forbids has its own error and is ignored here.
"""

from collections.abc import Iterator, Mapping
from itertools import pairwise

from bxml._element import Ends
from bxml._node import ELEMENTS
from bxml._verb import Verb
from bxml.documents import Document
from bxml.rules._rule import Absent, Finding, Naming, Rule, fields
from bxml.rules._texts import counted, response
from bxml.rules.contexts import CONTEXTS
from bxml.verbs.audio import Ring
from bxml.verbs.flow import Forward, Redirect, Refer
from bxml.verbs.gather import StartGather, StopGather

_ENDS: Mapping[str, Ends] = {
    name: cls.element.ends
    for name, cls in ELEMENTS.items()
    if cls.element.ends.kind in ("always", "if-attribute", "outcome")
}
"""Verbs that end the document, some only if an attribute is set."""


def _usable(document: Document, context: str | None) -> tuple[Verb, ...]:
    """Return the verbs without those that the context forbids."""
    if context is None or not (forbidden := CONTEXTS[context].forbidden):
        return document.verbs
    return tuple(verb for verb in document.verbs if verb.element.name not in forbidden)


def reached(document: Document, context: str | None) -> tuple[Verb, ...]:
    """Return the verbs that can run: up to the first that ends the document."""
    verbs = _usable(document, context)
    for index, verb in enumerate(verbs, 1):
        ends = _ENDS.get(verb.element.name)
        if ends is None:
            continue
        if ends.attribute is None or getattr(verb, ends.attribute) is not None:
            return verbs[:index]
    return verbs


def assumed(document: Document) -> Absent:
    """Return the fields that a finding about the order of verbs assumes to be absent."""
    ending = {
        (id(verb), ends.attribute)
        for verb in document.verbs
        if (ends := _ENDS.get(verb.element.name)) is not None and ends.attribute is not None
    }
    return fields(document, "verbs") | ending


def _unreachable(document: Document, context: str | None, name: Naming) -> Iterator[Finding]:
    verbs = _usable(document, context)
    first = len(reached(document, context))
    if first == len(verbs):
        return
    verb, unreached = verbs[first - 1], verbs[first]
    attribute = _ENDS[verb.element.name].attribute
    more = len(verbs) - first - 1
    after = f"{verb.element.name} with {name(attribute)}" if attribute else verb.element.name
    hint = f"never reached: remove it, or move it before {verb.element.name}"
    if attribute is not None:
        url = name(attribute)
        hint = f"never reached: move it into the document that {url} returns, or remove {url}"
    elif isinstance(verb, Redirect):
        hint = f"never reached: move it into the document that {name('redirect_url')} returns"
    found = unreached.element.name + (f" and {counted(more, 'more verb')}" if more else "")
    yield Finding(None, f"expected nothing after {after}, got {found}", hint, unreached)


def _after_refer(document: Document, context: str | None, name: Naming) -> Iterator[Finding]:
    verbs = reached(document, context)
    for verb, following in pairwise(verbs):
        if isinstance(verb, Refer):
            yield Finding(
                None,
                f"expected only verbs for a failed REFER after Refer, got {following.element.name}",
                "runs only if the REFER failed; after a success the call has ended: set "
                f"{name('refer_complete_url')} to be notified of both",
                following,
                assumed(document),
            )
            return
    return


_ANSWERS = frozenset(
    {
        *("Bridge", "Conference", "Connect", "Gather", "PlayAudio", "Record", "SendDtmf"),
        *("SpeakSentence", "StartRecording", "StartStream", "StartTranscription", "Transfer"),
    }
)
"""Verbs that play, listen, record or join, and therefore answer a call. Ring answers by default;
StartGather has its own rule with Forward; Pause and Refer are not documented."""


def _answers(verb: Verb) -> bool:
    if isinstance(verb, Ring):
        return verb.answer_call is not False
    return verb.element.name in _ANSWERS


def _late_forward(document: Document, context: str | None, _: Naming) -> Iterator[Finding]:
    verbs = reached(document, context)
    if not verbs or not isinstance(verbs[-1], Forward):
        return
    answering = next((verb for verb in verbs if _answers(verb)), None)
    if answering is None:
        return
    yield Finding(
        None,
        f"expected a call that is still unanswered, got {answering.element.name} before it, "
        "which answers",
        "forward first, or use Transfer",
        verbs[-1],
        assumed(document) | fields(answering, "answer_call"),
    )


def _idle_gather(document: Document, context: str | None, _: Naming) -> Iterator[Finding]:
    verbs = reached(document, context)
    if not verbs or not isinstance(verbs[-1], Forward):
        return
    running: Verb | None = None
    for verb in verbs:
        if isinstance(verb, StartGather):
            running = verb
        elif isinstance(verb, StopGather):
            running = None
    if running is None:
        return
    text = "expected no Forward after it, got one"
    hint = "keys of a forwarded call are not reported: remove StartGather, or use Transfer"
    yield Finding(None, text, hint, running, assumed(document))


_EMPTY_HINTS = {
    "hangup": "an empty document hangs up: write Hangup if that is meant; in "
    "Python documents never change: write r = r.speak_sentence(...)",
    "bridge-legs": "an empty document hangs up and the parties are never joined: "
    "write SpeakSentence or Pause to join them after it, Hangup to refuse",
}


def _empty(document: Document, context: str | None, _: Naming) -> Iterator[Finding]:
    hint = _EMPTY_HINTS.get("hangup" if context is None else CONTEXTS[context].at_end)
    if not document.verbs and hint is not None:
        text = "expected at least one verb, got none"
        yield Finding(None, text, hint, absent=fields(document, "verbs"))


FLOW_RULES = (
    Rule(
        "empty-response-hangs-up",
        "warning",
        "documented",
        "A document without verbs acts like Hangup: it ends the call, or rejects it before it is "
        "answered. After transferAnswer it ends the callee's leg, unjoined. In a conference it "
        "does nothing.",
        "<Response/>",
        response("<Hangup/>"),
    ).over(_empty),
    Rule(
        "unreachable-verb",
        "warning",
        "documented",
        "Nothing runs after Forward, Hangup and Redirect, nor after Bridge, Gather, Record, Refer "
        "and Transfer if the URL for their result is set: its reply runs instead.",
        response(
            '<Gather gatherUrl="/menu" maxDigits="1">',
            "    <SpeakSentence>Press 1 for sales.</SpeakSentence>",
            "</Gather>",
            "<SpeakSentence>We did not get that.</SpeakSentence>",
        ),
        response(
            '<Gather gatherUrl="/menu" maxDigits="1">',
            "    <SpeakSentence>Press 1 for sales.</SpeakSentence>",
            "</Gather>",
        ),
    ).over(_unreachable, *(ELEMENTS[name] for name in _ENDS)),
    Rule(
        "refer-verbs-after-run-only-on-failure",
        "warning",
        "documented",
        "A successful REFER ends the call here. Later verbs run only after a failed one.",
        response(
            "<Refer>",
            "    <SipUri>sip:desk@pbx.example.com</SipUri>",
            "</Refer>",
            "<SpeakSentence>You are being connected.</SpeakSentence>",
        ),
        response(
            "<SpeakSentence>You are being connected.</SpeakSentence>",
            '<Refer referCompleteUrl="/referred">',
            "    <SipUri>sip:desk@pbx.example.com</SipUri>",
            "</Refer>",
        ),
    ).over(_after_refer, Refer),
    Rule(
        "forward-after-answer",
        "warning",
        "inferred",
        "Forward works only on an unanswered inbound call. An earlier verb that plays, collects, "
        "records or joins answers the call.",
        response(
            "<SpeakSentence>One moment.</SpeakSentence>",
            '<Forward to="+19195551234"/>',
        ),
        response('<Forward to="+19195551234"/>'),
    ).over(_late_forward, Forward),
    Rule(
        "start-gather-with-forward",
        "warning",
        "documented",
        "The application gets no webhooks for a forwarded call, so an earlier StartGather reports "
        "no keys.",
        response('<StartGather dtmfUrl="/key"/>', '<Forward to="+19195551234"/>'),
        response('<Forward to="+19195551234"/>'),
    ).over(_idle_gather, Forward),
)
