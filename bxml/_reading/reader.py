"""One pass over the XML: lenient values, and every problem that reading can see.

Values made here are not checked by a constructor: an attribute that could not be read is None and
a child that does not belong is left out, so that the rules can still check the rest. expat does
the tokenising; nothing is expanded, fetched or followed.
"""

import re
from collections.abc import Callable
from contextlib import suppress
from pyexpat import ExpatError, ParserCreate
from typing import Final

from bxml._element import Attribute
from bxml._escape_hatch import Custom
from bxml._kinds import Text
from bxml._node import Node
from bxml._once import FIRST_IMPORT
from bxml._reading.frames import Namespaces, OpenElement, RawProblem, ReadingSpec, shapes
from bxml._reading.suggestions import Suggestions
from bxml._record import ReadOnlyMap
from bxml._speech import merged
from bxml._wording import MAX_SHOWN, InvalidValue, did_you_mean, join_with_or, quoted

MAX_DEPTH: Final = 100
"""Deepest nesting of elements, root included."""

WHITE: Final = " \t\r\n"
"""White space in XML."""

_WHITE_RUN = re.compile(f"[{WHITE}]+")
_LISTED = 4


class Stop(Exception):  # noqa: N818 - internal signal
    """Reading cannot go on."""


_NO_NAMESPACE = "BXML has no namespace: remove xmlns and prefixes"


_PUT_TEXT = {
    "children": "put text to say into SpeakSentence",
    "speech": "put the text behind the break",
}


