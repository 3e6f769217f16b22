"""The pages of ``bxml explain`` as records, derived from the element, rule and context tables."""

import ast
import inspect
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bxml._element import Attribute, Callback, Content, Element
from bxml._kinds import Boolean, Enumeration, Kind, Numeric
from bxml._node import Node
from bxml._once import once
from bxml._wording import did_you_mean, join_with_or
from bxml.cli.examples import EXAMPLES
from bxml.documents import ELEMENTS
from bxml.rules import CONTEXTS, RULES, Context, Rule


def attribute_docs(cls: type) -> Mapping[str, str]:
    """Return the docstring of each field of a class, inherited ones included, by Python name."""
    found: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        found |= _field_texts(base.__module__).get(base.__qualname__, {})
    return found


def summary(cls: type) -> str:
    """Return the first paragraph of the docstring of a class, on one line."""
    return _paragraphs(cls)[0]


def details(cls: type) -> tuple[str, ...]:
    """Return the other paragraphs of the docstring, without the link to the vendor page."""
    return tuple(
        paragraph for paragraph in _paragraphs(cls)[1:] if not paragraph.startswith("Vendor page:")
    )


def _paragraphs(cls: type) -> list[str]:
    text = inspect.cleandoc(cls.__doc__ or "")
    return [" ".join(part.split()) for part in text.split("\n\n")]


@once
def _field_texts(module: str) -> Mapping[str, Mapping[str, str]]:
    """Return the docstrings of fields by name, for each class of a module."""
    try:
        source = inspect.getsource(sys.modules[module])
    except (OSError, TypeError, KeyError):
        return {}
    classes = (
        statement for statement in ast.parse(source).body if isinstance(statement, ast.ClassDef)
    )
    return {cls.name: dict(_texts_of(cls)) for cls in classes}


