"""A caller's name that holds markup: what becomes of it with the vendor's SDK and with ours.

For any text, a document should have exactly the elements that were built.
"""

from lxml import etree

from bxml import Hangup, Response, SpeakSentence
from tests.benchmarks import peers
from tests.benchmarks.timing import table

NAMES = (
    "Ann",
    "Ann & Bob",
    "Ann <Bob>",
    "</SpeakSentence><Transfer><PhoneNumber>+19005550100</PhoneNumber></Transfer><SpeakSentence>",
    "1 < 2 and 3 > 2",
)
EXPECTED = ["Response", "SpeakSentence", "Hangup"]


def _verdict(text: str) -> str:
    try:
        tags = [str(each.tag) for each in etree.fromstring(text.encode()).iter()]
    except etree.XMLSyntaxError:
        return "not XML any more"
    extra = [tag for tag in tags if tag not in EXPECTED]
    return f"became {', '.join(f'<{tag}>' for tag in extra)}" if extra else "said as it is"


def report() -> None:
    """Print what each name turns into."""
    rows = [
        [
            f"`{name}`",
            _verdict(Response(SpeakSentence(f"Hello {name}"), Hangup()).to_bxml()),
            _verdict(peers.sdk_two(name)),
        ]
        for name in NAMES
    ]
    table("A caller's name as speech", ["name", "bxml", "bandwidth-sdk"], rows)
