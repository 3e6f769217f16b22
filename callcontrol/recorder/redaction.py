"""Replaces values in JSON, queries, URLs and free text by those of a ``PseudonymTable``.

The table is either ``Pseudonyms``, which hides real values, or ``Originals``, which restores them,
so that both directions replace at the same places.
"""

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Protocol, cast
from urllib.parse import quote, unquote, unquote_plus

from callcontrol._secret import is_certainly_secret, is_secret
from callcontrol._wire.json import Misfit, decoded
from callcontrol.recorder.phone_numbers import (
    FEWEST_KEYS,
    LONGEST,
    NumberTable,
    replace_numbers,
    replace_whole_number,
)

DEEPEST = 8
"""Nested texts, such as a URL in the query of a URL, that are searched."""
CERTAIN_KEYS = 10

_NUMBERS = frozenset({"from", "to", "transferTo", "transferCallerId", "origTo"})
_LEFT_ALONE = frozenset({"eventType"})

# Lengths are bounded, so that a long text is searched once and not once for each letter.
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]{0,19}://[^\s\"'<>]+")
_LOCATION = re.compile(r"((?:[A-Za-z][A-Za-z0-9+.\-]*:)?//)([^/]*)(.*)", re.DOTALL)
_PAIR = re.compile(
    r"(?P<name>[A-Za-z][A-Za-z0-9_.\-]{0,63})(?P<sign>[\"']?\s?[=:]\s?)"
    r"(?:\"(?P<double>[^\"<>]*)|'(?P<single>[^'<>]*)|(?P<bare>[^\s\"'<>&;,}\]]+))"
)
_BEARER = re.compile(r"\b(Bearer|Basic) +([A-Za-z0-9._~+/=\-]{6,})")
_JWT_RUN = re.compile(r"[A-Za-z0-9_\-]+")
_JWT_START = re.compile(r"\beyJ")
_JWT = re.compile(r"eyJ[A-Za-z0-9_\-]+\.[A-Za-z0-9_\-]+(?:\.[A-Za-z0-9_\-]*)?")
_LONG_RUN = re.compile("[0-9]{7}")


class PseudonymTable(NumberTable, Protocol):
    """Replacements of numbers, keys, secrets and account ids."""

    def secret(self, value: str) -> str:
        """Return the replacement of a password or a token."""
        ...

    def account(self, value: str) -> str:
        """Return the replacement of an account id."""
        ...

    def without_secrets(self, text: str) -> str:
        """Return the text with every known secret in it replaced."""
        ...


