"""Rules about related webhook attributes, derived from each element's callbacks."""

from collections.abc import Iterable, Iterator, Mapping

from bxml._element import Element
from bxml._node import ELEMENTS, Node
from bxml.rules._rule import Finding, Naming, Rule, fields
from bxml.rules._texts import got, response

Pair = tuple[str, str]

_CREDENTIAL_PAIRS: tuple[Pair, ...] = (
    ("username", "password"),
    ("fallback_username", "fallback_password"),
    ("destination_username", "destination_password"),
)


def _pairs(element: Element) -> Iterator[Pair]:
    """Yield the attributes of user names with those of their passwords."""
    for user, password in _CREDENTIAL_PAIRS:
        if element.attribute(user) is not None:
            yield user, password


def _optional(element: Element, url: str | None) -> bool:
    """Return whether a URL is optional; a missing required one has its own rule."""
    attribute = element.attribute(url) if url is not None else None
    return attribute is not None and not attribute.required


def _methods(element: Element) -> Iterator[Pair]:
    """Yield methods with their URLs."""
    for callback in element.callbacks:
        if callback.method is not None and _optional(element, callback.url):
            yield callback.method, callback.url
        if callback.fallback_method is not None and callback.fallback_url is not None:
            yield callback.fallback_method, callback.fallback_url


def _fallbacks(element: Element) -> Iterator[Pair]:
    """Yield fallback URLs with their primary URLs."""
    for callback in element.callbacks:
        if callback.fallback_url is not None and _optional(element, callback.url):
            yield callback.fallback_url, callback.url


def _credentials(element: Element, *, open_only: bool) -> tuple[tuple[Pair, tuple[str, ...]], ...]:
    """Return credentials with the URLs that they are sent to."""
    pairs = element.credentials(open_only=open_only)
    return tuple(((pair.username, pair.password), pair.urls) for pair in pairs)


_ELEMENTS = {name: cls.element for name, cls in ELEMENTS.items()}
_PAIRS = {name: tuple(_pairs(item)) for name, item in _ELEMENTS.items()}
_METHODS = {name: tuple(_methods(item)) for name, item in _ELEMENTS.items()}
_FALLBACKS = {name: tuple(_fallbacks(item)) for name, item in _ELEMENTS.items()}
_OPEN = {name: _credentials(item, open_only=True) for name, item in _ELEMENTS.items()}
_TARGETS = {
    name: tuple(
        (pair, urls)
        for pair, urls in _credentials(item, open_only=False)
        if all(_optional(item, url) for url in urls)
    )
    for name, item in _ELEMENTS.items()
}


def _over_http(node: Node, name: Naming) -> Iterable[Finding]:
    return [
        Finding(
            url,
            f"expected an https URL because {name(given)} is set, got {got(value)}",
            "write https://: http sends the password unencrypted",
        )
        for (user, password), urls in _OPEN[node.element.name]
        if (given := _given(node, user, password)) is not None
        for url in urls
        if (value := getattr(node, url)) is not None and value[:7].lower() == "http://"
    ]


def _given(node: Node, user: str, password: str) -> str | None:
    """Return the first of the two names that is set."""
    if getattr(node, user) is not None:
        return user
    return password if getattr(node, password) is not None else None


def _incomplete_pair(node: Node, name: Naming) -> Iterator[Finding]:
    for user, password in _PAIRS[node.element.name]:
        given = _given(node, user, password)
        if given is None:
            continue
        other = password if given == user else user
        if getattr(node, other) is None:
            text = f"expected {name(other)} because {name(given)} is set, got nothing"
            hint = f"set {name(other)} too, or remove {name(given)}"
            yield Finding(given, text, hint, absent=fields(node, other))


def _unused_method(node: Node, name: Naming) -> Iterable[Finding]:
    return [
        Finding(
            method,
            f"expected {name(url)} because {name(method)} is set, got nothing",
            f"set {name(url)}, or remove {name(method)}",
            absent=fields(node, url),
        )
        for method, url in _METHODS[node.element.name]
        if getattr(node, method) is not None and getattr(node, url) is None
    ]


