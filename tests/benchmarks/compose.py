"""Building and writing documents: ours with every check against others without any.

Documents: two verbs; a menu of twelve elements; one near 64 KB; the menu chained, with a password.
Each greets with another name every time, as an application would, so one verb of it is always new;
in the rows that say so, every text is.
"""

from collections.abc import Callable, Iterator
from itertools import count
from xml.sax.saxutils import escape, quoteattr

from lxml import etree
from lxml.builder import E

from bxml import Gather, Hangup, Pause, PlayAudio, Response, SpeakSentence, Verb
from tests.benchmarks import peers
from tests.benchmarks.timing import best_of, table

PROMPTS = (
    "For sales, press 1.",
    "For support, press 2.",
    "For billing, press 3.",
    "For opening hours, press 4.",
    "For our address, press 5.",
    "To leave a message, press 6.",
    "To speak to a person, press 8.",
    "To end the call, press 9.",
    "To hear this again, press 0.",
)
ITEMS = 380
Maker = Callable[[str], object]


def ours_two(name: str) -> str:
    return Response(SpeakSentence(f"Hello {name}"), Hangup()).to_bxml()


def nested(name: str, new: str = "") -> Response:
    return Response(
        SpeakSentence(f"Hello {name}"),
        Gather(
            *[SpeakSentence(prompt + new, voice="julie") for prompt in PROMPTS],
            gather_url="/menu",
            max_digits=1,
            first_digit_timeout=7,
        ),
    )


def chained(name: str, new: str = "", **credentials: str) -> Response:
    return (
        Response()
        .speak_sentence(f"Hello {name}")
        .gather(
            *[SpeakSentence(prompt + new, voice="julie") for prompt in PROMPTS],
            gather_url="/menu",
            max_digits=1,
            first_digit_timeout=7,
            username=credentials.get("username"),
            password=credentials.get("password"),
        )
    )


def ours_menu(name: str, new: str = "") -> str:
    return nested(name, new).to_bxml()


def ours_credentials(name: str, new: str = "") -> str:
    return chained(name, new, username="menu", password=f"secret of {name}").to_bxml()


def ours_large(name: str, new: str = "") -> str:
    verbs: list[Verb] = [SpeakSentence(f"Hello {name}")]
    for item in range(ITEMS):
        verbs.append(SpeakSentence(f"Message {item} came in at nine.{new}", voice="julie"))
        verbs.append(PlayAudio(f"https://mail.example.com/message/{item}.wav{new}"))
        verbs.append(Pause(duration=2))
    return Response(*verbs).to_bxml()


def _text(document: etree._Element) -> bytes:
    return etree.tostring(document, encoding="UTF-8", xml_declaration=True)


def lxml_two(name: str) -> bytes:
    return _text(E.Response(E.SpeakSentence(f"Hello {name}"), E.Hangup()))


def lxml_menu(name: str) -> bytes:
    return _text(
        E.Response(
            E.SpeakSentence(f"Hello {name}"),
            E.Gather(
                *[E.SpeakSentence(prompt, voice="julie") for prompt in PROMPTS],
                gatherUrl="/menu",
                maxDigits="1",
                firstDigitTimeout="7",
            ),
        )
    )


def lxml_large(name: str) -> bytes:
    verbs = [E.SpeakSentence(f"Hello {name}")]
    for item in range(ITEMS):
        verbs.append(E.SpeakSentence(f"Message {item} came in at nine.", voice="julie"))
        verbs.append(E.PlayAudio(f"https://mail.example.com/message/{item}.wav"))
        verbs.append(E.Pause(duration="2"))
    return _text(E.Response(*verbs))


DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'


def text_two(name: str) -> str:
    return (
        f"{DECLARATION}<Response><SpeakSentence>{escape(f'Hello {name}')}</SpeakSentence>"
        "<Hangup/></Response>"
    )