class Reader:
    """Reads one document; afterwards ``root``, ``frames`` and ``flaws`` hold the result."""

    def __init__(self, *, keep_unknown: bool = False, root: str | None = None) -> None:
        self._shapes = shapes()
        self.keep_unknown = keep_unknown
        self.root: Node | None = None
        self.frames: list[OpenElement] = []
        """Every element that was begun, in document order."""
        self.flaws: list[RawProblem] = []
        self._wanted = root
        self._top: OpenElement | None = None
        self._depth = 0
        self._spaces: Namespaces | None = None
        self._suggestions = Suggestions()

    def read(self, body: bytes) -> None:
        """Read the document, UTF-8 whatever its declaration says."""
        if b"xmlns" in body:
            self._spaces = Namespaces()
        self._body = body
        self._parser = parser = ParserCreate("UTF-8")
        parser.ordered_attributes = True
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = self._doctype
        try:
            with suppress(Stop):  # the reason is among the flaws
                parser.Parse(body, True)  # noqa: FBT003 - expat's own signature
        except ExpatError as error:
            with FIRST_IMPORT:
                from bxml._reading.xml_errors import explain

            tag = self._top.tag if self._top is not None else None
            finding, hint, offset = explain(error.code, body, parser.ErrorByteIndex, tag)
            self.flaws.append(RawProblem("malformed-xml", None, finding, hint, offset=offset))
        finally:
            del self._parser  # it refers back to this object

    def _doctype(self, *_: object) -> None:
        finding = "expected no document type declaration, got <!DOCTYPE"
        hint = "remove it: BXML has none, and entities in it could read files"
        offset = self._body.rfind(b"<!DOCTYPE", 0, self._parser.CurrentByteIndex + 9)
        self.flaws.append(RawProblem("doctype-not-allowed", None, finding, hint, offset=offset))
        raise Stop

    def _start(self, tag: str, given: list[str]) -> None:
        parent = self._top
        self._depth += 1
        shape = self._shapes.get(tag)
        frame = OpenElement(tag, shape, parent, self._parser.CurrentByteIndex)
        if self._depth > MAX_DEPTH:
            finding = f"expected at most {MAX_DEPTH} levels of elements, got more"
            self.flaws = [RawProblem("nested-too-deep", None, finding, offset=frame.offset)]
            raise Stop
        frame.given = given
        self.frames.append(frame)
        self._top = frame
        foreign = self._spaces is not None and self._spaces.enter(self._depth, tag, given)
        if parent is None:
            self._begin(frame, foreign=foreign)
        else:
            parent.frames.append(frame)
            owner = parent.shape
            if shape is None or foreign:
                self._unknown(frame, owner, foreign=foreign)
            elif owner is not None and tag not in owner.children:
                self._misplaced(frame, shape, owner)
        if frame.shape is not None:
            self._read_attributes(frame, frame.shape, given)
        elif self.keep_unknown and given:
            frame.extra = dict(zip(given[::2], given[1::2], strict=True))

    def _begin(self, frame: OpenElement, *, foreign: bool) -> None:
        shape = frame.shape
        if frame.tag == self._wanted:
            return
        if shape is not None and shape.element.kind == "root" and not foreign:
            return
        hint = did_you_mean(frame.tag, ("Response", "Bxml"))
        if foreign:
            hint = _NO_NAMESPACE
        elif shape is not None and shape.element.kind == "verb":
            hint = f"put it into a document: <Response><{frame.tag} .../></Response>"
        finding = f"expected Response or Bxml as the root, got {shown_tag(frame.tag)}"
        self.flaws.append(RawProblem("root-not-allowed", frame, finding, hint))
        slip = frame.tag.lower() in ("response", "bxml")
        if not slip and (shape is None or shape.element.kind != "root"):
            raise Stop
        frame.shape = self._shapes["Response"]

    def _unknown(self, frame: OpenElement, owner: ReadingSpec | None, *, foreign: bool) -> None:
        """Report an element that BXML does not have; ignore a difference of case and read on."""
        tag = frame.tag
        frame.shape = None
        if ":" in tag and not (self._spaces and self._spaces.declares(tag)):
            finding = f"expected a declared prefix, got {shown_tag(tag)}"
            self.flaws.append(RawProblem("malformed-xml", frame, finding, "remove the prefix"))
            return
        if self.keep_unknown and not foreign and ":" not in tag:
            return
        names = owner.children if owner is not None else frozenset(self._shapes)
        speech = owner is not None and owner.form == "speech"
        rule, kind = (
            ("ssml-unknown-element", "an SSML") if speech else ("unknown-element", "a BXML")
        )
        hint = (
            _NO_NAMESPACE
            if foreign
            else self._suggestions.for_element(tag, names, frozenset(self._shapes))
        )
        finding = f"expected {kind} element, got {shown_tag(tag)}"
        self.flaws.append(RawProblem(rule, frame, finding, hint))
        slip = {name.lower(): name for name in names}.get(tag.lower())
        if slip is not None and not foreign:
            frame.shape = self._shapes[slip]

    def _misplaced(self, frame: OpenElement, shape: ReadingSpec, owner: ReadingSpec) -> None:
        allowed = sorted(owner.children)
        expected = " or ".join(allowed) if 0 < len(allowed) <= _LISTED else "a verb"
        if owner.form == "speech":
            expected = "text or SSML"
        elif not allowed:
            expected = "text only" if owner.form == "text" else "nothing"
        finding = f"expected {expected} inside {owner.element.name}, got {frame.tag}"
        hint = f"{frame.tag} belongs in {join_with_or(shape.element.parents)}"
        if shape.element.kind == "root":
            hint = f"{frame.tag} can only be the root"
        self.flaws.append(RawProblem("element-not-allowed-here", frame, finding, hint))
        frame.misplaced = True

    def _read_attributes(self, frame: OpenElement, shape: ReadingSpec, given: list[str]) -> None:
        values = frame.values = shape.blank.copy()
        readers = shape.readers
        pairs = iter(given)
        for wire in pairs:
            text = next(pairs)
            found = readers.get(wire)
            if found is None:
                self._unknown_attribute(frame, shape, wire, text)
                continue
            try:
                values[found[0]] = found[1](text)
            except InvalidValue as refused:
                flaw = RawProblem(refused.rule, frame, refused.finding, refused.hint, wire)
                self.flaws.append(flaw)
        for index, attribute in shape.required:
            if values[index] is None and attribute.wire not in given[::2]:
                self._missing(frame, attribute)

    def _missing(self, frame: OpenElement, attribute: Attribute) -> None:
        finding = f"expected {attribute.wire} with {attribute.kind.expected}, got nothing"
        hint = f'add {attribute.wire}="..."'
        self.flaws.append(RawProblem("required-attribute-missing", frame, finding, hint))

    def _unknown_attribute(
        self, frame: OpenElement, shape: ReadingSpec, wire: str, text: str
    ) -> None:
        prefix, colon, _ = wire.partition(":")
        if wire == "xmlns" or (colon and prefix == "xmlns"):
            return
        if colon and prefix != "xml" and not (self._spaces and self._spaces.declares(wire)):
            finding = f"expected a declared prefix, got {quoted(wire)}"
            flaw = RawProblem("malformed-xml", frame, finding, "remove the prefix", wire)
            self.flaws.append(flaw)
        elif self.keep_unknown and not colon:
            frame.extra = frame.extra or {}
            frame.extra[wire] = text
        else:
            self.flaws.append(self._strange_attribute(frame, shape, wire))

    def _strange_attribute(self, frame: OpenElement, shape: ReadingSpec, wire: str) -> RawProblem:
        name = shape.element.name
        finding = f"expected a known attribute of {name}, got {quoted(wire)}"
        if name == "SipUri" and frame.parent is not None and frame.parent.tag == "Refer":
            finding = f"expected a SipUri without attributes in Refer, got {quoted(wire)}"
            return RawProblem("refer-sip-uri-has-attributes", frame, finding, "remove it", wire)
        hint = self._suggestions.for_attribute(shape.element, wire)
        return RawProblem("unknown-attribute", frame, finding, hint, wire)

    def _characters(self, text: str) -> None:
        assert self._top is not None  # noqa: S101 - expat reports no text outside the root
        self._top.pieces.append(text)

    def _end(self, tag: str) -> None:
        frame = self._top
        assert frame is not None  # noqa: S101 - expat pairs the tags
        parent = self._top = frame.parent
        if self._spaces is not None:
            self._spaces.leave(self._depth)
        self._depth -= 1
        shape = frame.shape
        if shape is not None:
            CONTENT[shape.form](self, frame, shape)
            if frame.extra:
                frame.values[-1] = ReadOnlyMap(frame.extra)
            frame.node = shape.fill(frame.values)
        elif self.keep_unknown:
            extra = ReadOnlyMap(frame.extra) if frame.extra else None
            frame.node = Custom._make((tag, merged(frame.pieces), extra))
        if parent is None:
            self.root = frame.node
        elif frame.node is not None and not frame.misplaced:
            parent.pieces.append(frame.node)

    def _no_text(self, frame: OpenElement, shape: ReadingSpec) -> None:
        for piece in frame.pieces:
            text = piece.strip(WHITE) if isinstance(piece, str) else ""
            if text:
                finding = f"expected no text in {shape.element.name}, got {quoted(text)}"
                hint = _PUT_TEXT.get(shape.form)
                self.flaws.append(RawProblem("text-not-allowed", frame, finding, hint, text=True))
                return

    def _read_children(self, frame: OpenElement, shape: ReadingSpec) -> None:
        self._no_text(frame, shape)
        children = tuple([piece for piece in frame.pieces if not isinstance(piece, str)])
        frame.values[0] = children
        content = shape.element.content
        low, high = content.minimum, content.maximum
        if low and len(frame.frames) < low:
            self._count(frame, shape, "too-few-children", len(children))
        elif high is not None and len(children) > high:
            self._count(frame, shape, "too-many-children", len(children))

    def _count(self, frame: OpenElement, shape: ReadingSpec, rule: str, count: int) -> None:
        content = shape.element.content
        wanted = f"{content.minimum} to {content.maximum}"
        if content.minimum == content.maximum:
            wanted = str(content.minimum)
        elif not content.minimum:
            wanted = f"at most {content.maximum}"
        names = " or ".join(sorted(shape.children))
        finding = f"expected {wanted} {names} in {shape.element.name}, got {count or 'none'}"
        self.flaws.append(RawProblem(rule, frame, finding))

    def _read_text(self, frame: OpenElement, shape: ReadingSpec) -> None:
        content = shape.element.content
        kind = content.kind
        assert isinstance(kind, Text)  # noqa: S101 - the form says so
        raw = "".join([piece for piece in frame.pieces if isinstance(piece, str)])
        text = raw.strip(WHITE)
        if content.trim == "collapse":
            text = _WHITE_RUN.sub(" ", text)
        if not text and content.required:
            finding = f"expected {kind.expected} in {shape.element.name}, got nothing"
            self.flaws.append(RawProblem("required-text-missing", frame, finding))
            return
        if raw != text and shape.element.name == "PlayAudio":
            finding = "expected the URL directly between the tags, got white space around it"
            hint = "write the tags and the URL on one line"
            flaw = RawProblem(
                "audio-url-padded", frame, finding, hint, text=True, severity="warning"
            )
            self.flaws.append(flaw)
        try:
            frame.values[0] = kind.read(text)
        except InvalidValue as refused:
            self.flaws.append(
                RawProblem(refused.rule, frame, refused.finding, refused.hint, text=True)
            )

    def _read_speech(self, frame: OpenElement, shape: ReadingSpec) -> None:
        if shape.element.name == "break":
            self._no_text(frame, shape)
            frame.pieces = [piece for piece in frame.pieces if not isinstance(piece, str)]
        held = frame.pieces
        if len(held) == 1 and isinstance(held[0], str) and held[0].strip(WHITE):
            frame.values[0] = (held[0],)
            return
        pieces = frame.values[0] = merged(held)
        if not shape.element.content.required or frame.frames:
            return
        if not any(isinstance(piece, Node) or piece.strip(WHITE) for piece in pieces):
            got = quoted(pieces[0]) if pieces else "nothing"
            finding = f"expected text to say in {shape.element.name}, got {got}"
            self.flaws.append(
                RawProblem("speak-sentence-blank", frame, finding, "use Pause for silence")
            )


def shown_tag(tag: str) -> str:
    """Return an element name as a message quotes it."""
    return tag if len(tag) <= MAX_SHOWN and tag.isprintable() else quoted(tag)


CONTENT: dict[str, Callable[[Reader, OpenElement, ReadingSpec], None]] = {
    "none": Reader._no_text,
    "text": Reader._read_text,
    "children": Reader._read_children,
    "speech": Reader._read_speech,
}
