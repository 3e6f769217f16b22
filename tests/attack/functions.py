"""What reads foreign text, each with hostile inputs that can be made of any size."""

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from io import StringIO

from rich.console import Console

from bxml import BxmlError, check, parse, ssml, to_python
from bxml.cli.formatting import format_document
from bxml.cli.loaded import Loaded
from bxml.cli.reports import TextReport
from bxml.rules import RULES
from callcontrol import CallControlError
from callcontrol._http.exchange import ApiReply as HttpReply
from callcontrol._http.replies import next_page, scrubbed
from callcontrol._wire.json import Misfit
from callcontrol.errors import RequestLine
from callcontrol.events import parse_event
from callcontrol.explorer import Arrow, Graph, Node
from callcontrol.explorer.normalization import normalize
from callcontrol.recorder.diff import changes_between
from callcontrol.recorder.models import RecordedReply
from callcontrol.recorder.phone_numbers import replace_numbers
from callcontrol.recorder.pseudonyms import Pseudonyms
from callcontrol.recorder.rebinding import bind_new_values, pseudonyms_in
from callcontrol.recorder.redact_bxml import redact_markup
from callcontrol.recorder.redaction import Redactor
from callcontrol.simulator.core.script import read
from callcontrol.simulator.rest.validators import url
from callcontrol.simulator.settings import Assumptions

__all__ = ["FUNCTIONS", "Prepare"]

Prepare = Callable[[int], Callable[[], object]]
"""Makes an input of a size, and returns what reads it."""

DOCUMENT = 4_000
"""Bytes of the smallest document; the largest has 64,000, near the limit."""
REPORT = 1_000
"""Bytes of the smallest document that is reported on: a terminal's lines take their time."""
BODY = 16_000
"""Bytes of the smallest other input."""


