"""Redaction of BXML: texts and values of attributes are replaced, markup stays unchanged.

Documents may be invalid, or not XML at all: a recording shows what the application replied.
"""

import re
from collections.abc import Iterable, Iterator

from bxml import _writer
from callcontrol._secret import is_secret
from callcontrol.recorder.redaction import Redactor

HOME = "application.example"
"""The pseudonym of the application's host, so that a replay may use another host."""

_OPAQUE = re.compile(r"(<!--)(.*?)(-->)|(<!\[CDATA\[)(.*?)(\]\]>)|(<\?)(.*?)(\?>)", re.DOTALL)
# Repeats are possessive, and a name begins where one can: documents may be hostile.
_TAG = re.compile(
    r"</?([A-Za-z_][^\s<>/\"']*+)(?:[^<>\"']++|\"[^\"<]*+\"|'[^'<]*+')*+>",
)
_ATTRIBUTE = re.compile(
    r"(?<![^\s=<>\"'/])([^\s=<>\"'/]++)(\s*+=\s*+)(?:\"([^\"<]*+)\"|'([^'<]*+)')",
)
_REFERENCE = re.compile(r"&(?:#x([0-9A-Fa-f]{1,6})|#([0-9]{1,7})|(amp|lt|gt|quot|apos));")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_LAST = 0x10FFFF


def redact_markup(redactor: Redactor, text: str) -> str:
    """Return a document with the values in it replaced."""
    return "".join(_pieces(redactor, text))


def hide_own_hosts(text: str, hosts: Iterable[str]) -> str:
    """Return a document with the application's host replaced in absolute URLs."""
    named = tuple(filter(None, hosts))
    if not named:
        return text
    return own_url_pattern(named).sub(lambda found: f"{found[1].lower()}://{HOME}", text)


def own_url_pattern(hosts: Iterable[str]) -> re.Pattern[str]:
    """Return the pattern for the beginning of an absolute URL to one of the hosts."""
    names = "|".join(map(re.escape, hosts))
    return re.compile(rf"\b(http|ws)s?://(?:{names})(?![\w.:@\-])", re.IGNORECASE)


def _pieces(redactor: Redactor, text: str) -> Iterator[str]:
    done, element = 0, ""
    while (start := text.find("<", done)) >= 0:
        yield _content(redactor, element, text[done:start])
        opaque = _OPAQUE.match(text, start)
        tag = None if opaque else _TAG.match(text, start)
        if opaque is not None:
            begin, inner, end = (group for group in opaque.groups() if group is not None)
            yield f"{begin}{redactor.text(inner)}{end}"
            done = opaque.end()
        elif tag is not None:
            yield _tag(redactor, tag[0])
            element = "" if tag[0].startswith("</") else tag[1]
            done = tag.end()
        else:
            # The rest is not markup, or broken markup.
            yield redactor.text(text[start:])
            return
    yield _content(redactor, element, text[done:])


def _content(redactor: Redactor, element: str, text: str) -> str:
    plain = _unescaped(text)
    if not plain.strip():
        return text
    if element == "PhoneNumber":
        new = redactor.number(plain)
    else:
        new = redactor.value(element, plain) if is_secret(element) else redactor.text(plain)
    return text if new == plain else _writer.text(new)


def _tag(redactor: Redactor, tag: str) -> str:
    named = {name: double or single for name, _, double, single in _ATTRIBUTE.findall(tag)}
    # A StreamParam has its name in one attribute and its value in another.
    secret = "value" if is_secret(_unescaped(named.get("name", ""))) else ""

    def replace(found: re.Match[str]) -> str:
        raw = found[3] if found[3] is not None else found[4]
        plain = _unescaped(raw)
        new = _attribute(redactor, "password" if found[1] == secret else found[1], plain)
        return found[0] if new == plain else f'{found[1]}{found[2]}"{_writer.attribute(new)}"'

    return _ATTRIBUTE.sub(replace, tag)


def _attribute(redactor: Redactor, name: str, value: str) -> str:
    folded = name.lower()
    if folded.endswith("url") and "://" not in value:
        return redactor.url(value)
    return redactor.value(name, value)


def _unescaped(text: str) -> str:
    return _REFERENCE.sub(_character, text) if "&" in text else text


def _character(found: re.Match[str]) -> str:
    if found[3] is not None:
        return _NAMED[found[3]]
    code = int(found[1], 16) if found[1] is not None else int(found[2])
    return chr(code) if 0 < code <= _LAST and not 0xD800 <= code <= 0xDFFF else found[0]  # noqa: PLR2004 - surrogates
