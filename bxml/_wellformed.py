"""What is wrong with XML that is not well-formed, in words a person can act on."""

from pyexpat import errors

__all__ = ["explain"]

_CODES: dict[str, int] = errors.codes

_PLAIN = {
    errors.XML_ERROR_NO_ELEMENTS: ("expected a BXML document, got no element", None),
    errors.XML_ERROR_UNCLOSED_TOKEN: ("expected a complete tag, got the end of the text", None),
    errors.XML_ERROR_PARTIAL_CHAR: ("expected whole characters, got a part of one", None),
    errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT: (
        "expected nothing after the root element, got more",
        "a document has one root: put all verbs into one Response",
    ),
    errors.XML_ERROR_BAD_CHAR_REF: (
        "expected a reference to a character that XML can carry, got another",
        "remove it",
    ),
    errors.XML_ERROR_DUPLICATE_ATTRIBUTE: (
        "expected each attribute once, got one twice",
        "remove one of them",
    ),
    errors.XML_ERROR_MISPLACED_XML_PI: (
        "expected the XML declaration at the very start, got something before it",
        "remove what stands before <?xml",
    ),
    errors.XML_ERROR_XML_DECL: ("expected a correct XML declaration, got another", None),
    errors.XML_ERROR_UNCLOSED_CDATA_SECTION: (
        "expected ]]> at the end of the CDATA section, got the end of the text",
        None,
    ),
}
_EXPLAINED = {_CODES[message]: said for message, said in _PLAIN.items()}


Explained = tuple[str, str | None, int]
"""Finding, hint and the byte to blame."""


def explain(code: int, body: bytes, offset: int, open_tag: str | None) -> Explained:
    """Return what an expat error at a byte of the document means."""
    offset = max(0, min(offset, len(body)))
    rest = body[offset : offset + 40].decode("utf-8", "replace")
    if code == _CODES[errors.XML_ERROR_TAG_MISMATCH]:
        closing = rest.split(">")[0].removeprefix("</").strip()
        return f"expected </{open_tag}>, got </{closing}>", f"close {open_tag} first", offset
    if code == _CODES[errors.XML_ERROR_UNDEFINED_ENTITY]:
        name = rest.split(";")[0] + ";"
        hint = "write the character itself, or &amp; for a plain ampersand"
        return f"expected &amp; &lt; &gt; &quot; or &apos;, got {name}", hint, offset
    if code == _CODES[errors.XML_ERROR_NO_ELEMENTS] and open_tag is not None:
        return f"expected </{open_tag}>, got the end of the text", None, offset
    if code == _CODES[errors.XML_ERROR_INVALID_TOKEN]:
        return _invalid_token(body, offset, rest)
    otherwise = (f"expected well-formed XML, got {rest[:20]!r}", None)
    finding, hint = _EXPLAINED.get(code, otherwise)
    return finding, hint, offset


def _invalid_token(body: bytes, offset: int, rest: str) -> Explained:
    """Return finding, hint and place of a character out of place, most often one not escaped."""
    before = body[max(0, offset - 40) : offset]
    got = rest[:1]
    if got == "<":
        hint = "write &lt; for the character itself"
        return "expected text or a tag, got a bare '<'", hint, offset
    for mark, finding, hint in _BARE:
        place = before.rfind(mark)
        if place >= 0 and not set(before[place:]) & _ENDS[mark]:
            return finding, hint, offset - len(before) + place
    if not got:
        return "expected well-formed XML, got the end of the text", None, offset
    if not got.isprintable():
        finding = f"expected characters that XML can carry, got U+{ord(got):04X}"
        return finding, "remove it", offset
    hint = "check quotes, '=' and brackets around here"
    return f"expected well-formed XML, got {got!r}", hint, offset


_BARE = (
    (b"&", "expected an entity, got a bare '&'", "write &amp; for the character itself"),
    (b"<", "expected a tag name, got a bare '<'", "write &lt; for the character itself"),
)
_ENDS = {
    b"&": set(b";<>"),
    b"<": set(b"> \t\r\n'\"=" + bytes(range(65, 91)) + bytes(range(97, 123))),
}
