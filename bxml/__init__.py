"""Bandwidth call scripts as Python code.

Map of the package: ``documents`` (the two roots), ``verbs`` (one class per element), ``ssml``
(nodes inside speech), ``parser`` (XML to values), ``checking`` and ``rules`` (what is wrong and
why), ``schema`` (the XSD), ``codegen`` (XML to Python), ``strategies`` (Hypothesis), ``cli``.

    from bxml import Gather, Response, SpeakSentence
    Response().speak_sentence("Hello").hangup().to_bxml()
"""

from typing import TYPE_CHECKING

from bxml import ssml
from bxml._escape_hatch import Custom
from bxml._node import Node
from bxml._once import FIRST_IMPORT
from bxml._verb import Noun, Verb
from bxml.documents import MEDIA_TYPE, Bxml, Document, Response
from bxml.errors import BxmlError, ParseError, Problem, ValidationError
from bxml.verbs.audio import PlayAudio, Ring, SendDtmf, SpeakSentence
from bxml.verbs.conference import Conference, Connect, Endpoint
from bxml.verbs.flow import Bridge, Forward, Hangup, Pause, Redirect, Refer, SipUri, Tag
from bxml.verbs.gather import Gather, StartGather, StopGather
from bxml.verbs.recording import (
    PauseRecording,
    Record,
    ResumeRecording,
    StartRecording,
    StopRecording,
)
from bxml.verbs.streaming import (
    CustomParam,
    StartStream,
    StartTranscription,
    StopStream,
    StopTranscription,
    StreamParam,
)
from bxml.verbs.transfer import PhoneNumber, Transfer

if TYPE_CHECKING:
    from bxml.checking import check
    from bxml.codegen import to_python
    from bxml.parser import parse

_LAZY = {"check": "bxml.checking", "parse": "bxml.parser", "to_python": "bxml.codegen"}
"""Functions whose modules are imported on first use, so that ``import bxml`` stays fast."""


if not TYPE_CHECKING:  # pragma: no branch - a checker that saw it would let misspelt imports pass

    def __getattr__(name: str) -> object:
        if name in _LAZY:
            with FIRST_IMPORT:
                from importlib import import_module

                value: object = getattr(import_module(_LAZY[name]), name)
            globals()[name] = value
            return value
        if name.startswith("_"):
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        with FIRST_IMPORT:
            from bxml import _porting, _porting_sdk

        hint = _porting.class_hint(name) or _porting_sdk.class_hint(name)
        raise _porting.missing_name(__name__, name, hint)


def __dir__() -> list[str]:
    return sorted(__all__)


__all__ = [
    "MEDIA_TYPE",
    "Bridge",
    "Bxml",
    "BxmlError",
    "Conference",
    "Connect",
    "Custom",
    "CustomParam",
    "Document",
    "Endpoint",
    "Forward",
    "Gather",
    "Hangup",
    "Node",
    "Noun",
    "ParseError",
    "Pause",
    "PauseRecording",
    "PhoneNumber",
    "PlayAudio",
    "Problem",
    "Record",
    "Redirect",
    "Refer",
    "Response",
    "ResumeRecording",
    "Ring",
    "SendDtmf",
    "SipUri",
    "SpeakSentence",
    "StartGather",
    "StartRecording",
    "StartStream",
    "StartTranscription",
    "StopGather",
    "StopRecording",
    "StopStream",
    "StopTranscription",
    "StreamParam",
    "Tag",
    "Transfer",
    "ValidationError",
    "Verb",
    "check",
    "parse",
    "ssml",
    "to_python",
]
