"""The rules page of the documentation, generated from the rule table.

``python docs/_site/rules_page.py > docs/rules.md`` writes it.
"""

import re
import sys
from collections.abc import Iterator
from textwrap import fill

from bxml.codegen import to_python
from bxml.documents import Document
from bxml.rules import CONTEXTS, GROUPS, Context, Example, Rule

_INTRO = """\
# Rules

This page is generated from the rule table by `python docs/_site/rules_page.py > docs/rules.md`.

`bxml.check` applies all of the rules below. Every finding has the id of its rule. The severity is
one of:

- **error**: the platform is documented to refuse the document or to fail, or the value cannot
  work.
- **warning**: the document is accepted, but probably contains a mistake.

The basis is one of:

- **documented**: stated by the vendor's documentation, or by one of its libraries or tables.
- **inferred**: follows from how the feature works, but is not documented.
- **safety**: protects the program that reads the document.

## Switching rules off and on

`disable` takes ids of inferred rules and of warnings; documented errors and safety rules stay on.
`enable` takes the ids of rules that are off by default, because a document alone cannot prove
the mistake.

```python
from bxml import check

reply = '<Response><SpeakSentence voice="nova">Hello.</SpeakSentence></Response>'

assert [problem.rule for problem in check(reply)] == ["unknown-voice"]
assert check(reply, disable=["unknown-voice"]) == []
```

## Contexts

Some rules apply only in a certain use of a document. Name the use with `context`:

```python
from bxml import check

(problem,) = check("<Response><Hangup/></Response>", context="conference-webhook-reply")

assert problem.rule == "verb-not-allowed-in-conference"
```
"""

_AT_END = {
    "hangup": "the call is hung up",
    "bridge-legs": "both parties are joined",
    "nothing": "nothing happens",
    "unknown": "not documented",
}
_FEW = 8
_WIDE = 120
_TEXT_WIDTH = 100


def page() -> str:
    """Return the page as Markdown."""
    return "\n".join([_INTRO, *_contexts(), *_groups()])


def _contexts() -> Iterator[str]:
    yield "| context | use | roots | after the last verb | verbs | relative URLs |"
    yield "|---|---|---|---|---|---|"
    for context in CONTEXTS.values():
        roots = " or ".join(f"`{root}`" for root in context.roots) or "none"
        relative = "yes" if context.relative_urls else "no base"
        yield (
            f"| `{context.id}` | {context.description} | {roots} | {_AT_END[context.at_end]} | "
            f"{_verbs(context)} | {relative} |"
        )
    yield ""


def _verbs(context: Context) -> str:
    """Return the allowed verbs of a context as text."""
    few = len(context.allowed) <= _FEW
    refused = f" except {', '.join(sorted(context.forbidden))}" if context.forbidden else ""
    verbs = ", ".join(sorted(context.allowed)) if few else f"all{refused}"
    if context.undocumented:
        others = "all others" if few else ", ".join(sorted(context.undocumented))
        verbs += f"; not documented: {others}"
    return verbs or "none"


def _groups() -> Iterator[str]:
    for title, rules in GROUPS.items():
        yield f"## {title}\n"
        for rule in rules:
            yield from _entry(rule)


def _entry(rule: Rule) -> Iterator[str]:
    traits: list[str] = [rule.severity, rule.basis]
    if not rule.enabled:
        traits.append("off by default")
    yield f"### {rule.id}\n"
    yield f"{', '.join(traits)}\n"
    yield f"{fill(rule.why, _TEXT_WIDTH, break_on_hyphens=False)}\n"
    place = f" with `context={rule.context!r}`" if rule.context else ""
    yield f"Reported{place}:\n"
    yield _block(rule.bad)
    elsewhere = rule.good_context != rule.context
    yield f"Valid with `context={rule.good_context!r}`:\n" if elsewhere else "Valid:\n"
    yield _block(rule.good)


def _block(example: Example) -> str:
    if isinstance(example, Document):
        code = to_python(example).partition("document = ")[2].rstrip()
        names = sorted(set(re.findall(r"\b([A-Z]\w+)\(", code)))
        return f"```python\nfrom bxml import {', '.join(names)}\n\n{code}\n```\n"
    text = example if isinstance(example, str) else _decoded(example)
    lines = "\n".join(map(_shortened, text.split("\n")))
    return f"```xml\n{lines}\n```\n"


def _decoded(body: bytes) -> str:
    declared = re.search(rb'encoding="([^"]+)"', body)
    return body.decode(declared[1].decode() if declared else "utf-8")


def _shortened(line: str) -> str:
    return line if len(line) <= _WIDE else f"{line[:60]} ... {line[-45:]}"


if __name__ == "__main__":
    sys.stdout.write(page())