def _unused_fallback(node: Node, name: Naming) -> Iterable[Finding]:
    return [
        Finding(
            fallback,
            f"expected {name(url)} because {name(fallback)} is set, got nothing",
            f"set {name(url)}, or rename {name(fallback)} to {name(url)}",
            absent=fields(node, url),
        )
        for fallback, url in _FALLBACKS[node.element.name]
        if getattr(node, fallback) is not None and getattr(node, url) is None
    ]


def _unused_credentials(node: Node, name: Naming) -> Iterator[Finding]:
    for (user, password), urls in _TARGETS[node.element.name]:
        given = _given(node, user, password)
        if given is None or any(getattr(node, url) is not None for url in urls):
            continue
        wanted = " or ".join(name(url) for url in urls)
        text = f"expected {wanted} because {name(given)} is set, got nothing"
        hint = f"set {wanted}, or remove the credentials"
        yield Finding(given, text, hint, absent=fields(node, *urls))


_NAMES = tuple(name for pair in _CREDENTIAL_PAIRS for name in pair)


def _first(table: Mapping[str, tuple[Pair, ...]]) -> Iterator[str]:
    """Yield the first name of every pair."""
    return (pair for pairs in table.values() for pair, _ in pairs)


def _holding(table: Mapping[str, tuple[object, ...]]) -> tuple[type[Node], ...]:
    return tuple(cls for name, cls in ELEMENTS.items() if table[name])


WEBHOOK_RULES = (
    Rule(
        "credentials-over-http",
        "warning",
        "inferred",
        "Plain http sends the user name and the password unencrypted. (Four verbs have their own "
        "error for this, because the vendor forbids it there.)",
        response(
            '<Redirect redirectUrl="http://example.com/menu" username="bw" password="secret"/>'
        ),
        response(
            '<Redirect redirectUrl="https://example.com/menu" username="bw" password="secret"/>'
        ),
    ).on(*_holding(_OPEN), find=_over_http, when=_NAMES),
    Rule(
        "password-without-username",
        "warning",
        "inferred",
        "Basic authentication needs a user name and a password; one alone is probably refused.",
        response('<Gather gatherUrl="/menu" password="secret"/>'),
        response('<Gather gatherUrl="/menu" username="bw" password="secret"/>'),
    ).on(*_holding(_PAIRS), find=_incomplete_pair, when=_NAMES),
    Rule(
        "fallback-without-primary-url",
        "warning",
        "inferred",
        "A fallback URL is tried when another URL fails. Without that URL it is never used.",
        response(
            '<Transfer transferCompleteFallbackUrl="https://backup.example.com/done">',
            "    <PhoneNumber>+19195551234</PhoneNumber>",
            "</Transfer>",
        ),
        response(
            '<Transfer transferCompleteUrl="/done"',
            '        transferCompleteFallbackUrl="https://backup.example.com/done">',
            "    <PhoneNumber>+19195551234</PhoneNumber>",
            "</Transfer>",
        ),
    ).on(*_holding(_FALLBACKS), find=_unused_fallback, when=_first(_FALLBACKS)),
    Rule(
        "method-without-url",
        "warning",
        "inferred",
        "A method is the HTTP method of a webhook. Without the URL of the webhook it has no "
        "effect.",
        response('<Record recordCompleteMethod="GET"/>'),
        response('<Record recordCompleteUrl="/recorded" recordCompleteMethod="GET"/>'),
    ).on(*_holding(_METHODS), find=_unused_method, when=_first(_METHODS)),
    Rule(
        "credentials-without-url",
        "warning",
        "inferred",
        "Credentials are sent to the webhook URLs of the same verb. Without a URL they are unused.",
        response('<StartRecording username="bw" password="secret"/>'),
        response(
            '<StartRecording recordingAvailableUrl="/recorded" username="bw" password="secret"/>'
        ),
    ).on(*_holding(_TARGETS), find=_unused_credentials, when=_NAMES),
)