class Redactor:
    """Replaces values by those of a table; ``keep_digits`` leaves short typed keys unchanged."""

    def __init__(self, table: PseudonymTable, *, keep_digits: bool = False) -> None:
        self._table = table
        self._keep_digits = keep_digits

    def body(self, body: str) -> str:
        """Return the body of a webhook, JSON or a form, with the values in it replaced."""
        text = body.removeprefix("\ufeff").strip()
        if not text.startswith("{"):
            return self.query(text)
        return json.dumps(self.json(decoded(text)), separators=(",", ":"))

    def json(self, value: object, name: str = "", depth: int = 0) -> object:
        """Return a JSON value with the values in it replaced; ``name`` is that of its field."""
        if isinstance(value, Mapping):
            items = cast("Mapping[str, object]", value).items()
            inner = name if is_secret(name) else ""
            return {
                self.text(key, depth): self.json(item, inner or key, depth) for key, item in items
            }
        if isinstance(value, list):
            return [self.json(item, name, depth) for item in cast("list[object]", value)]
        if isinstance(value, str):
            return self.value(name, value, depth)
        return value if isinstance(value, bool) else self._number(name, value, depth)

    def _number(self, name: str, value: object, depth: int) -> object:
        if isinstance(value, float) and value.is_integer() and abs(value) < 10**LONGEST:
            value = int(value)
        if not isinstance(value, int):
            return value
        text = str(value)
        new = self.value(name, text, depth)
        return value if new == text else int(new) if new.isdecimal() else new

    def value(self, name: str, text: str, depth: int = 0) -> str:
        """Return the replacement of the value of a field, a parameter or an attribute."""
        if name in _LEFT_ALONE or not text:
            return text
        if name == "accountId":
            return self._table.account(text)
        if name in ("digits", "digit"):
            return self._keys(name, text)
        if is_secret(name):
            return self._table.secret(text)
        if name == "uui":
            payloads = (part.partition(";") for part in text.split(","))
            return ",".join(
                f"{self._table.secret(payload)}{sign}{rest}" for payload, sign, rest in payloads
            )
        number = replace_whole_number(text, self._table) if name in _NUMBERS else None
        return self.text(text, depth) if number is None else number

    def number(self, text: str) -> str:
        """Return the replacement of a text that should be a number, however short."""
        number = replace_whole_number(text.strip(), self._table)
        return self.text(text) if number is None else number

    def _keys(self, name: str, text: str) -> str:
        """Return the replacement of keys that a caller has typed."""
        is_number = text.isdecimal() and len(text) >= CERTAIN_KEYS
        if self._keep_digits or is_number:
            return self.text(text)
        # A StartGather reports single keys, which may be a part of a PIN as well.
        if len(text) >= FEWEST_KEYS or name == "digit":
            return self._table.keys(text) if len(text) > 1 else "0"
        return text

    def text(self, text: str, depth: int = 0) -> str:
        """Return free text with the numbers, secrets and URLs in it replaced."""
        if depth > DEEPEST:
            return self._plain(text)
        if text[:1] in ("{", "["):
            with suppress(Misfit, RecursionError):  # then it is free text
                value = decoded(text)
                new = self.json(value, depth=depth + 1)
                return text if new == value else json.dumps(new, separators=(",", ":"))
        done, pieces = 0, list[str]()
        for found in _URL.finditer(text):
            pieces += [self._plain(text[done : found.start()]), self.url(found[0], depth)]
            done = found.end()
        return "".join([*pieces, self._plain(text[done:])])

    def _plain(self, text: str) -> str:
        if not text:
            return text
        text = _BEARER.sub(lambda found: f"{found[1]} {self._table.secret(found[2])}", text)
        text = self._without_jwts(text) if "eyJ" in text else text
        text = _PAIR.sub(self._pair, text)
        return replace_numbers(self._table.without_secrets(text), self._table)

    def _without_jwts(self, text: str) -> str:
        """Return the text with tokens replaced; one attempt for each run of characters."""
        done, pieces = 0, list[str]()
        for run in _JWT_RUN.finditer(text):
            start = _JWT_START.search(text, max(done, run.start()), run.end())
            found = None if start is None else _JWT.match(text, start.start())
            if found is not None:
                pieces += [text[done : found.start()], self._table.secret(found[0])]
                done = found.end()
        return "".join([*pieces, text[done:]])

    def _pair(self, found: re.Match[str]) -> str:
        """Return ``name=value`` with the value replaced if the name looks like a secret."""
        name, sign = found["name"], found["sign"]
        # In prose a colon after such a word need not announce a secret: "your key: press 1".
        is_prose = ":" in sign and sign.endswith(" ") and found["bare"] is not None
        if not (is_certainly_secret(name) if is_prose else is_secret(name)):
            return found[0]
        for kind, mark in (("double", '"'), ("single", "'"), ("bare", "")):
            if found[kind] is not None:
                return f"{name}{sign}{mark}{self._table.secret(found[kind])}"
        return found[0]

    def url(self, url: str, depth: int = 0) -> str:
        """Return an absolute or relative URL with the values in it replaced."""
        front, hash_, fragment = url.partition("#")
        front, mark, query = front.partition("?")
        found = _LOCATION.fullmatch(front)
        start, host, path = found.groups() if found else ("", "", front)
        shown = f"{start}{self._host(host)}{self.path(path, depth)}{mark}{self.query(query, depth)}"
        return f"{shown}{hash_}{self._url_part(fragment, depth)}" if hash_ else shown

    def _host(self, host: str) -> str:
        user, at, host = host.rpartition("@")
        pair = ":".join(quote(self._table.secret(unquote(part)), "") for part in user.split(":"))
        # The groups of an address such as 127.0.0.1 are not a phone number.
        shown = replace_numbers(host, self._table) if _LONG_RUN.search(host) else host
        return f"{pair}{at}{shown}"

    def path(self, path: str, depth: int = 0) -> str:
        """Return a path with the values in its segments replaced."""
        done: list[str] = []
        for part in path.split("/"):
            is_account = bool(done) and done[-1] == "accounts" and bool(part)
            done.append(self._table.account(part) if is_account else self._url_part(part, depth))
        return "/".join(done)

    def _url_part(self, text: str, depth: int) -> str:
        """Return a part of a URL with the values in it replaced; unchanged if there is none."""
        plain = unquote(text)
        new = self.text(plain, depth + 1)
        return text if new == plain else quote(new, safe="!$&'()*+,;=:@~")

    def query(self, query: str, depth: int = 0) -> str:
        """Return a query with the values of its parameters replaced."""
        return "&".join(self._parameter(part, depth) for part in query.split("&"))

    def _parameter(self, pair: str, depth: int) -> str:
        name, sign, value = pair.partition("=")
        if not sign:
            return self._url_part(pair, depth)
        plain_name, plain = unquote_plus(name), unquote_plus(value)
        new_name = self.text(plain_name, depth + 1)
        new = self.value(plain_name, plain, depth + 1)
        shown_name = name if new_name == plain_name else quote(new_name, safe="")
        return f"{shown_name}={value if new == plain else quote(new, safe='')}"
