"""The table that each element class is reduced to, once, when the class is made.

Writer, constructor, parser, rules, strategies, schema comparison, help text and simulator read
these records; nothing about an element is stated anywhere else in Python.
"""

from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Annotated, Literal, Union, get_args, get_origin

from bxml._kinds import Boolean, Default, Doc, Enumeration, Kind, Number, Numeric, Range, Text
from bxml._record import Declared, declared_fields, record

ElementKind = Literal["root", "verb", "noun", "ssml"]
WIRE_NAMES = {"from_": "from", "input_": "input"}
"""Attributes whose Python name is not simply the snake case of the wire name."""


def wire_name(python_name: str) -> str:
    """Return the BXML spelling of an attribute: ``max_digits`` is ``maxDigits``."""
    if python_name in WIRE_NAMES:
        return WIRE_NAMES[python_name]
    first, *rest = python_name.split("_")
    return first + "".join(word.capitalize() for word in rest)


@record
class Attribute:
    """One attribute: both names, what it may be, and what the platform assumes without it."""

    name: str
    """Python name."""
    wire: str
    """Name in BXML."""
    kind: Kind
    required: bool = False
    default: str | float | bool | None = None
    """Value that the platform assumes when it is left out; None if there is none."""
    source: str | None = None
    """Where the fact comes from when it is not the element's own vendor page."""


@record
class Content:
    """Content between the tags."""

    form: Literal["none", "text", "children", "speech"]
    name: str = ""
    """Python name of the field."""
    kind: Text | None = None
    """Kind of the text, for the form ``text``."""
    required: bool = False
    words: bool = True
    """For the form ``speech``: False where only elements may stand."""
    trim: Literal["collapse", "trim"] = "collapse"
    """How white space around text is read."""
    minimum: int = 0
    """Fewest children."""
    maximum: int | None = None
    """Most children; None means no limit."""


@record
class Callback:
    """Attributes that belong to one webhook, by Python name."""

    webhooks: tuple[str, ...]
    url: str
    method: str | None = None
    fallback_url: str | None = None
    fallback_method: str | None = None
    username: str | None = "username"
    password: str | None = "password"  # noqa: S105 - the name of an attribute
    fallback_username: str | None = None
    fallback_password: str | None = None
    replies: bool = False
    """True when the reply may hold BXML."""
    https_rule: str | None = None
    """Id of the rule that demands https with credentials, where the vendor documents one."""

    @classmethod
    def of(
        cls,
        *webhooks: str,
        prefix: str,
        fallback: bool = False,
        credentials: bool = True,
        replies: bool = False,
        https_rule: str | None = None,
    ) -> "Callback":
        """Return the group whose attributes are named after ``prefix`` in the usual way."""
        both = fallback and credentials
        return cls(
            webhooks,
            f"{prefix}_url",
            f"{prefix}_method",
            f"{prefix}_fallback_url" if fallback else None,
            f"{prefix}_fallback_method" if fallback else None,
            "username" if credentials else None,
            "password" if credentials else None,
            "fallback_username" if both else None,
            "fallback_password" if both else None,
            replies,
            https_rule,
        )


@record
class CredentialAttributes:
    """Attributes with a user name and its password, and the fields with the URLs they go to."""

    username: str
    password: str
    urls: tuple[str, ...]
    fallback: bool = False
    """Whether the URLs are fallback URLs."""
    audio: bool = False
    """Whether the URL is a file to play, the content of the element."""


@record
class Ends:
    """Whether verbs after this one can run."""

    kind: Literal["never", "always", "if-attribute", "outcome", "unknown"] = "never"
    attribute: str | None = None
    """For ``if-attribute``: the attribute that makes later verbs unreachable when it is set."""