def _filled(unit: str, size: int) -> str:
    """Return a unit again and again; ``{i}`` in it counts."""
    if "{i}" not in unit:
        return unit * (size // len(unit))
    return "".join(unit.replace("{i}", str(i)) for i in range(size // (len(unit) + 2)))


def _response(inside: str) -> Callable[[int], str]:
    return lambda size: f"<Response>{_filled(inside, size)}</Response>"


def _in(start: str, unit: str, end: str) -> Callable[[int], str]:
    return lambda size: f"<Response>{start}{_filled(unit, size)}{end}</Response>"


DOCUMENTS: Mapping[str, Callable[[int], str]] = {
    "near misses": _response("<Gathe{i}/>"),
    "near misses of attributes": _response("<Gather maxDigit{i}='1'/>"),
    "many attributes": _in("<Gather ", "a{i}='1' ", "/>"),
    "an endless attribute": _in("<Gather gatherUrl='", "/a", "'/>"),
    "an endless wrong number": _in("<Pause duration='", "1.", "'/>"),
    "an endless URL": _in("<Redirect redirectUrl='https://", "//", "'/>"),
    "users in a URL": _in("<Redirect redirectUrl='ftp:", "//a@", "'/>"),
    "an endless number": _in("<Transfer><PhoneNumber>", "+1", "</PhoneNumber></Transfer>"),
    "a tag that never ends": lambda size: f"<Response><a{'@' * size}",
    "attributes that never end": lambda size: f"<Response><a {_filled('b=', size)}",
    "a quote that never ends": lambda size: f"<Response><a b='{_filled(chr(34), size)}",
    "ampersands": _in("<SpeakSentence>", "&", "</SpeakSentence>"),
    "an entity that is unknown": _in("<SpeakSentence>&x;", "&y", "</SpeakSentence>"),
    "comments that never end": lambda size: f"<Response>{_filled('<!--', size)}",
    "comments": _response("<!-- - -->"),
    "instructions": _response("<?a b?>"),
    "sections": _in("<SpeakSentence>", "<![CDATA[a]]>", "</SpeakSentence>"),
    "blank lines": _in("<SpeakSentence>", "\n", "a</SpeakSentence>"),
    "a problem in each line": _response("<Pause duration='x'/>\r\n"),
    "a problem behind blanks": lambda size: (
        f"<Response>\n{' ' * (size // 2)}{_filled('<x/>', size // 2)}</Response>"
    ),
    "words": _in("<SpeakSentence>", "word ", "</SpeakSentence>"),
    "words that are numbers": _in("<SpeakSentence>", "9 1 9, ", "</SpeakSentence>"),
    "one long number": _in("<SpeakSentence>", "5", "</SpeakSentence>"),
    "passwords": _in("<SpeakSentence>", "password=abcdefgh{i} ", "</SpeakSentence>"),
    "passwords in attributes": _response("<Redirect password='abcdefgh{i}'/>"),
    "tokens": _in("<SpeakSentence>", "-eyJ", "</SpeakSentence>"),
    "addresses in addresses": _in("<Redirect redirectUrl='", "http://a?", "'/>"),
    "tags of speech": _in("<SpeakSentence>", "<s>a</s>", "</SpeakSentence>"),
    "breaks": _in("<SpeakSentence>", "<break time='1'/>", "</SpeakSentence>"),
    "destinations": _in("<Transfer>", "<PhoneNumber>+19195550100</PhoneNumber>", "</Transfer>"),
    "parameters": _in(
        "<StartStream destination='wss://a.example/'>",
        "<StreamParam name='a' value='b'/>",
        "</StartStream>",
    ),
    "prompts": _in("<Gather>", "<SpeakSentence>a</SpeakSentence>", "</Gather>"),
    "prefixes": _in("<a ", "xmlns:a{i}='b' ", "/>"),
    "deep": lambda size: "<Response>" + _filled(f"{'<a>' * 90}{'</a>' * 90}", size) + "</Response>",
    "long names, deep": lambda size: (
        f"<Response>{('<a' + 'b' * (size // 200) + '>') * 98}{'<c/>' * (size // 8)}"
    ),
    "verbs": _response("<Pause/>"),
    "forwards": _response("<Forward to='+19195550100'/>"),
}


def _quietly(run: Callable[[], object]) -> Callable[[], object]:
    def runs() -> None:
        with suppress(BxmlError, CallControlError, Misfit):
            run()

    return runs


def _over(make: Callable[[int], str], use: Callable[[str], object]) -> Prepare:
    def prepare(size: int) -> Callable[[], object]:
        text = make(size)
        return _quietly(lambda: use(text))

    return prepare


def _report(text: str) -> None:
    body = text.encode()
    report = TextReport(Console(file=StringIO(), width=100))
    report.add(Loaded("a.xml", body), check(body))


def _masked(text: str) -> None:
    redactor = Redactor(Pseudonyms())
    redact_markup(redactor, text)
    redact_markup(redactor, text)


def _reply(body: str) -> RecordedReply:
    return RecordedReply(200, "application/xml", len(body), body)


def _changed(text: str) -> None:
    swapped = text.replace("a", "b")
    list(changes_between(_reply(text), _reply(swapped)))


def _shuffled(name: str) -> Prepare:
    """Return what compares documents that have the same few elements in another order."""

    def prepare(size: int) -> Callable[[], object]:
        chance = random.Random(size)
        elements = [
            f"<{name.replace('{i}', str(chance.randrange(130)))}/>" for _ in range(size // 8)
        ]
        before = f"<Response>{''.join(elements)}</Response>"
        chance.shuffle(elements)
        after = f"<Response>{''.join(elements)}</Response>"
        return lambda: list(changes_between(_reply(before), _reply(after)))

    return prepare


def _lines(size: int) -> Callable[[], object]:
    chance = random.Random(size)
    before, after = ("\n".join(chance.choice("abcdefgh") for _ in range(size // 2)) for _ in "12")
    return lambda: list(changes_between(_reply(before), _reply(after)))


def _rebound(size: int) -> Callable[[], object]:
    recorded = "".join(f"masked-{i} " for i in range(size // 12))
    text = "".join(f"password=abcdefgh{i} " for i in range(size // 20))

    def run() -> None:
        drafted = Pseudonyms()
        draft = redact_markup(Redactor(drafted), text)
        bind_new_values(Pseudonyms(), recorded, draft, drafted, set(pseudonyms_in("masked-0")))

    return run


def _graph(size: int) -> Callable[[], object]:
    count = size // 100
    nodes = tuple(Node(f"s{i}", "prompt", 'say "<&|#>" ' * 8, i) for i in range(count))
    arrows = tuple(Arrow(f"s{i}", "1", f"s{i * 7 % count}") for i in range(count))
    return lambda: Graph(nodes, (*arrows, *(Arrow("s0", "2", "s1") for _ in nodes))).mermaid()


def _paged(text: str) -> object:
    reply = HttpReply(RequestLine("GET", "https://a.example/"), 200, {"Link": text}, b"")
    return next_page(reply, "https://a.example/")


EVENTS: Mapping[str, Callable[[int], str]] = {
    "unknown fields": lambda size: (
        f'{{"eventType":"answer",{_filled(chr(34) + "f{i}" + chr(34) + ":1,", size)}"a":1}}'
    ),
    "the same field": lambda size: (
        f'{{"eventType":"answer",{_filled(chr(34) + "f" + chr(34) + ":1,", size)}"a":1}}'
    ),
    "a tag": lambda size: f'{{"eventType":"answer","tag":"{"-0" * (size // 2)}"}}',
    "a time": lambda size: (
        f'{{"eventType":"answer","startTime":"2026-01-01T00:00:00.{"0" * size}"}}'
    ),
    "lists": lambda size: f'{{"eventType":"answer","a":{"[" * size}',
    "parameters": lambda size: "eventType=answer&" + _filled("f{i}=1&", size),
    "percent signs": lambda size: "eventType=answer&tag=" + "%" * size,
    "digits": lambda size: (
        '{"eventType":"gather","a":[' + _filled('{"digits":"12345{i}"},', size) + "1]}"
    ),
    "secrets": lambda size: (
        '{"eventType":"gather","a":[' + _filled('{"password":"abcdefgh{i}"},', size) + "1]}"
    ),
    "secrets that begin alike": lambda size: (
        '{"eventType":"gather","a":["'
        + "a" * size
        + '",'
        + ",".join(f'{{"password":"{"a" * i}"}}' for i in range(8, int((2 * size) ** 0.5)))
        + "]}"
    ),
    "accounts": lambda size: (
        '{"eventType":"gather","a":[' + _filled('{"accountId":"99{i}"},', size) + "1]}"
    ),
}

TEXTS: Mapping[str, Callable[[int], str]] = {
    "minus and digit": lambda size: "-0" * (size // 2),
    "letters and dashes": lambda size: "aB-" * (size // 3),
    "slashes": lambda size: "/" * size,
    "quotes": lambda size: "'\"" * (size // 2),
    "tokens": lambda size: "-eyJ" * (size // 4),
    "groups": lambda size: "(1)" * (size // 3),
    "digits": lambda size: "1" * size,
    "pairs": lambda size: "key=" * (size // 4),
    "schemes": lambda size: "a://" * (size // 4),
    "percent": lambda size: "%25" * (size // 3),
    "brackets": lambda size: "[" * size,
    "hex": lambda size: "a-12345678-" * (size // 11),
}
"""Texts that are no documents."""


def _functions() -> Iterator[tuple[str, tuple[int, Prepare]]]:
    uses: Mapping[str, Callable[[str], object]] = {
        "check": check,
        "parse": parse,
        "parse leniently": lambda text: parse(text, allow_unknown=True),
        "report": _report,
        "to_python": to_python,
        "format": lambda text: format_document(text.encode()),
        "redaction": _masked,
        "diff": _changed,
        "simulator": lambda text: read(text.encode(), "call-webhook-reply", Assumptions()),
    }
    for title, make in DOCUMENTS.items():
        for name, use in uses.items():
            yield f"{name}: {title}", (REPORT if name == "report" else DOCUMENT, _over(make, use))
    for rule in RULES.values():
        if isinstance(rule.bad, str) and "<Response>" in rule.bad:
            inside = rule.bad.partition("<Response>")[2].rpartition("</Response>")[0]
            if inside.strip():
                make = _response(" ".join(inside.split()))
                yield f"check: examples of {rule.id}", (DOCUMENT, _over(make, check))
    for title, make in TEXTS.items():
        texts: Mapping[str, Callable[[str], object]] = {
            "redaction of text": lambda text: Redactor(Pseudonyms()).text(text),
            "redaction of query": lambda text: Redactor(Pseudonyms()).query(text),
            "redaction of URL": lambda text: Redactor(Pseudonyms()).url(f"http://{text}"),
            "phone numbers": lambda text: replace_numbers(text, Pseudonyms()),
            "explorer": normalize,
            "speech": ssml.parse,
            "simulator's URL": lambda text: url()("url", f"http://{text}"),
            "next page": lambda text: _paged(f"<{text}>; {text}"),
            "scrubbed": lambda text: scrubbed(text, ("secret", "a")),
        }
        for name, use in texts.items():
            yield f"{name}: {title}", (BODY, _over(make, use))
    for title, make in EVENTS.items():
        yield f"parse_event: {title}", (BODY, _over(make, parse_event))
        yield (
            f"redaction of body: {title}",
            (BODY, _over(make, lambda text: Redactor(Pseudonyms()).body(text))),
        )
    yield "diff: shuffled", (DOCUMENT, _shuffled("a{i}"))
    yield "diff: shuffled verbs", (DOCUMENT, _shuffled("Pause"))
    yield "diff: lines", (DOCUMENT, _lines)
    yield "rebinding", (DOCUMENT, _rebound)
    yield "mermaid", (BODY, _graph)


FUNCTIONS: Mapping[str, tuple[int, Prepare]] = dict(_functions())
"""By name: the size of the smallest input, and what prepares one."""
