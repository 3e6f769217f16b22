"""The contexts in which a document can be used, and the rules of single contexts."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from bxml._node import ELEMENTS, Node, pieces_of
from bxml._types import is_absolute
from bxml.documents import Document
from bxml.rules._rule import DocumentFinder, Finding, Naming, Rule
from bxml.rules._texts import got, response
from bxml.verbs.recording import StartRecording

VERBS = frozenset(name for name, item in ELEMENTS.items() if item.element.kind == "verb")
"""Names of all verbs."""

IN_CONFERENCE = (
    *("PlayAudio", "SpeakSentence", "StartRecording"),
    *("StopRecording", "PauseRecording", "ResumeRecording"),
)
"""The six verbs that a conference can run."""


@dataclass(frozen=True, slots=True)
class Context:
    """One use of a document, with its documented behaviour."""

    id: str
    description: str
    roots: tuple[str, ...]
    """Accepted roots, the preferred one first."""
    at_end: Literal["hangup", "bridge-legs", "nothing", "unknown"]
    """Action after the last verb."""
    relative_urls: bool
    """False if the document is pushed, so that relative URLs have no base."""
    forbidden: frozenset[str] = frozenset()
    """Verbs that make the document invalid."""
    undocumented: frozenset[str] = frozenset()
    """Verbs that are not documented, but may work."""

    @property
    def allowed(self) -> frozenset[str]:
        """Verbs that are documented to work."""
        return VERBS - self.forbidden - self.undocumented


_NOT_IN_CONFERENCE = VERBS.difference(IN_CONFERENCE)

CONTEXTS: Mapping[str, Context] = {
    context.id: context
    for context in (
        Context(
            "call-webhook-reply",
            "The reply to a webhook that drives a call: initiate, answer, gather, redirect, "
            "recordComplete, transferComplete, bridgeComplete or bridgeTargetComplete.",
            ("Response", "Bxml"),
            "hangup",
            relative_urls=True,
        ),
        Context(
            "call-update",
            "A document pushed into a live call with updateCallBxml.",
            ("Bxml", "Response"),
            "hangup",
            relative_urls=False,
        ),
        Context(
            "conference-webhook-reply",
            "The reply to conferenceCreated, conferenceMemberJoin, conferenceMemberExit or "
            "conferenceRedirect; all members of the conference hear it.",
            ("Response", "Bxml"),
            "nothing",
            relative_urls=True,
            forbidden=_NOT_IN_CONFERENCE,
        ),
        Context(
            "conference-update",
            "A document pushed into a conference over REST.",
            ("Bxml", "Response"),
            "nothing",
            relative_urls=False,
            forbidden=_NOT_IN_CONFERENCE,
        ),
        Context(
            "transfer-answer-reply",
            "The reply to transferAnswer; runs for the called party only, before both are joined.",
            ("Response", "Bxml"),
            "bridge-legs",
            relative_urls=True,
            forbidden=frozenset({"Bridge", "Conference", "Forward", "Transfer"}),
            undocumented=frozenset(
                {
                    *("Connect", "Refer", "StartStream"),
                    *("StartTranscription", "StopStream", "StopTranscription"),
                }
            ),
        ),
        Context(
            "refer-complete-reply",
            "The reply to referComplete; used only when the REFER failed.",
            ("Response", "Bxml"),
            "hangup",
            relative_urls=True,
        ),
        Context(
            "endpoint-update",
            "A document pushed to an endpoint of the Endpoints API (beta).",
            ("Response", "Bxml"),
            "unknown",
            relative_urls=False,
            undocumented=VERBS - {"StartRecording"},
        ),
        Context(
            "async-webhook-reply",
            "The reply to a webhook that only notifies, such as recordingAvailable or disconnect; "
            "BXML in it is ignored.",
            (),
            "nothing",
            relative_urls=True,
            forbidden=VERBS,
        ),
    )
}
"""The contexts by id."""

_CONFERENCES = ("conference-webhook-reply", "conference-update")


def _verbs(
    contexts: tuple[str, ...], kind: Literal["forbidden", "undocumented"], expected: str, hint: str
) -> DocumentFinder:
    """Return the finder of verbs that are forbidden or undocumented in these contexts."""

    def find(document: Document, context: str | None, _: Naming) -> Iterable[Finding]:
        if context not in contexts:
            return ()
        found = CONTEXTS[context]
        refused = found.forbidden if kind == "forbidden" else found.undocumented
        return [
            Finding(None, f"expected {expected}, got {verb.element.name}", hint, verb)
            for verb in document.verbs
            if verb.element.name in refused
        ]

    return find


def _notification(_document: Document, context: str | None, _: Naming) -> Iterator[Finding]:
    if context == "async-webhook-reply":
        yield Finding(
            None,
            "expected no BXML in the reply to a webhook that only notifies, got a document",
            "answer with status 204 and no body",
        )


_URLS: Mapping[str, tuple[str, ...]] = {name: cls.element.urls for name, cls in ELEMENTS.items()}
"""Fields that hold a URL, by element."""


def _walk(node: Node) -> Iterable[Node]:
    yield node
    for child in pieces_of(node):
        if isinstance(child, Node):
            yield from _walk(child)


def _relative(document: Document, context: str | None, _: Naming) -> Iterable[Finding]:
    if context is None or CONTEXTS[context].relative_urls:
        return ()
    return [
        Finding(
            field,
            "expected an absolute URL because the document is pushed and has no URL of its own, "
            f"got {got(url)}",
            "begin it with https:// and your host",
            node,
        )
        for node in _walk(document)
        for field in _URLS.get(node.element.name, ())
        if (url := getattr(node, field)) is not None and not is_absolute(url)
    ]


def _ignored_recording(document: Document, context: str | None, name: Naming) -> Iterable[Finding]:
    if context not in _CONFERENCES:
        return ()
    return [
        Finding(
            field,
            f"expected no {name(field)} on the recording of a conference, got {got(value)}",
            "remove it: it has no effect in a conference",
            verb,
        )
        for verb in document.verbs
        if isinstance(verb, StartRecording)
        for field in ("transcribe", "transcription_available_url", "tag", "multi_channel")
        if (value := getattr(verb, field)) not in (None, False)
    ]


CONTEXT_RULES = (
    Rule(
        "verb-not-allowed-in-conference",
        "error",
        "documented",
        "A conference runs six verbs only: PlayAudio, SpeakSentence and the four that start, stop, "
        "pause and resume a recording. Any other verb makes the platform refuse the document.",
        response("<SpeakSentence>Welcome.</SpeakSentence>", '<Pause duration="2"/>'),
        response("<SpeakSentence>Welcome.</SpeakSentence>"),
        context="conference-webhook-reply",
    ).over(
        _verbs(
            _CONFERENCES,
            "forbidden",
            f"one of {', '.join(IN_CONFERENCE)} in a conference",
            "remove it: one such verb makes the platform refuse the whole document",
        )
    ),
    Rule(
        "verb-not-allowed-in-transfer-answer",
        "error",
        "documented",
        "The reply to transferAnswer runs for the called party before both are joined; it cannot "
        "use Bridge, Conference, Forward or Transfer.",
        response("<Conference>support</Conference>"),
        response("<SpeakSentence>You have a call.</SpeakSentence>"),
        context="transfer-answer-reply",
    ).over(
        _verbs(
            ("transfer-answer-reply",),
            "forbidden",
            "any verb but Bridge, Conference, Forward and Transfer in the reply to transferAnswer",
            "use it in the document of the calling party instead",
        )
    ),
    Rule(
        "verb-undocumented-in-transfer-answer",
        "warning",
        "documented",
        "The vendor's list of verbs for the reply to transferAnswer is older than this verb, which "
        "may still work.",
        response('<StartTranscription transcriptionEventUrl="/words"/>'),
        response('<StartRecording recordingAvailableUrl="/recorded"/>'),
        context="transfer-answer-reply",
    ).over(
        _verbs(
            ("transfer-answer-reply",),
            "undocumented",
            "a verb that the documentation lists for the reply to transferAnswer",
            "it is newer than the documented list: try it on a test call first",
        )
    ),
    Rule(
        "verb-undocumented-for-endpoint",
        "warning",
        "documented",
        "The only document for endpoints in the vendor's documentation contains a StartRecording.",
        response("<SpeakSentence>Hello.</SpeakSentence>"),
        response('<StartRecording recordingAvailableUrl="https://example.com/recorded"/>'),
        context="endpoint-update",
    ).over(
        _verbs(
            ("endpoint-update",),
            "undocumented",
            "only StartRecording in a document for an endpoint",
            "no other verb is documented for endpoints: try it on a test endpoint first",
        )
    ),
    Rule(
        "bxml-in-notification-reply",
        "warning",
        "documented",
        "The reply to a webhook that only notifies is ignored.",
        response("<Hangup/>"),
        response("<Hangup/>"),
        context="async-webhook-reply",
        elsewhere="call-webhook-reply",
    ).over(_notification),
    Rule(
        "relative-url-without-base",
        "warning",
        "inferred",
        "A relative URL is resolved against the URL that returned the document. A pushed document "
        "has no such URL.",
        response('<Redirect redirectUrl="/menu"/>'),
        response('<Redirect redirectUrl="https://example.com/menu"/>'),
        context="call-update",
    ).over(_relative),
    Rule(
        "conference-recording-ignored-attribute",
        "warning",
        "documented",
        "In a conference StartRecording silently ignores transcribe, transcriptionAvailableUrl, "
        "tag and multiChannel.",
        response('<StartRecording transcribe="true"/>'),
        response("<StartRecording/>"),
        context="conference-webhook-reply",
    ).over(_ignored_recording, StartRecording),
)