@record
class Element:
    """All facts about one element."""

    name: str
    """BXML spelling."""
    python_name: str
    """Name of the fluent method or of the function in ``bxml.ssml``."""
    kind: ElementKind
    attributes: tuple[Attribute, ...]
    content: Content
    parents: tuple[str, ...]
    callbacks: tuple[Callback, ...] = ()
    ends: Ends = Ends()
    blocking: bool | str = True
    beta: bool = False
    since: str | None = None
    page: str | None = None
    """The vendor page the facts come from."""

    @property
    def owner(self) -> str:
        """The name that error paths begin with."""
        return f"ssml.{self.python_name}" if self.kind == "ssml" else self.name

    @property
    def urls(self) -> tuple[str, ...]:
        """Names of the fields that hold a URL which may be relative."""
        kinds = (
            (self.content.name, self.content.kind),
            *((attribute.name, attribute.kind) for attribute in self.attributes),
        )
        return tuple(
            name for name, kind in kinds if isinstance(kind, Text) and kind.rule == "bad-url"
        )

    def credentials(self, *, open_only: bool = False) -> tuple[CredentialAttributes, ...]:
        """Return the pairs of credentials that are sent to URLs of this element.

        With ``open_only``, only URLs for which the vendor does not require https.
        """
        urls: dict[tuple[str, str, bool], list[str]] = {}
        for callback in self.callbacks:
            if open_only and callback.https_rule is not None:
                continue
            main = callback.username, callback.password, callback.url
            fallback = (
                callback.fallback_username,
                callback.fallback_password,
                callback.fallback_url,
            )
            for (username, password, url), is_fallback in ((main, False), (fallback, True)):
                if username is not None and password is not None and url is not None:
                    urls.setdefault((username, password, is_fallback), []).append(url)
        pairs = [
            CredentialAttributes(username, password, tuple(targets), is_fallback)
            for (username, password, is_fallback), targets in urls.items()
        ]
        if not self.callbacks and self.content.name in self.urls:  # a file that is fetched
            file = Callback((), self.content.name)
            if file.username and file.password and self.attribute(file.username):
                names = file.username, file.password
                pairs.append(CredentialAttributes(*names, (file.url,), audio=True))
        return tuple(pairs)

    def attribute(self, name: str) -> Attribute | None:
        """Return the attribute with this Python name."""
        return next((attribute for attribute in self.attributes if attribute.name == name), None)


def _unwrap(annotation: object) -> tuple[object, list[object]]:
    """Return the bare type of an annotation and all its ``Annotated`` notes, outermost first."""
    notes: list[object] = []
    while True:
        if get_origin(annotation) is Annotated:
            annotation, *extra = get_args(annotation)
            notes.extend(extra)
        elif get_origin(annotation) in (Union, UnionType) and NoneType in get_args(annotation):
            members = tuple(get_arg for get_arg in get_args(annotation) if get_arg is not NoneType)
            annotation = members[0] if len(members) == 1 else Union[members]  # noqa: UP007
        else:
            return annotation, notes


_NUMBERS = frozenset(get_args(Number))


def _kind(annotation: object, notes: list[object]) -> Kind:
    """Return the kind of value that a field's type describes."""
    limits = next((note for note in notes if isinstance(note, Range)), Range())
    text = next((note for note in notes if isinstance(note, Text)), None)
    if text is not None:
        return text
    if annotation is bool:
        return Boolean()
    if annotation is str:
        return Text()
    if annotation is int or frozenset(get_args(annotation)) == _NUMBERS:
        whole = annotation is int
        return Numeric(whole, limits.minimum, limits.maximum, limits.unit)
    if get_origin(annotation) is Literal:
        return Enumeration(get_args(annotation))
    raise TypeError(f"expected an attribute type, got {annotation!r}")


def _attribute(field: Declared, wire_names: Mapping[str, str]) -> Attribute:
    annotation, notes = _unwrap(field.annotation)
    default = next((note.value for note in notes if isinstance(note, Default)), None)
    source = next((note.text for note in notes if isinstance(note, Doc)), None)
    return Attribute(
        field.name,
        wire_names.get(field.name) or wire_name(field.name),
        _kind(annotation, notes),
        required=field.required,
        default=default,
        source=source,
    )


def derive(
    cls: type, content: Content, wire_names: Mapping[str, str]
) -> tuple[Content, tuple[Attribute, ...]]:
    """Return the content and the attributes that the fields of a class declare."""
    declared = declared_fields(cls)
    declared.pop("extra_attributes", None)
    if content.form == "none":
        return content, tuple(_attribute(each, wire_names) for each in declared.values())
    held, *rest = declared.values()
    if content.form == "text":
        annotation, notes = _unwrap(held.annotation)
        kind = _kind(annotation, notes)
        assert isinstance(kind, Text)  # noqa: S101 - element text is always characters
        content = Content(
            "text", held.name, kind, required=held.required, trim=content.trim, words=content.words
        )
    else:
        content = Content(
            content.form,
            held.name,
            required=content.required,
            minimum=content.minimum,
            maximum=content.maximum,
            words=content.words,
        )
    return content, tuple(_attribute(each, wire_names) for each in rest)
