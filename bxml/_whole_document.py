"""Changes to every element of a document at once, derived from the table of elements."""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from bxml._element import CredentialAttributes
from bxml._invariants import INVARIANTS, check_invariants
from bxml._kinds import Kind, Text
from bxml._node import Node, pieces_of
from bxml._once import FIRST_USE
from bxml._types import URL_PATTERN, is_absolute
from bxml._wording import InvalidValue, exact_str, quoted
from bxml.errors import Problem, ValidationError

N = TypeVar("N", bound=Node)

Changes = Mapping[str, object]
"""New values of fields, by Python name."""

_USERNAME = Text("a user name of at least one character, without ':'", pattern="[^:]+", secret=True)
_PASSWORD = Text("a password", secret=True)
_BASE = Text("an absolute http or https URL", pattern=URL_PATTERN.partition("|")[0], rule="bad-url")


class HiddenText(str):
    """A credential that an application has handed over at run time; its ``repr`` hides it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"


def changed(root: N, change: Callable[[Node, str, list[Problem]], Changes]) -> N:
    """Return a copy in which ``change`` has replaced fields of any element, however deep.

    ``change`` gets an element, its path and a list for problems.

    :raises ValidationError: with every problem, those of the invariants of elements included.
    """
    problems: list[Problem] = []
    made = _changed(root, root.element.name, change, problems)
    if problems:
        raise ValidationError(problems)
    return made


def _changed(
    node: N,
    path: str,
    change: Callable[[Node, str, list[Problem]], Changes],
    problems: list[Problem],
) -> N:
    fields = dict(change(node, path, problems))
    name = node.element.content.name
    held = pieces_of(node)
    pieces = tuple(
        _changed(piece, f"{path}.{name}[{index}]", change, problems)
        if isinstance(piece, Node)
        else piece
        for index, piece in enumerate(held)
    )
    if any(new is not old for new, old in zip(pieces, held, strict=True)):
        fields[name] = pieces
    if not fields:
        return node
    made = node
    for field, value in fields.items():
        made = made._with(field, value)  # noqa: SLF001 - a copy of a node is made of its fields
    problems += _broken_invariants(made, path)
    return made


def _broken_invariants(node: Node, path: str) -> Iterable[Problem]:
    if node.element.name not in INVARIANTS:
        return
    for problem in check_invariants(node, None) or ():
        where = f"{path}{problem.path.removeprefix(node.element.owner)}"
        finding = problem.message.removeprefix(f"{problem.path}: ")
        yield Problem.at(where, problem.rule, finding, hint=problem.hint)


def _accepted(where: str, kind: Kind, value: object, problems: list[Problem]) -> str:
    try:
        return str(kind.accept(value))
    except InvalidValue as refused:
        problems.append(Problem.at(where, refused.rule, refused.finding, hint=refused.hint))
        return ""


# --- credentials --------------------------------------------------------------------------


def with_credentials(
    document: N,
    username: str,
    password: str,
    wanted: Callable[[CredentialAttributes], bool],
    *,
    replace: bool,
) -> N:
    """Return a copy with credentials wherever they would be sent.

    ``wanted`` chooses among the pairs of attributes that an element has.

    :raises ValidationError: for credentials that cannot be sent, and for a URL that must be https.
    """
    problems: list[Problem] = []
    values = (
        HiddenText(_accepted("with_credentials.username", _USERNAME, username, problems)),
        HiddenText(_accepted("with_credentials.password", _PASSWORD, password, problems)),
    )
    if problems:
        raise ValidationError(problems)

    def change(node: Node, _path: str, _problems: list[Problem]) -> Changes:
        return {
            name: value
            for pair in node.element.credentials()
            if wanted(pair) and _takes(node, pair, replace=replace)
            for name, value in zip((pair.username, pair.password), values, strict=True)
        }

    return changed(document, change)


def _takes(node: Node, pair: CredentialAttributes, *, replace: bool) -> bool:
    """Return whether credentials have a URL to go to, and are not set already."""
    given = _is_set(node, (pair.username, pair.password))
    return replace if given else _is_set(node, pair.urls)


def _is_set(node: Node, names: tuple[str, ...]) -> bool:
    return any(getattr(node, name) is not None for name in names)


# --- URLs ---------------------------------------------------------------------------------


def with_base_url(document: N, url: str) -> N:
    """Return a copy in which every relative URL is resolved against ``url``.

    :raises ValidationError: for another base, and for references that do not lead to a host.
    """
    base = _base(url)

    def change(node: Node, path: str, problems: list[Problem]) -> Changes:
        return {
            name: _resolved(base, value, f"{path}.{name}", problems)
            for name in node.element.urls
            if (value := getattr(node, name)) is not None and not is_absolute(value)
        }

    return changed(document, change)


def _base(url: object) -> str:
    where = "with_base_url.url"
    problems: list[Problem] = []
    base = _accepted(where, _BASE, url, problems)
    if not problems and _host_of(base) is None:
        problems.append(
            Problem.at(where, "bad-url", f"expected a URL with a host, got {quoted(base)}")
        )
    elif not problems and _has_user(base):
        finding = "expected a URL without a user name and a password, got one with '@'"
        hint = "with_credentials(username, password) gives them to every verb"
        problems.append(Problem.at(where, "bad-url", finding, hint=hint))
    if problems:
        raise ValidationError(problems)
    return base


def _resolved(base: str, reference: str, where: str, problems: list[Problem]) -> str:
    with FIRST_USE:
        from urllib.parse import urljoin

    try:
        url = urljoin(base, exact_str(reference))
    except ValueError:
        url = ""
    if _host_of(url) is None:
        finding = f"expected a URL or a path on the host of the base URL, got {quoted(reference)}"
        problems.append(Problem.at(where, "bad-url", finding))
    return url


def _host_of(url: str) -> str | None:
    """Return the host of an absolute http URL; None if there is none."""
    with FIRST_USE:
        from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        has_port = parts.port != 0
    except ValueError:  # a port that is no number, or brackets without an address
        return None
    return parts.hostname if has_port else None


def _has_user(url: str) -> bool:
    return "@" in url.partition("//")[2].replace("?", "/").replace("#", "/").partition("/")[0]
