"""First uses of a process, by sixteen threads at the same moment: run in a fresh interpreter.

    python -m tests.cold_starts.first_uses USE INTERVAL

``INTERVAL`` is the switch interval in seconds, 0 for the interpreter's own. Each thread computes a
text; the same texts are computed again by one thread afterwards. Prints a digest of them, which is
the same in every process, or what differed.
"""

import sys
from collections.abc import Callable, Mapping
from hashlib import sha256
from threading import Barrier, Thread
from traceback import format_exc

__all__ = ["THREADS", "USES"]

THREADS = 16
PATIENCE = 60.0
"""Seconds that a thread may take; what takes longer hangs."""

BAD = (
    '<Response><Gather maxDigits="x"/></Response>',
    '<Response><Hangup/><Foo a="1"/></Response>',
    "<Response><Forward/></Response>",
    '<Response><SpeakSentence vioce="julie">a<break strength="wek"/></SpeakSentence></Response>',
)
GOOD = (
    '<Response><Gather maxDigits="1" gatherUrl="/keys"><Pause duration="2"/></Gather></Response>',
    '<Response><SpeakSentence>Hello<break strength="weak"/></SpeakSentence><Hangup/></Response>',
    '<Bxml><Transfer><PhoneNumber answerUrl="/up">+19195551234</PhoneNumber></Transfer></Bxml>',
    '<Response><Record maxDuration="30"/><Redirect redirectUrl="/next"/></Response>',
)
EVENTS = (
    '{"eventType": "initiate", "callId": "c-1", "from": "+19195551234", "to": "+19195554321"}',
    '{"eventType": "gather", "callId": "c-2", "digits": "1", "to": 7}',
    '{"eventType": "disconnect", "callId": "c-3", "cause": "hangup", "endTime": "now"}',
    '{"eventType": "newest", "callId": "c-4"}',
)


def documents(index: int) -> str:
    """Compose, check and write a document."""
    from bxml import Gather, Hangup, PlayAudio, Response, SpeakSentence, ssml

    made = Response(
        SpeakSentence("Hello ", ssml.break_(strength="weak"), f"{index}", voice="julie"),
        Gather(SpeakSentence(f"Press {index}"), max_digits=index + 1, gather_url="/keys"),
        PlayAudio(f"https://example.com/{index}.wav"),
        Hangup(),
    )
    return f"{made.to_bxml()} {made!r}"


def refusals(index: int) -> str:
    """Read the report of the XSD, which must be about this thread's document."""
    from bxml.schema import validate

    return str(validate(BAD[index % len(BAD)].encode()))


def checks(index: int) -> str:
    """Check a document, good or bad."""
    from bxml import check

    return str(check((*BAD, *GOOD)[index % 8]))


def parses(index: int) -> str:
    """Read a document and write it again."""
    from bxml import ParseError, parse, to_python

    try:
        document = parse((*GOOD, *BAD)[index % 8])
    except ParseError as error:
        return str(error)
    return f"{document!r} {document.to_bxml()} {to_python(document)}"


def explanations(index: int) -> str:
    """Explain an element, a rule or a context."""
    from bxml.cli.explain import Topic, attribute_docs, element_page, find_topic, why_unknown

    name = ("Gather", "too-few-children", "Brigde", "Bridge", "SpeakSentence")[index % 5]
    found: Topic | None = find_topic(name)
    if found is None:
        return why_unknown(name)
    return f"{element_page(found)} {attribute_docs(found)}" if isinstance(found, type) else name


def events(index: int) -> str:
    """Read a webhook."""
    from callcontrol import EventError, parse_event

    try:
        event = parse_event(EVENTS[index % len(EVENTS)])
    except EventError as error:
        return str(error)
    return f"{event!r} {event.to_json()}"


def lazy_names(index: int) -> str:
    """Take names that are imported when they are first asked for."""
    import callcontrol

    names = sorted(callcontrol.__all__)
    return "".join(getattr(callcontrol, names[each]).__name__ for each in (index, -index - 1))


def records(index: int) -> str:
    """Read a reply of the platform, and make a request value."""
    from callcontrol import CreatedCall, MachineDetection

    made = CreatedCall.read({"callId": f"c-{index}", "callTimeout": 30, "new": index})
    return f"{made!r} {MachineDetection(mode='sync')!r}"


def simulated_calls(index: int) -> str:
    """Make a call against a document."""
    from bxml import Response
    from callcontrol.simulator import Simulator

    body = Response().speak_sentence(f"Hello {index}").hangup().to_bytes()

    def application(_environ: object, start_response: Callable[..., object]) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "application/xml")])
        return [body]

    with Simulator() as simulator:
        call = simulator.dial_in(application, to="+19195551234")
        return f"{call.hears(f'Hello {index}')}"


def strategies(index: int) -> str:
    """Make the strategies; what they draw is for one thread alone."""
    from bxml.strategies import documents, invalid_documents, speech_text, ssml_nodes

    made = (documents, invalid_documents, speech_text, ssml_nodes)[index % 4]()
    return type(made).__name__


def shared(_index: int) -> tuple[object, ...]:
    """Return values of which a process has one."""
    from bxml import Gather, PlayAudio
    from bxml._wording import _illegal
    from bxml.documents import ELEMENTS
    from bxml.schema import _engine
    from callcontrol._wire.fields import wire_fields
    from callcontrol.events import GatherEvent

    PlayAudio("https://example.com/1.wav")
    tables = [element.element for element in ELEMENTS.values()]
    names = [element._names for element in ELEMENTS.values()]
    made = (PlayAudio.__init__, PlayAudio._xml, Gather.element)
    return (*tables, *names, *made, _illegal(), _engine(), wire_fields(GatherEvent))


def tables(index: int) -> str:
    """Look at values of which a process has one, and keep them to be compared."""
    kept[index] = shared(index)
    return ""


kept: dict[int, tuple[object, ...]] = {}


def mixed(index: int) -> str:
    """Do something else in each thread."""
    return MIXED[index % len(MIXED)](index)


MIXED = (documents, checks, parses, events, refusals, explanations, lazy_names, records)
USES: Mapping[str, Callable[[int], str]] = {
    each.__name__: each for each in (*MIXED, tables, mixed, simulated_calls, strategies)
}


def at_once(use: Callable[[int], str]) -> list[str]:
    """Return what the threads compute when they all begin together."""
    results = ["hangs"] * THREADS
    barrier = Barrier(THREADS)

    def run(index: int) -> None:
        barrier.wait()
        try:
            results[index] = use(index)
        except BaseException:  # noqa: BLE001 - whatever it is, it is reported
            results[index] = format_exc()

    threads = [Thread(target=run, args=(index,), daemon=True) for index in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    return results


def main(use: Callable[[int], str], interval: float) -> int:
    """Compare what many threads compute with what one does."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(interval or usual)
    results = at_once(use)
    sys.setswitchinterval(usual)
    if "hangs" in results:
        print("a thread hangs")
        return 1
    wrong = [
        f"{got}\ninstead of\n{expected}"
        for index, got in enumerate(results)
        if got != (expected := use(index))
    ]
    if any(a is not b for held in kept.values() for a, b in zip(held, kept[0], strict=True)):
        wrong.append("two of what a process has one of")
    print(wrong[0] if wrong else sha256("\n".join(results).encode()).hexdigest())
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main(USES[sys.argv[1]], float(sys.argv[2])))
