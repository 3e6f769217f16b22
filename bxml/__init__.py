"""Bandwidth call scripts as Python code.

Map of the package: ``documents`` (the two roots), ``verbs`` (one class per element), ``ssml``
(nodes inside speech), ``parser`` (XML to values), ``checking`` and ``rules`` (what is wrong and
why), ``schema`` (the XSD), ``codegen`` (XML to Python), ``strategies`` (Hypothesis), ``cli``.
Names are imported on first use, so that ``import bxml`` is quick.

    from bxml import Gather, Response, SpeakSentence
    Response().speak_sentence("Hello").hangup().to_bxml()
"""

from typing import TYPE_CHECKING

from bxml._once import FIRST_IMPORT

if TYPE_CHECKING:
    from bxml import ssml
    from bxml._elements import *
    from bxml.checking import check
    from bxml.codegen import to_python
    from bxml.parser import parse

_FUNCTIONS = {"check": "bxml.checking", "parse": "bxml.parser", "to_python": "bxml.codegen"}
_LOADED_TOGETHER = ("documents", "errors", "ssml", "verbs")
"""Modules that are attributes without a statement that imports them, as elements are."""


if not TYPE_CHECKING:  # pragma: no branch - a checker that saw it would let misspelt imports pass

    def __getattr__(name: str) -> object:
        if name in _FUNCTIONS:
            with FIRST_IMPORT:
                from importlib import import_module

                module = import_module(_FUNCTIONS[name])
            globals()[name] = value = getattr(module, name)
            return value
        if name in __all__ or name in _LOADED_TOGETHER:
            with FIRST_IMPORT:
                from bxml import _elements

                globals().update({each: getattr(_elements, each) for each in _elements.__all__})
            return globals()[name]  # a module is there since it was imported
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
