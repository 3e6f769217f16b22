"""Terminal output of ``bxml explain``."""

from collections.abc import Iterable

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bxml._node import Node
from bxml.checking import check
from bxml.cli import explain
from bxml.cli.explain import AttributeRow, ElementPage, Topic
from bxml.codegen import to_python
from bxml.documents import ELEMENTS, Document
from bxml.rules import CONTEXTS, GROUPS, Context, Rule

WIDEST = 240
"""Most characters of an example line that are printed."""

_KINDS = (
    ("Documents", "root"),
    ("Verbs", "verb"),
    ("Inside certain verbs", "noun"),
    ("SSML tags inside SpeakSentence", "ssml"),
)


def show(console: Console, topic: Topic | None) -> None:
    """Print the page of a topic; without one, the list of all topics."""
    if topic is None:
        _show_index(console)
    elif isinstance(topic, Rule):
        _show_rule(console, topic)
    elif isinstance(topic, Context):
        _show_context(console, topic)
    else:
        _show_element(console, topic)


def _heading(console: Console, text: str) -> None:
    console.print()
    console.print(Text(text, "bold"))


def _pairs(console: Console, rows: Iterable[tuple[str, str]]) -> None:
    """Print labels with their texts beside them."""
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for label, text in rows:
        table.add_row(Text(label), Text(text))
    console.print(Padding(table, (0, 0, 0, 2)))


def _code(console: Console, source: str) -> None:
    for line in source.splitlines():
        cut = len(line) > WIDEST
        console.print(Text(f"  {line[:WIDEST]}{'...' if cut else ''}"), soft_wrap=True)


def _show_element(console: Console, cls: type[Node]) -> None:
    """Print the page of an element."""
    page = explain.element_page(cls)
    console.print(Text.assemble((page.name, "bold"), f": {page.summary}"))
    for paragraph in page.details:
        console.print(Text(paragraph))
    console.print()
    _pairs(console, page.facts)
    if page.webhooks:
        _heading(console, "Webhooks")
        _pairs(console, ((names.replace(", ", "\n"), text) for names, text in page.webhooks))
    _heading(console, "Attributes")
    console.print(_attributes(page) if page.attributes else Text("  none"))
    _heading(console, "Example")
    _code(console, page.example)
    _heading(console, "Example in Python")
    _code(console, to_python(page.example))


def _attributes(page: ElementPage) -> Padding:
    table = Table(box=None, padding=(0, 2, 1, 0), header_style="underline")
    table.add_column("BXML and Python", no_wrap=True)
    table.add_column("Value", ratio=2)
    table.add_column("Meaning", ratio=3)
    for row in page.attributes:
        table.add_row(Text(f"{row.wire}\n{row.python}"), Text(_value(row)), Text(row.text))
    return Padding(table, (0, 0, 0, 2))


def _value(row: AttributeRow) -> str:
    value = ", ".join(filter(None, (row.type, row.limits)))
    if row.unit:
        value += f" {row.unit}"
    if row.required:
        value += "; required"
    return f"{value}; default {row.default}" if row.default else value


def _show_rule(console: Console, rule: Rule) -> None:
    """Print the page of a rule, with the findings of ``check`` for its bad example."""
    console.print(Text.assemble((rule.id, "bold"), f": {rule.severity}, {_BASES[rule.basis]}"))
    console.print(Text(rule.why))
    if rule.context:
        console.print(Text(f"Applies only in a context, such as --context {rule.context}."))
    if not rule.enabled:
        console.print(Text(f"Off by default; enable it with --enable {rule.id}"))
    elif rule.can_be_disabled:
        console.print(Text(f"Disable it with --disable {rule.id}"))
    _heading(console, "Bad")
    _code(console, _example(rule.bad))
    enable = () if rule.enabled else (rule.id,)
    found = check(rule.bad, context=rule.context, enable=enable)
    for problem in [item for item in found if item.rule == rule.id]:
        console.print(Padding(Text(str(problem), "italic"), (0, 0, 0, 2)))
    _heading(console, "Good")
    _code(console, _example(rule.good))


_BASES = {
    "documented": "documented by the vendor",
    "inferred": "inferred from what the vendor's documents and SDKs show",
    "safety": "protects the program that reads the document",
}


def _example(example: str | bytes | Document) -> str:
    if isinstance(example, Document):
        return to_python(example)
    return example.decode("utf-8", "replace") if isinstance(example, bytes) else example


def _show_context(console: Console, context: Context) -> None:
    """Print the page of a context."""
    console.print(Text.assemble((context.id, "bold"), f": {context.description}"))
    console.print()
    ends = {"hangup": "the call is hung up", "bridge-legs": "both calls are joined"}
    relative = (
        "resolved against the URL of the request" if context.relative_urls else "have no base"
    )
    _pairs(
        console,
        (
            ("Root", " or ".join(context.roots) or "none: BXML is ignored"),
            ("After the last verb", ends.get(context.at_end, context.at_end)),
            ("Relative URLs", relative),
            ("Allowed verbs", ", ".join(sorted(context.allowed)) or "none"),
            ("Undocumented verbs", ", ".join(sorted(context.undocumented)) or "none"),
            ("Forbidden verbs", ", ".join(sorted(context.forbidden)) or "none"),
        ),
    )


def _first_sentence(text: str) -> str:
    return text.partition(". ")[0].removesuffix(".")


def _show_index(console: Console) -> None:
    """Print every element, context and rule that has a page."""
    console.print(Text("bxml explain NAME describes an element, a rule or a context."))
    for title, kind in _KINDS:
        _heading(console, title)
        found = (cls for cls in ELEMENTS.values() if cls.element.kind == kind)
        rows = ((cls.element.name, explain.element_page(cls).summary) for cls in found)
        _pairs(console, sorted(rows, key=lambda row: row[0].lower()))
    _heading(console, "Contexts, for check --context")
    _pairs(console, ((context.id, context.description) for context in CONTEXTS.values()))
    for title, rules in GROUPS.items():
        _heading(console, f"Rules: {title}")
        _pairs(
            console, ((rule.id, f"{rule.severity}. {_first_sentence(rule.why)}.") for rule in rules)
        )
