"""Spoken text to read: the words, with the effects of SSML in brackets."""

import re
from collections.abc import Callable, Iterable, Mapping

from bxml._node import Node
from bxml.errors import BxmlError
from bxml.parser import parse
from bxml.ssml import Break, Emphasis, Lang, P, Phoneme, Prosody, S, SayAs, SsmlNode, Sub
from bxml.verbs.audio import SpeakSentence
from callcontrol.simulator.core.observations import Spoke

_SPACE = re.compile(r"\s+")


def spoken(seen: Spoke) -> str:
    """Return the words with the effects of SSML, then voice and language."""
    return f'"{_words(seen)}" ({seen.voice}, {seen.locale})'


def _words(seen: Spoke) -> str:
    if "<" not in seen.ssml:
        return seen.text
    try:
        script = parse(f"<Response><SpeakSentence>{seen.ssml}</SpeakSentence></Response>")
    except BxmlError:
        return seen.text  # an unknown tag
    verbs = (verb for verb in script.verbs if isinstance(verb, SpeakSentence))
    return _SPACE.sub(" ", "".join(_caption(verb.content) for verb in verbs)).strip()


def _caption(pieces: Iterable[object]) -> str:
    return "".join(
        piece if isinstance(piece, str) else _node(piece) if isinstance(piece, SsmlNode) else ""
        for piece in pieces
    )


def _node(node: SsmlNode) -> str:
    effect = next(
        (describe(node) for kind, describe in _EFFECTS.items() if isinstance(node, kind)), ""
    )
    if isinstance(node, Break):
        return f" [{effect}] "
    pieces: tuple[object, ...] = getattr(node, "content", ())
    inner = node.alias if isinstance(node, Sub) else _caption(pieces)
    if effect:
        return f"[{effect}: {inner.strip()}]"
    return f" {inner} " if isinstance(node, P | S) else inner


def _pause(node: SsmlNode) -> str:
    length = getattr(node, "time", None) or getattr(node, "strength", None)
    return f"pause {length}" if length else "pause"


def _named(*names: str) -> Callable[[SsmlNode], str]:
    """Return a function that names the attributes of a node that are set."""

    def describe(node: SsmlNode) -> str:
        found = ((name, getattr(node, name)) for name in names)
        return ", ".join(f"{name} {value}" for name, value in found if value is not None)

    return describe


def _emphasis(node: SsmlNode) -> str:
    level: str | None = getattr(node, "level", None)
    return f"{level} emphasis" if level else "emphasis"


_EFFECTS: Mapping[type[Node], Callable[[SsmlNode], str]] = {
    Break: _pause,
    Emphasis: _emphasis,
    Lang: lambda node: f"in {getattr(node, 'lang', '')}",
    Phoneme: lambda node: f"pronounced {getattr(node, 'ph', '')}",
    Prosody: _named("rate", "pitch", "volume"),
    SayAs: lambda node: f"as {getattr(node, 'interpret_as', '')}",
}
