"""Explanations of XML that is not well-formed, with advice."""

import re
from collections.abc import Callable
from pyexpat import errors
from typing import NamedTuple

from bxml._reading.other_formats import recognized
from bxml._wording import did_you_mean, quoted

_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_OPEN_VALUE = re.compile(r"[\"'].*", re.DOTALL)
_NAME = r"[\w.:\-]+"
_ENTITY = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos);|#)[^;&<]*;")
_LONGEST = 60
"""Characters around the place that are looked at."""


class Explained(NamedTuple):
    """Finding, hint and the byte to blame."""

    finding: str
    hint: str | None
    offset: int


class _Scene(NamedTuple):
    """Where reading stopped."""

    body: bytes
    offset: int
    open_tag: str | None

    @property
    def rest(self) -> str:
        """Return the text at the place, as much of it as is needed."""
        return self.body[self.offset : self.offset + 4 * _LONGEST].decode("utf-8", "replace")

    @property
    def before(self) -> str:
        """Return the text since the last tag or comment began, or what there is without one."""
        start = max(self.body.rfind(b"<", 0, self.offset), 0)
        return self.body[start : self.offset].decode("utf-8", "replace")

    @property
    def tag(self) -> str | None:
        """Return the end of the tag so far, without values; None outside a tag."""
        text = _OPEN_VALUE.sub('"', _QUOTED.sub("\0", self.before))
        return text[-_LONGEST:] if text.startswith("<") and ">" not in text else None

    def said(self, finding: str, hint: str | None = None, *, back: str = "") -> Explained:
        """Return an explanation that blames the place, or the text just before it."""
        return Explained(finding, hint, self.offset - len(back.encode()))


_Say = Callable[[_Scene], Explained]


def explain(code: int, body: bytes, offset: int, open_tag: str | None) -> Explained:
    """Return what an expat error at a byte of the document means; the document is UTF-8."""
    foreign = recognized(body)
    if foreign is not None:
        return Explained(*foreign, len(body) - len(body.lstrip()))
    scene = _Scene(body, max(0, min(offset, len(body))), open_tag)
    return _SAID.get(code, _otherwise)(scene)


def _always(finding: str, hint: str | None = None) -> _Say:
    return lambda scene: scene.said(finding, hint)


def _otherwise(scene: _Scene) -> Explained:
    got = quoted(scene.rest[:20])
    if not scene.body[: scene.offset].strip():
        return scene.said(f"expected XML, which begins with a tag, got {got}")
    return scene.said(f"expected well-formed XML, got {got}")


def _no_elements(scene: _Scene) -> Explained:
    if scene.open_tag is None:
        return scene.said("expected a BXML document, got no element")
    hint = f"write </{scene.open_tag}> where it ends"
    return scene.said(f"expected </{scene.open_tag}>, got the end of the text", hint)


def _mismatch(scene: _Scene) -> Explained:
    closing = scene.rest.partition(">")[0].removeprefix("</").strip()
    tag = scene.open_tag or ""
    hint = did_you_mean(closing, (tag,)) or f"close {tag} first"
    return scene.said(f"expected </{tag}>, got </{closing}>", hint)


def _twice(scene: _Scene) -> Explained:
    name = scene.rest.partition("=")[0].strip()
    return scene.said(
        f"expected each attribute once, got {quoted(name)} twice", "remove one of them"
    )


def _undefined_entity(scene: _Scene) -> Explained:
    # In an attribute value expat blames the tag.
    found = _ENTITY.search(scene.body, scene.offset)
    offset = found.start() if found is not None else scene.offset
    name = scene.body[offset:].decode("utf-8", "replace").partition(";")[0]
    hint = "write the character itself, or &amp; for a plain ampersand"
    finding = f"expected &amp; &lt; &gt; &quot; or &apos;, got {name[:_LONGEST]};"
    return Explained(finding, hint, offset)


def _unclosed(scene: _Scene) -> Explained:
    rest = scene.body[scene.offset :].decode("utf-8", "replace")
    if rest.startswith("&"):
        return scene.said(*_BARE_AMPERSAND)
    for start, end, what in (("<!--", "-->", "comment"), ("<?", "?>", "instruction")):
        if rest.startswith(start):
            return scene.said(f"expected {end} at the end of the {what}, got the end of the text")
    values = _QUOTED.sub("", rest)
    if '"' in values or "'" in values:
        hint = "look for a quote that is missing in this tag"
        return scene.said("expected a closing quote, got the end of the text", hint)
    return scene.said("expected > at the end of the tag, got the end of the text")


_BARE_AMPERSAND = "expected an entity, got a bare '&'", "write &amp; for the character itself"
_BARE_ANGLE = "expected a tag name, got a bare '<'", "write &lt; for the character itself"


