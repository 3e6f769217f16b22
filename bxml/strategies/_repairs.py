"""What makes an element keep the cross-field rules when its attributes were drawn one by one."""

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import cast

from bxml._element import Element
from bxml._invariants import GATHER_PROMPTS, INVARIANTS, Finding
from bxml._node import Node
from bxml._types import PRIVACY_WORDS
from bxml.verbs.flow import SipUri

__all__ = ["REPAIRS", "repaired"]

Fields = dict[str, object]
Repair = Callable[[object, int], object]
"""Takes the value to blame and the number of children; returns one that keeps the rule."""


def _https(url: object, _: int) -> object:
    return f"https{str(url)[4:]}"


def _shown_name(name: object, _: int) -> object:
    return PRIVACY_WORDS[len(str(name)) % len(PRIVACY_WORDS)]


def _bare(children: object, _: int) -> object:
    return [SipUri(each.uri) for each in cast("list[SipUri]", children)]


REPAIRS: Mapping[str, Repair] = {
    "display-name-keyword-with-privacy": _shown_name,
    "gather-repeat-limit": lambda _, prompts: GATHER_PROMPTS // prompts,
    "record-credentials-need-https": _https,
    "refer-sip-uri-has-attributes": _bare,
    "ssml-date-needs-format": lambda _, __: "mdy",
    "start-recording-credentials-need-https": _https,
    "start-stream-credentials-need-https": _https,
    "start-transcription-credentials-need-https": _https,
    "transfer-display-name-keyword-with-privacy": _shown_name,
}
"""By the id of each cross-field rule."""


def _findings(element: Element, fields: Fields) -> list[tuple[str, Finding]]:
    node = cast("Node", SimpleNamespace(**fields))
    return [
        (invariant.rule, finding)
        for invariant in INVARIANTS.get(element.name, ())
        for finding in invariant.find(node, str)
    ]


def repaired(
    element: Element, pieces: list[str | Node], attributes: Mapping[str, object]
) -> tuple[list[str | Node], Fields]:
    """Return content and attributes with every value replaced that breaks a cross-field rule."""
    blank = {each.name: None for each in element.attributes}
    held = {**blank, **attributes, element.content.name: pieces}
    for rule, finding in _findings(element, held):
        name = finding.attribute or element.content.name
        held[name] = REPAIRS[rule](held[name], len(pieces))
    given = {name: held[name] for name in blank if held[name] is not None}
    return cast("list[str | Node]", held[element.content.name]), given
