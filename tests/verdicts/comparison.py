"""The verdicts of constructors and of the XSD on the same drafts."""

from collections import Counter
from collections.abc import Callable, Iterable

from bxml import Node, ValidationError
from bxml._node import ELEMENTS
from bxml.documents import Document
from tests.bxml.conftest import BEYOND_SCHEMAS
from tests.verdicts.drafts import Draft

Judge = Callable[[bytes], bool]
"""Whether an XSD takes a document."""


def construct(draft: Draft) -> Node:
    """Return the value of a draft.

    :raises ValidationError: for a draft that constructors refuse.
    """
    content = [each if isinstance(each, str) else construct(each) for each in draft.content]
    make: Callable[..., Node] = ELEMENTS[draft.name]
    return make(*content, **draft.attributes)


def differences(drafts: Iterable[Draft], judge: Judge) -> tuple[list[str], Counter[str]]:
    """Return the documents that are judged differently, and how many got which verdict.

    Drafts that break only rules that XSD 1.0 cannot express are left out.
    """
    found: list[str] = []
    verdicts: Counter[str] = Counter()
    for draft in drafts:
        xml = draft.xml()
        try:
            document = construct(draft)
        except ValidationError as refused:
            if {problem.rule for problem in refused.problems} <= set(BEYOND_SCHEMAS):
                verdicts["beyond the XSD"] += 1
                continue
            verdicts["refused"] += 1
            agreed = not judge(xml.encode())
        else:
            verdicts["valid"] += 1
            assert isinstance(document, Document)
            agreed = judge(xml.encode()) and judge(document.to_bytes())
            agreed = agreed and document._proved is type(document)
        if not agreed:
            found.append(xml)
    return found, verdicts
