"""From the source that a caller passes to the characters of one document."""

import codecs
import os
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, cast

from bxml._wording import type_of
from bxml._writer import MAX_BYTES

Source = str | bytes | bytearray | os.PathLike[str] | IO[str] | IO[bytes]
"""Sources that ``parse`` and ``check`` read: XML as text or bytes, a path, or an open file."""

_DECLARATION = re.compile(
    rb"<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*[\"'][^\"'<>]*[\"']"
    rb"[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*[\"']([^\"'<>]*)[\"']"
)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_PSEUDO = frozenset(
    {
        *("charmap", "idna", "mbcs", "oem", "punycode", "raw_unicode_escape", "undefined"),
        *("unicode_escape", "unicode_internal", "utf_7", "utf_8_sig"),
    }
)
"""Codecs of Python that are no encodings of XML, or that hide markup from a reader."""


@dataclass(frozen=True, slots=True)
class DecodedText:
    """The characters of a document and how they came."""

    characters: str
    encoding: str | None = None
    """Name of the encoding when the bytes were in one that is not part of UTF-8."""


class Undecodable(Exception):  # noqa: N818 - internal signal, turned into a Problem by the reader
    """The source cannot become characters; carries rule, finding, hint and place."""

    def __init__(
        self, rule: str, finding: str, hint: str | None = None, line: int = 1, column: int = 1
    ) -> None:
        super().__init__(finding)
        self.rule = rule
        self.finding = finding
        self.hint = hint
        self.line = line
        self.column = column


def decode(source: object) -> DecodedText:
    """Return the characters of ``source``; raise Undecodable, or OSError for a path."""
    raw = _raw(source)
    if isinstance(raw, str):
        return DecodedText(_sized_text(raw))
    if len(raw) > MAX_BYTES:
        raise _too_large()
    return _decoded(bytes(raw))


def _raw(source: object) -> str | bytes | bytearray:
    if isinstance(source, str | bytes | bytearray):
        return source
    if isinstance(source, os.PathLike):
        with open(cast("os.PathLike[str]", source), "rb") as file:  # noqa: PTH123 - any path-like, not only pathlib's
            return file.read(MAX_BYTES + 1)
    read = getattr(source, "read", None)
    if callable(read):
        content = read(MAX_BYTES + 1)
        if isinstance(content, str | bytes | bytearray):
            return content
    raise Undecodable(
        "malformed-xml",
        f"expected XML as text or bytes, a path or an open file, got {type_of(source)}",
    )


def _too_large() -> Undecodable:
    hint = "split it: end with Redirect to a URL that returns the rest"
    return Undecodable("document-too-large", f"expected at most {MAX_BYTES} bytes, got more", hint)


def _sized_text(text: str) -> str:
    if len(text) > MAX_BYTES:
        raise _too_large()
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        line, column = place(text, error.start)
        code = f"U+{ord(text[error.start]):04X}"
        raise Undecodable(
            "malformed-xml",
            f"expected characters that XML can carry, got {code}",
            line=line,
            column=column,
        ) from None
    if size > MAX_BYTES:
        raise _too_large()
    return _one_mark(text.removeprefix("\ufeff"), len(codecs.BOM_UTF8))


def _one_mark(text: str, size: int) -> str:
    """Return the text behind a mark of ``size`` bytes; raise Undecodable for another one."""
    if not text.startswith("\ufeff"):
        return text
    raise Undecodable(
        "malformed-xml",
        f"expected at most one byte order mark, got another at byte {size}",
        "save the document as UTF-8 without a byte order mark",
        column=2,
    )


def place(text: str, index: int) -> tuple[int, int]:
    """Return line and column, both from 1, of a character."""
    before = text[:index].replace("\r\n", " \n").replace("\r", "\n")
    return before.count("\n") + 1, index - (before.rfind("\n") + 1) + 1


_USUAL = b'<?xml version="1.0" encoding="UTF-8"?>'


def _decoded(raw: bytes) -> DecodedText:
    if raw.startswith(_USUAL):
        with suppress(UnicodeDecodeError):
            return DecodedText(raw.decode())
    mark, marked = next(((m, name) for m, name in _MARKS if raw.startswith(m)), (b"", None))
    body = raw.removeprefix(mark) if marked == "utf-8" else raw
    declared = _declared(raw, marked)
    if declared is None and marked is None and raw[:4] in (b"<\0?\0", b"\0<\0?"):
        raise Undecodable(
            "malformed-xml",
            "expected a byte order mark before UTF-16, got none",
            "save the document as UTF-8",
        )
    codec = _codec(declared) if declared is not None else None
    if marked is not None and codec is not None and not codec.name.startswith(marked):
        raise Undecodable(
            "malformed-xml",
            f"expected the encoding that the byte order mark shows ({marked.upper()}), "
            f"got a declaration of {declared!r}",
        )
    if not marked and codec is not None and raw[:4].decode(codec.name, "replace") != "<?xm":
        raise Undecodable(
            "malformed-xml",
            f"expected the encoding that the declaration shows ({declared}), got single bytes",
            'write encoding="UTF-8" in the declaration, or remove it',
        )
    name = marked or (codec.name if codec is not None else "utf-8")
    try:
        text = body.decode(name)
    except UnicodeDecodeError as error:
        raise _lying(body, name, error) from None
    foreign = name not in ("utf-8", "ascii")
    return DecodedText(_one_mark(text, len(mark)), name.upper() if foreign else None)


def _declared(raw: bytes, marked: str | None) -> str | None:
    head = raw[:200]
    if marked is not None and marked != "utf-8":
        head = raw[: 200 - 200 % 4].decode(marked, "replace").encode("ascii", "replace")
    found = _DECLARATION.match(head.removeprefix(codecs.BOM_UTF8))
    return found[1].decode("ascii", "replace") if found else None


def _codec(name: str) -> codecs.CodecInfo:
    try:
        codec = codecs.lookup(name)
        "".encode(codec.name)  # refuses codecs that are no text encodings
    except (LookupError, ValueError):
        raise _unknown(name) from None
    if codec.name.lower().replace("-", "_") in _PSEUDO:
        raise _unknown(name)
    return codec


def _unknown(name: str) -> Undecodable:
    return Undecodable(
        "malformed-xml",
        f"expected a character encoding such as UTF-8, got {name[:60]!r}",
        "save the document as UTF-8",
    )


def _lying(body: bytes, name: str, error: UnicodeDecodeError) -> Undecodable:
    before = body[: error.start].decode(name, "replace")
    line, column = place(before, len(before))
    return Undecodable(
        "malformed-xml",
        f"expected bytes that are {name.upper()}, got 0x{body[error.start]:02X}",
        "declare the encoding in which the document is saved, or save it as UTF-8",
        line,
        column,
    )
