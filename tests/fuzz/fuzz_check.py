"""Coverage-guided search for bytes that ``check`` or ``parse`` cannot take; see README.md here.

    python tests/fuzz/fuzz_check.py -max_total_time=600 [FOLDER_OF_FINDINGS]

Arguments are libFuzzer's. Needs atheris, which is no dependency of the project.
"""

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

atheris = import_module("atheris")
with atheris.instrument_imports(include=["bxml"]):
    from bxml import Document, ParseError, Problem, check, parse
    from bxml._node import ELEMENTS
    from bxml.cli.formatting import format_document
    from bxml.rules import CONTEXTS, RULES

PLACES = (None, *CONTEXTS)
LIMITS = ("-timeout=5", "-rss_limit_mb=1024", "-max_len=4096", "-print_final_stats=1")
MARKUP = (
    *('="', '">', "/>", "</", "<!--", "-->", "<![CDATA[", "]]>", "<?", "?>", "<!DOCTYPE", "&#x0;"),
    *("&amp;", "&lt;", 'xmlns="', 'xmlns:x="', "x:", 'encoding="utf-16"', "http://", "sip:", "+1"),
)


def seeds() -> Iterator[bytes]:
    """Yield the examples of all rules, each preceded by the byte that chooses its context."""
    for rule in RULES.values():
        place = bytes([PLACES.index(rule.context)])
        for example in (rule.bad, rule.good):
            if isinstance(example, Document):
                yield place + example.to_bytes()
            else:
                yield place + (example.encode() if isinstance(example, str) else example)


def words() -> Iterator[str]:
    """Yield what BXML is made of, for the mutator to put in."""
    yield from MARKUP
    for name, cls in ELEMENTS.items():
        yield f"<{name}"
        yield from (f' {attribute.wire}="' for attribute in cls.element.attributes)


def hold(source: bytes | str, place: str | None) -> None:
    """Demand that checking and reading end well, and say the same about errors."""
    problems = check(source, context=place)
    assert all(problem.rule in RULES for problem in problems)
    errors = [each for each in check(source) if each.severity == "error"]
    refused: tuple[Problem, ...] = ()
    read: Document | None = None
    try:
        read = parse(source)
    except ParseError as error:
        refused = error.problems
    assert list(refused) == errors
    if read is not None:
        assert not errors
        text = read.to_bxml(pretty=True)
        assert parse(text) == parse(read.to_bxml()) == read
        assert format_document(text.encode()).text == text


def one_input(data: bytes) -> None:
    """Try one input: its first byte chooses the context, the rest is the document."""
    place = PLACES[data[0] % len(PLACES)] if data else None
    hold(data[1:], place)
    hold(data[1:].decode("utf-8", "surrogateescape"), place)


def main() -> None:
    """Run libFuzzer with the examples as seeds and the element table as dictionary."""
    with TemporaryDirectory() as folder:
        corpus = Path(folder, "corpus")
        corpus.mkdir()
        for index, each in enumerate(seeds()):
            (corpus / str(index)).write_bytes(each)
        dictionary = Path(folder, "words.dict")
        quoted = (word.replace("\\", "\\\\").replace('"', '\\"') for word in words())
        dictionary.write_text("".join(f'"{word}"\n' for word in dict.fromkeys(quoted)))
        arguments = [sys.argv[0], *LIMITS, f"-dict={dictionary}", *sys.argv[1:], str(corpus)]
        atheris.Setup(arguments, one_input)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
