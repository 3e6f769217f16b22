"""Reading and checking, in multiples of what lxml needs to parse and to validate."""

from functools import partial
from pyexpat import ParserCreate

from lxml import etree

from bxml import check, checking, parse
from bxml.schema import schema_path
from tests.benchmarks import compose
from tests.benchmarks.timing import best_of, table


def _part(text: str, share: int) -> str:
    """Return the first of ``share`` equal parts of the large document."""
    head, *verbs = text.removesuffix("</Response>").split("<Pause")
    return "<Pause".join([head, *verbs[: len(verbs) // share]]) + "</Response>"


def _validate(schema: etree.XMLSchema, body: bytes) -> object:
    return schema.validate(etree.fromstring(body))


def _tokenize(body: bytes) -> object:
    """Call three functions that do nothing: the least that reading in Python can cost."""
    parser = ParserCreate("UTF-8")
    parser.StartElementHandler = lambda _tag, _given: None
    parser.EndElementHandler = parser.CharacterDataHandler = lambda _: None
    return parser.Parse(body, True)  # noqa: FBT003 - expat's own signature


def _check_anew(body: bytes) -> object:
    checking._clean.clear()
    return check(body)


def report() -> None:
    """Print the ratios, and how the time for a large document grows with its size."""
    schema = etree.XMLSchema(file=str(schema_path()))
    large = compose.ours_large("Ann")
    documents = {
        "2 verbs": compose.ours_two("Ann"),
        "menu, 12 elements": compose.ours_menu("Ann"),
        "16 KB": _part(large, 4),
        "32 KB": _part(large, 2),
        "near 64 KB": large,
    }
    rows: list[list[str]] = []
    for name, text in documents.items():
        body = text.encode()
        assert not check(body), f"{name}: expected a clean document"
        times = best_of(
            {
                "engine": partial(_validate, schema, body),
                "check": partial(check, body),
                "check anew": partial(_check_anew, body),
                "parse": partial(parse, body),
                "expat": partial(_tokenize, body),
            }
        )
        ratios = [
            f"{times[word] / times['engine']:.1f}"
            for word in ("check", "check anew", "parse", "expat")
        ]
        per_byte = f"{times['check anew'] / len(body) * 1e9:.0f}"
        rows.append([name, *ratios, per_byte])
    head = [
        "reading",
        "bxml.check, other words in a known document",
        "bxml.check, new document",
        "bxml.parse",
        "expat with three empty handlers",
        "new document, nanoseconds per byte",
    ]
    table("Multiples of lxml parse plus XSD validation (less is better)", head, rows)
