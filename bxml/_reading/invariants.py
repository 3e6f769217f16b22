"""Findings about elements that were read, turned into flaws that know their element."""

from collections.abc import Iterable, Iterator, Mapping

from bxml._element import wire_name
from bxml._invariants import INVARIANTS, Violation
from bxml._reading.frames import OpenElement, RawProblem
from bxml._reading.positions import Positions
from bxml._reading.reader import Reader
from bxml.errors import Problem, Severity


def flaw_of(
    rule: str,
    severity: Severity,
    finding: Violation,
    frame: OpenElement,
    by_node: Mapping[int, OpenElement],
) -> RawProblem:
    """Return the flaw for a finding about the element of ``frame``."""
    if finding.node is not None:
        frame = by_node.get(id(finding.node), frame)
    wire, text = None, False
    if finding.attribute is not None and frame.node is not None:
        element = frame.node.element
        attribute = element.attribute(finding.attribute)
        wire = attribute.wire if attribute is not None else None
        content = element.content
        text = finding.attribute == content.name and content.form in ("text", "speech")
    return RawProblem(
        rule, frame, finding.text, finding.hint, attribute=wire, text=text, severity=severity
    )


def _blamed(flaw: RawProblem) -> Iterator[tuple[int, str]]:
    """Yield the attributes, by element, that a flaw explains; an unknown one may be any of them."""
    frame = flaw.frame
    if frame is None or flaw.attribute is None:
        return
    yield id(frame), flaw.attribute
    if flaw.rule == "unknown-attribute" and frame.node is not None:
        for attribute in frame.node.element.attributes:
            if getattr(frame.node, attribute.name) is None:
                yield id(frame), attribute.wire


def invariant_flaws(frames: list[OpenElement], known: Iterable[RawProblem]) -> Iterator[RawProblem]:
    """Yield what the cross-field rules of severity error find.

    An attribute of one of the ``known`` flaws is not reported as absent as well.
    """
    blamed = {place for flaw in known for place in _blamed(flaw)}
    for frame in frames:
        invariants = INVARIANTS.get(frame.tag)
        if invariants is not None and frame.node is not None:
            children = {id(each.node): each for each in frame.frames}
            for invariant in invariants:
                for finding in invariant.find(frame.node, wire_name):
                    flaw = flaw_of(invariant.rule, "error", finding, frame, children)
                    if (id(flaw.frame), flaw.attribute) not in blamed:
                        yield flaw


def errors_of(reader: Reader, body: bytes) -> list[Problem]:
    """Return the problems of severity error that reading and the invariants found, in order."""
    flaws = [*reader.flaws, *invariant_flaws(reader.frames, reader.flaws)]
    wrong = [flaw for flaw in flaws if flaw.severity == "error"]
    if not wrong:
        return []
    positions = Positions(body, reader.frames)
    wrong.sort(key=positions.offset)
    return [positions.problem(flaw) for flaw in wrong]
