"""The two document roots, and a method for each verb.

A method named after a verb returns a new document with that verb appended; the plain nested form
builds an equal value. ``to_bxml`` checks the whole document and gives the text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Self

from bxml import _writer
from bxml._element import Content, CredentialAttributes
from bxml._escape_hatch import Custom, stripped, uses_escape_hatch
from bxml._node import ELEMENTS, Node
from bxml._once import FIRST_IMPORT
from bxml._verb import Verb, append, appends, verb
from bxml._writer import MAX_BYTES
from bxml.errors import Problem, ValidationError
from bxml.verbs.audio import PlayAudio, Ring, SendDtmf, SpeakSentence
from bxml.verbs.conference import Conference, Connect
from bxml.verbs.flow import Bridge, Forward, Hangup, Pause, Redirect, Refer, Tag
from bxml.verbs.gather import Gather, StartGather, StopGather
from bxml.verbs.recording import (
    PauseRecording,
    Record,
    ResumeRecording,
    StartRecording,
    StopRecording,
)
from bxml.verbs.streaming import StartStream, StartTranscription, StopStream, StopTranscription
from bxml.verbs.transfer import Transfer

__all__ = ["ELEMENTS", "MAX_BYTES", "MEDIA_TYPE", "Bxml", "Document", "Response"]

MEDIA_TYPE = "application/xml"
"""Content type of a BXML document in a webhook reply and in ``updateCallBxml``."""


class Document(Node):
    """A BXML document: verbs in the order in which the call runs them.

    Iterating, ``len`` and ``verbs`` give the verbs. Vendor page: bxml/about.
    """

    __slots__ = ()

    verbs: tuple[Verb, ...]
    """The verbs, in the order in which the call runs them."""

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> object:
            """Name the counterpart of a method of another library."""
            with FIRST_IMPORT:
                from bxml._porting import method_hint

            hint = method_hint(name)
            text = f"{type(self).__name__!r} object has no attribute {name!r}"
            raise AttributeError(f"{text}; {hint}" if hint else text, name=name, obj=self)

    bridge = appends(Bridge)
    conference = appends(Conference)
    connect = appends(Connect)
    custom = appends(Custom)
    forward = appends(Forward)
    gather = appends(Gather)
    hangup = appends(Hangup)
    pause = appends(Pause)
    pause_recording = appends(PauseRecording)
    play_audio = appends(PlayAudio)
    record = appends(Record)
    redirect = appends(Redirect)
    refer = appends(Refer)
    resume_recording = appends(ResumeRecording)
    ring = appends(Ring)
    send_dtmf = appends(SendDtmf)
    speak_sentence = appends(SpeakSentence)
    start_gather = appends(StartGather)
    start_recording = appends(StartRecording)
    start_stream = appends(StartStream)
    start_transcription = appends(StartTranscription)
    stop_gather = appends(StopGather)
    stop_recording = appends(StopRecording)
    stop_stream = appends(StopStream)
    stop_transcription = appends(StopTranscription)
    tag = appends(Tag)
    transfer = appends(Transfer)

    def append(self, *verbs: Verb) -> Self:
        """Return a copy with the verbs at the end.

        :raises ValidationError: for anything else.
        """
        return append(self, verbs)

    def with_credentials(
        self,
        username: str,
        password: str,
        *,
        fallback: bool = False,
        audio: bool = True,
        replace: bool = False,
    ) -> Self:
        """Return a copy with Basic credentials on every verb and noun that sends them to a URL.

        Nested elements are included. An element that has a user name or a password keeps its own
        pair, unless ``replace`` is true. Fallback URLs, which often are on another server, get the
        credentials only with ``fallback=True``; with ``audio=False``, PlayAudio gets none. Elements
        without a URL to send them to stay as they are. ``repr`` of the copy shows ``'***'``
        instead of the credentials; ``to_bxml`` writes them.

        :raises ValidationError: for credentials that Basic authentication cannot carry, and for an
            http URL in a verb that takes credentials only with https.
        """
        with FIRST_IMPORT:
            from bxml._whole_document import with_credentials

        def wanted(pair: CredentialAttributes) -> bool:
            return (fallback or not pair.fallback) and (audio or not pair.audio)

        return with_credentials(self, username, password, wanted, replace=replace)

    def with_base_url(self, url: str) -> Self:
        """Return a copy with absolute URLs only, for a document that is pushed.

        Every relative URL, those of nested verbs included, is resolved against ``url`` as the
        platform resolves it against the URL that a document came from: ``/menu`` is on the same
        host, ``menu`` beside the last part of the path, ``?key=1`` on the same path. Absolute URLs
        stay as they are, and so do attributes that the table does not have.

        :raises ValidationError: if ``url`` is not an absolute http or https URL, or names a user;
            for a relative URL that leads to no host.
        """
        with FIRST_IMPORT:
            from bxml._whole_document import with_base_url

        return with_base_url(self, url)

    def __iter__(self) -> Iterator[Verb]:
        return iter(self.verbs)

    def __len__(self) -> int:
        return len(self.verbs)

    def __bool__(self) -> bool:
        return True

    def to_bxml(self, *, pretty: bool = False) -> str:
        """Return the document as XML text with a declaration, checked as a whole.

        ``pretty`` puts verbs on lines of their own and leaves speech as it is; the white space
        counts.

        :raises ValidationError: for a document longer than 65,536 bytes, or that breaks the schema.
        """
        if pretty:
            text = f"{_writer.DECLARATION}\n{_writer.indented(self)}\n"
        else:
            name, inner = self.element.name, "".join([verb._xml() for verb in self.verbs])
            text = f"{_writer.DECLARATION}<{name}{self._attributes()}>{inner}</{name}>"
        if len(text) * 4 > MAX_BYTES:
            check_size(self, text)
        if self._proved is None:
            check_schema(self)
        return text

    def to_bytes(self) -> bytes:
        """Return ``to_bxml()`` in UTF-8, ready to be sent as ``application/xml``."""
        return self.to_bxml().encode()


def check_size(document: Document, text: str) -> None:
    """Raise ValidationError when the text is longer than the platform takes."""
    size = len(text.encode())
    if size > MAX_BYTES:
        raise ValidationError([_too_large(document, size)])


def check_schema(document: Document) -> None:
    """Raise ValidationError unless the XSD takes the document without its escape hatches."""
    with FIRST_IMPORT:
        from bxml.schema import validate

    rest = stripped(document) if uses_escape_hatch(document) else document
    assert rest is not None  # noqa: S101 - a root is never left out
    problems = validate(rest._xml().encode())
    if problems:
        raise ValidationError(problems)


def _too_large(document: Document, size: int) -> Problem:
    return Problem.at(
        document.element.name,
        "document-too-large",
        f"expected at most {MAX_BYTES} bytes, got {size}",
        hint="split it: end with Redirect to a URL that returns the rest",
    )


@verb(kind="root", content=Content("children"), parents=(), page="about")
class Response(Document):
    """Root of every document that answers a webhook; ``updateCallBxml`` takes it too."""

    verbs: tuple[Verb, ...]
    """The verbs, in the order in which the call runs them."""

    if TYPE_CHECKING:

        def __init__(
            self, *verbs: Verb, extra_attributes: Mapping[str, str] | None = None
        ) -> None: ...


@verb(kind="root", content=Content("children"), parents=(), page="about")
class Bxml(Document):
    """Root of documents pushed over REST; that it works in a webhook reply is not documented."""

    verbs: tuple[Verb, ...]
    """The verbs, in the order in which the call runs them."""

    if TYPE_CHECKING:

        def __init__(
            self, *verbs: Verb, extra_attributes: Mapping[str, str] | None = None
        ) -> None: ...
