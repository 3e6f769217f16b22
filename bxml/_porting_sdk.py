"""Counterparts of the vendor's SDK for Python, for messages and for the porting page.

Each line of a table is a row in docs/porting-from-bandwidth-sdk.md: the SDK, and here.
"""

import re

from bxml._porting import rows

DOCUMENTS = rows("""
    `Response([...])`, `Bxml([...])` (`nested_verbs`) | `Response(...)`, `Bxml(...)`
    `response.add_verb(verb)` | `response = response.append(verb)`, or the method of the verb: `response.pause(duration=2)`
    `document[0]`, `len(document)` | `document.verbs[0]`, `len(document)`
    `document.to_bxml()` | `document.to_bxml()`, checked; `pretty=True` for people; `to_bytes()` for a reply
    `verb.to_bxml()` | `Response(verb).to_bxml()`: only documents are written
    `verb.add_verb(child)` | `verb = verb.append(child)`
    attributes by position: `Redirect("/x", "GET")` | by keyword: `Redirect("/x", redirect_method="GET")`; only what is needed comes by position
    `NestableVerb`, `Root` | `Document` is the base of the roots, `Verb` of what stands in them, `Noun` of what stands in a verb
""")
"""Documents and verbs in general."""

ATTRIBUTES = rows("""
    `SpeakSentence` | `SpeakSentence("text <break/>")` (`text`) | `SpeakSentence("text ", ssml.break_())`
    `Gather` | `Gather([prompt, ...])` (`audio_verbs`) | `Gather(prompt, ...)`
    `Gather` | `input="speech"` | `input_="speech"`
    `Transfer` | `Transfer([PhoneNumber(...), SipUri(...)])` (`transfer_to`) | `Transfer(PhoneNumber(...), SipUri(...))`
    `Transfer` | `transfer.add_transfer_recipient(number)` | `transfer = transfer.append(number)`
    `Forward` | `_from="+1..."` | `from_="+1..."`
    `Refer` | `Refer(SipUri(...))` (`sip_uri`) | the same, by position
    `Connect` | `Connect([Endpoint("e-1")])` (`destination`) | `Connect(Endpoint("e-1"))`
    `StartStream` | `StartStream("wss://...", stream_params=[...])` | `StartStream(StreamParam(...), destination="wss://...")`
    `StartTranscription` | `custom_params=[...]` | `StartTranscription(CustomParam(...), ...)`
""")
"""Arguments and methods whose names differ, by class."""

_METHODS = {
    "add_verb": "append(child), which returns a new value",
    "add_transfer_recipient": "append(number), which returns a new Transfer",
    "to_bxml": "Response(verb).to_bxml(): only documents are written",
}
"""Methods of the SDK's verbs."""
_KEYWORDS = re.compile(r"`([a-z_]+)`|\b([a-z_]+)=")
_PACKAGE = "bandwidth"


def argument_hint(element: str, name: str) -> str | None:
    """Return what to write instead of an argument of an SDK's class; None for other names."""
    if name == "nested_verbs":
        return f"the SDK's {name} are positional here: {element}(verb, ...)"
    for owner, theirs, here in ATTRIBUTES:
        names = {one or other for one, other in _KEYWORDS.findall(theirs)}
        if owner == f"`{element}`" and name in names:
            return f"the SDK's {name} is written {_plain(here)}"
    return None


def class_hint(name: str) -> str | None:
    """Return what to import instead of a class of the SDK; None for any other name."""
    here = next((here for theirs, here in DOCUMENTS if f"`{name}`" in theirs.split(", ")), None)
    return None if here is None else f"instead of the SDK's {name}, {_plain(here)}"


def object_hint(value: object) -> str | None:
    """Return what to write instead of an object that the SDK made; None for any other object."""
    kind = type(value)
    if kind.__module__.partition(".")[0] != _PACKAGE:
        return None
    return f"it comes from the vendor's SDK; build it with bxml.{kind.__name__}(...)"


def method_hint(name: str) -> str | None:
    """Return what to call instead of a method of an SDK's verb; None for any other name."""
    return f"here it is {_METHODS[name]}" if name in _METHODS else None


def is_document(value: object) -> bool:
    """Return whether the SDK made a value that it can write as BXML."""
    return object_hint(value) is not None and callable(getattr(value, "to_bxml", None))


def _plain(here: str) -> str:
    return here.removeprefix("the same, ").replace("`", "")