def text_menu(name: str) -> str:
    prompts = "".join(
        f"<SpeakSentence voice={quoteattr('julie')}>{escape(prompt)}</SpeakSentence>"
        for prompt in PROMPTS
    )
    return (
        f"{DECLARATION}<Response><SpeakSentence>{escape(f'Hello {name}')}</SpeakSentence>"
        f'<Gather gatherUrl={quoteattr("/menu")} maxDigits="1" firstDigitTimeout="7">{prompts}'
        "</Gather></Response>"
    )


def text_large(name: str) -> str:
    verbs = "".join(
        f"<SpeakSentence voice={quoteattr('julie')}>{escape(f'Message {item} came in at nine.')}"
        f"</SpeakSentence><PlayAudio>{escape(f'https://mail.example.com/message/{item}.wav')}"
        '</PlayAudio><Pause duration="2"/>'
        for item in range(ITEMS)
    )
    return (
        f"{DECLARATION}<Response><SpeakSentence>{escape(f'Hello {name}')}</SpeakSentence>"
        f"{verbs}</Response>"
    )


DOCUMENTS: dict[str, dict[str, Maker]] = {
    "2 verbs": {
        "bxml, checked": ours_two,
        "bxml, checked, every text new": ours_two,
        "bandwidth-sdk": peers.sdk_two,
        "twilio": peers.twilio_two,
        "lxml E-factory": lxml_two,
        "f-string, escaped": text_two,
    },
    "menu, 12 elements": {
        "bxml, checked": ours_menu,
        "bxml, checked, every text new": lambda name: ours_menu(name, name),
        "bandwidth-sdk": lambda name: peers.sdk_menu(name, PROMPTS),
        "twilio": lambda name: peers.twilio_menu(name, PROMPTS),
        "lxml E-factory": lxml_menu,
        "f-string, escaped": text_menu,
    },
    "near 64 KB": {
        "bxml, checked": ours_large,
        "bxml, checked, every text new": lambda name: ours_large(name, name[7:]),
        "bandwidth-sdk": lambda name: peers.sdk_large(name, ITEMS),
        "twilio": lambda name: peers.twilio_large(name, ITEMS),
        "lxml E-factory": lxml_large,
        "f-string, escaped": text_large,
    },
    "menu, chained, with a password": {
        "bxml, checked": ours_credentials,
        "bxml, checked, every text new": lambda name: ours_credentials(name, name),
        "bandwidth-sdk": lambda name: peers.sdk_menu(name, PROMPTS, username="menu", password=name),
    },
}


def _for_next(make: Maker, names: Iterator[int]) -> Callable[[], object]:
    """Return an action that makes the document for another caller each time."""
    return lambda: make(f"caller {next(names)}")


def report() -> None:
    """Print how many times as fast as bandwidth-sdk each contender is."""
    names = count()
    columns: list[dict[str, float]] = []
    sizes: list[int] = []
    for makers in DOCUMENTS.values():
        sizes.append(len(str(makers["bxml, checked"]("Ann"))))
        contenders = {label: _for_next(make, names) for label, make in makers.items()}
        columns.append(best_of(contenders))
    rows = [
        [
            label,
            *(f"{t['bandwidth-sdk'] / t[label]:.1f}" if label in t else "-" for t in columns),
        ]
        for label in next(iter(DOCUMENTS.values()))
    ]
    head = [
        "build and write",
        *(f"{n} ({s:,} bytes)" for n, s in zip(DOCUMENTS, sizes, strict=True)),
    ]
    table("Times as fast as bandwidth-sdk (more is better)", head, rows)
    micro = ", ".join(f"{times['bandwidth-sdk'] * 1e6:.0f}" for times in columns)
    print(f"\nbandwidth-sdk took {micro} microseconds; only the bxml rows check anything.")
    built = best_of({"nested": _for_next(nested, names), "chained": _for_next(chained, names)})
    print(f"To chain the menu takes {built['chained'] / built['nested']:.2f} times to nest it.")