def _texts_of(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for field, after in zip(node.body, node.body[1:], strict=False):
        match field, after:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                yield name, " ".join(text.split())
            case _:
                pass


VENDOR_PAGES = "https://dev.bandwidth.com/docs/voice/programmable-voice/bxml/"

Topic = type[Node] | Rule | Context
"""A subject of ``bxml explain``."""


@dataclass(frozen=True, slots=True)
class AttributeRow:
    """One attribute in words."""

    wire: str
    python: str
    type: str
    limits: str
    unit: str
    default: str
    required: bool
    text: str


@dataclass(frozen=True, slots=True)
class ElementPage:
    """The page of one element."""

    name: str
    summary: str
    details: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    """Labels and texts: allowed parents, content, what runs next."""
    webhooks: tuple[tuple[str, str], ...]
    """Names of webhooks, with their target and the effect of a reply."""
    attributes: tuple[AttributeRow, ...]
    example: str
    """A whole document that shows the element."""


def _folded(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _names(cls: type[Node]) -> Iterator[str]:
    """Yield every name that finds an element."""
    element = cls.element
    yield from (element.name, element.python_name, cls.__name__)
    if element.kind == "ssml":
        yield f"ssml.{element.python_name}"


def _topics() -> dict[str, Topic]:
    topics: dict[str, Topic] = {_folded(name): rule for name, rule in RULES.items()}
    topics |= {_folded(name): context for name, context in CONTEXTS.items()}
    return topics | {_folded(name): cls for cls in ELEMENTS.values() for name in _names(cls)}


def find_topic(name: str) -> Topic | None:
    """Return the topic of a name, ignoring case and separators; None if there is none."""
    return _topics().get(_folded(name))


def why_unknown(name: str) -> str:
    """Return the error message for an unknown name, with the nearest known one."""
    holders = [
        cls.element.name
        for cls in ELEMENTS.values()
        if any(_folded(name) in map(_folded, (a.wire, a.name)) for a in cls.element.attributes)
    ]
    hint = did_you_mean(name, (*ELEMENTS, *RULES, *CONTEXTS)) or "run 'bxml explain' for a list"
    if holders:
        hint = f"it is an attribute of {join_with_or(holders, 'and')}"
    return f"expected an element, a rule or a context, got {name[:60]!r}; {hint}"


def element_page(cls: type[Node]) -> ElementPage:
    """Return the page of an element."""
    element = cls.element
    texts = attribute_docs(cls)
    webhooks = (
        (", ".join(callback.webhooks), _webhook(element, callback))
        for callback in element.callbacks
    )
    rows = (_row(attribute, texts.get(attribute.name, "")) for attribute in element.attributes)
    return ElementPage(
        element.name,
        summary(cls).replace("``", ""),
        details(cls),
        tuple(_facts(cls)),
        tuple(webhooks),
        tuple(rows),
        EXAMPLES[element.name],
    )


def _facts(cls: type[Node]) -> Iterator[tuple[str, str]]:
    element = cls.element
    if element.kind == "root":
        yield "Allowed in", "nothing: it is the root of a document"
    else:
        others = ["another SSML tag"] if element.kind == "ssml" else []
        yield "Allowed in", join_with_or([*element.parents, *others])
    yield "Holds", _held(element)
    text = attribute_docs(cls).get(element.content.name)
    if text:
        yield "", text
    yield "In Python", _in_python(cls)
    if element.kind == "verb":
        yield "Next verb", _next(element)
    if element.beta:
        yield "Status", "beta"
    if element.since:
        yield "Since", element.since
    yield "Vendor page", f"{VENDOR_PAGES}{element.page}"


def _held(element: Element) -> str:
    content = element.content
    if content.form == "children":
        inside = [element.element for element in ELEMENTS.values()]
        names = [child.name for child in inside if element.name in child.parents]
        held = "verbs" if element.kind == "root" else join_with_or(names)
        return f"{_count(content)} {held}"
    if content.form == "text":
        assert content.kind is not None  # noqa: S101 - text content has a kind
        return content.kind.expected + ("" if content.required else "; may be empty")
    if content.form == "speech" and content.words:
        return f"text and SSML tags{'; not blank' if content.required else ''}"
    return "nothing"


def _count(content: Content) -> str:
    if content.maximum is None:
        return "any number of"
    if content.minimum == content.maximum:
        return str(content.minimum)
    return f"{content.minimum} to {content.maximum}"


def _in_python(cls: type[Node]) -> str:
    element = cls.element
    if element.kind == "ssml":
        return f"ssml.{element.python_name}(...)"
    if element.kind == "root":
        return f"{cls.__name__}(...)"
    parents = join_with_or(element.parents)
    return f"{cls.__name__}(...), or .{element.python_name}(...) on {parents}"


def _next(element: Element) -> str:
    ends = element.ends
    attribute = element.attribute(ends.attribute) if ends.attribute else None
    wire = attribute.wire if attribute is not None else ""
    otherwise = "runs when this one has finished" if element.blocking else "runs at once"
    if isinstance(element.blocking, str):
        otherwise = f"waits {element.blocking}"
    texts = {
        "always": "never runs",
        "if-attribute": f"never runs when {wire} is set: the reply to that webhook takes over; "
        f"otherwise {otherwise}",
        "outcome": f"depends on the outcome: see {wire}",
        "unknown": "not documented whether it runs",
    }
    return texts.get(ends.kind, otherwise)


def _webhook(element: Element, callback: Callback) -> str:
    wires: dict[str | None, str] = {
        attribute.name: attribute.wire for attribute in element.attributes
    }
    sent = [
        f"{label} {' and '.join(wires[name] for name in names)}"
        for label, *names in (
            ("to", callback.url),
            ("method", callback.method),
            ("fallback", callback.fallback_url),
            ("fallback method", callback.fallback_method),
            ("credentials", callback.username, callback.password),
            ("fallback credentials", callback.fallback_username, callback.fallback_password),
        )
        if names[0] is not None
    ]
    reply = "the reply may hold BXML" if callback.replies else "the reply body is ignored"
    return f"{', '.join(sent)}; {reply}"


def _row(attribute: Attribute, text: str) -> AttributeRow:
    kind, default = attribute.kind, attribute.default
    unit = kind.unit if isinstance(kind, Numeric) else None
    source = f" Source: {attribute.source}." if attribute.source else ""
    return AttributeRow(
        attribute.wire,
        attribute.name,
        _type(kind),
        _limits(kind),
        unit or "",
        "" if default is None else kind.write(kind.accept(default)) or "empty",
        attribute.required,
        text.replace("``", "") + source,
    )


def _type(kind: Kind) -> str:
    if isinstance(kind, Boolean):
        return "boolean"
    if isinstance(kind, Enumeration):
        return "word"
    if isinstance(kind, Numeric):
        return "integer" if kind.integer else "number"
    return "text"


def _limits(kind: Kind) -> str:
    if isinstance(kind, Boolean):
        return "true or false"
    if isinstance(kind, Enumeration):
        return join_with_or(kind.values)
    if isinstance(kind, Numeric):
        low, high = kind.minimum, kind.maximum
        return f"{low} or more" if high is None else f"{low} to {high}"
    limits = "" if kind.expected == "text" else kind.expected
    longest = str(kind.max_length)
    if kind.max_length is None or longest in limits:
        return limits
    return f"{limits}, at most {longest} characters".lstrip(", ")
