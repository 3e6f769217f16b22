"""The rule that reports elements and attributes outside of the table."""

from collections.abc import Iterator

from bxml._escape_hatch import Custom
from bxml._node import ELEMENTS, Node
from bxml.documents import Response
from bxml.rules._rule import Finding, Naming, Rule
from bxml.rules._texts import got
from bxml.verbs.audio import SpeakSentence
from bxml.verbs.flow import Hangup


def _hatch(node: Node, _: Naming) -> Iterator[Finding]:
    if isinstance(node, Custom):
        text = f"expected a known element, got Custom({got(node.name)})"
    elif node.extra_attributes is not None:
        names = ", ".join(got(extra_attribute) for extra_attribute in node.extra_attributes)
        text = f"expected known attributes, got {names}"
    else:
        return
    yield Finding(None, text, "written as given and not checked: try it on a test call first")


HATCH_RULES = (
    Rule(
        "escape-hatch",
        "warning",
        "inferred",
        "Custom and extra_attributes are for additions of the vendor after a release of bxml. They "
        "are not checked, so every use is reported.",
        Response(Custom("Whisper", SpeakSentence("Hello."))),
        Response(SpeakSentence("Hello."), Hangup()),
    ).on(*ELEMENTS.values(), Custom, find=_hatch, when=("extra_attributes",)),
)