def _invalid_token(scene: _Scene) -> Explained:
    """Explain a character out of place, most often one that is not escaped."""
    before, rest = scene.before, scene.rest
    if not scene.body[: scene.offset].strip():
        return _otherwise(scene)
    if before.startswith("<!--") and "-->" not in before:
        return scene.said("expected no -- inside a comment, got one", "write one dash", back="--")
    if _ILLEGAL.match(rest):
        finding = f"expected characters that XML can carry, got U+{ord(rest[0]):04X}"
        return scene.said(finding, "remove it")
    return _not_escaped(scene) or _out_of_place(scene)


def _not_escaped(scene: _Scene) -> Explained | None:
    """Explain a character that is markup where text was meant."""
    before, rest = scene.before, scene.rest
    if (found := re.search(rf"&#?(?:{_NAME})?\Z", before)) is not None:
        return scene.said(*_BARE_AMPERSAND, back=found[0])
    if before == "<" and rest.startswith("/"):
        tag = f"<{rest.partition('>')[0]}>"
        finding = f"expected nothing after the root element, got {tag}"
        return scene.said(finding, "remove it: nothing is open here", back="<")
    if before in ("<", "</", "<!", "<?"):
        return scene.said(*_BARE_ANGLE, back=before)
    if before.endswith("]]") and rest.startswith(">"):
        return scene.said("expected no ]]> in text, got one", "write ]]&gt;", back="]]")
    return None


_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


_IN_TAG = tuple(
    (re.compile(pattern, re.DOTALL), finding, hint)
    for pattern, finding, hint in (
        (
            r"\"<\Z",
            "expected the closing quote of a value, got {got}",
            "close the quotes before it, or write &lt; for the character itself",
        ),
        (r"<\Z", "expected > at the end of the tag, got {got}", "close the tag before it"),
        (
            r"[\u00a0\u1680\u2000-\u200f\u202f\u205f\u3000\ufeff]\Z",
            "expected a plain space, got {got}",
            "replace it: it only looks like one",
        ),
        (
            r"=\s*.\Z",
            "expected a value in straight quotes, got {got}",
            'put " before and after the value',
        ),
        (r"\0.\Z", "expected a space between attributes, got {got}", "put one before it"),
        (
            rf"\s(?P<name>{_NAME})\s*.\Z",
            "expected = and a value behind {name}, got {got}",
            'write {name}="..."',
        ),
    )
)
"""Patterns for the end of a tag without its values, each with finding and hint."""


def _out_of_place(scene: _Scene) -> Explained:
    """Explain a character that does not belong inside a tag, or outside the root."""
    got, tag = scene.rest[:1], scene.tag
    outside = scene.before.rpartition(">")[2].lstrip()
    if tag is None and scene.open_tag is None and outside:
        finding = f"expected nothing outside the root element, got {quoted(outside)}"
        return scene.said(finding, "put text to say into SpeakSentence", back=outside)
    for pattern, finding, hint in _IN_TAG if tag else ():
        found = pattern.search(f"{tag}{got}")
        if found is not None:
            words = {"got": quoted(got), **found.groupdict()}
            return scene.said(finding.format(**words), hint.format(**words))
    finding = f"expected well-formed XML, got {quoted(got)}"
    return scene.said(finding, "check quotes, '=' and brackets around here")


_SAID: dict[int, _Say] = {
    errors.codes[message]: say
    for message, say in (
        (errors.XML_ERROR_NO_ELEMENTS, _no_elements),
        (errors.XML_ERROR_TAG_MISMATCH, _mismatch),
        (errors.XML_ERROR_DUPLICATE_ATTRIBUTE, _twice),
        (errors.XML_ERROR_UNDEFINED_ENTITY, _undefined_entity),
        (errors.XML_ERROR_UNCLOSED_TOKEN, _unclosed),
        (errors.XML_ERROR_INVALID_TOKEN, _invalid_token),
        (
            errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT,
            _always(
                "expected nothing after the root element, got more",
                "a document has one root: put all verbs into one Response",
            ),
        ),
        (
            errors.XML_ERROR_BAD_CHAR_REF,
            _always(
                "expected a reference to a character that XML can carry, got another", "remove it"
            ),
        ),
        (
            errors.XML_ERROR_MISPLACED_XML_PI,
            _always(
                "expected the XML declaration at the very start, got something before it",
                "remove what stands before <?xml",
            ),
        ),
        (
            errors.XML_ERROR_XML_DECL,
            _always(
                "expected a correct XML declaration, got another",
                'write <?xml version="1.0" encoding="UTF-8"?>, or leave it out',
            ),
        ),
        (
            errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
            _always("expected ]]> at the end of the CDATA section, got the end of the text"),
        ),
    )
}
