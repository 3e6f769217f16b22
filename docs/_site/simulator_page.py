"""The page about the simulator, made from the table of its rules and the options of its class.

``python docs/_site/simulator_page.py tests/callcontrol > docs/simulator.md`` writes it; the folder
is searched for the tests of each rule.
"""

import ast
import inspect
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from pathlib import Path

from callcontrol.simulator.settings import Assumptions

Tests = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleNote:
    """One rule of the platform as the simulator plays it."""

    id: str
    basis: str
    """Letters of ``BASES`` joined by a slash."""
    text: str
    where: str
    """Module below ``callcontrol.simulator``."""
    options: Sequence[str] = ()
    """Fields of ``Assumptions`` that change it."""


BASES = {
    "C": "captured",
    "D": "documented",
    "V": "vendor code",
    "I": "inferred",
    "T": "contested",
    "A": "assumed",
}
_TABLES = tomllib.loads(Path(__file__).with_name("simulator_rules.toml").read_text("utf-8"))
RULES: Mapping[str, RuleNote] = {
    rule: RuleNote(id=rule, **columns) for rule, columns in _TABLES["rules"].items()
}
"""Every rule by id, in the order of subjects."""
SUBJECTS: Mapping[str, Mapping[str, str]] = _TABLES["subjects"]
"""Title and vendor's pages of each subject, by the letter of its rules."""
NOT_SIMULATED: Mapping[str, str] = _TABLES["not_simulated"]
"""Features that are not simulated, and what happens instead."""
_VERBS = "answering_verbs"

_INTRO = """\
# The simulator

This page is made from the simulator's own tables by
`python docs/_site/simulator_page.py tests/callcontrol > docs/simulator.md`.

The simulator is a stand-in for the platform: it fetches BXML from your application, runs it verb
by verb, delivers the webhooks, and serves the REST operations and the token endpoint at the
vendor's paths. It needs no account and runs on this machine only.

There are two ways to use it.

**In a test**, it calls an application in the same process, in virtual time: see
[Test your call script](testing.md).

```python
from bxml import Response
from callcontrol.simulator import Simulator


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "application/xml")])
    return [Response().speak_sentence("Hello").to_bytes()]


with Simulator() as simulator:
    call = simulator.dial_in(application, to="+19195551234")
    assert call.hears("Hello")
```

In a test, too, `simulator.client()`, `base_url` and `token_url` open a port of 127.0.0.1 when they
are first used; calls in the process need none. Until then the addresses in webhooks are the
vendor's, but for the `mediaUrl` of a recording, which opens the port of a started simulator. A port
needs `pip install "bxml-callcontrol[simulator]"`, which `[cli]` and `[testing]` include. One thread
serves all simulators and recorders of a process. Of more than 1,000 connections those that are
silent are closed, and if all are busy, further requests are answered with 503.

**On a local port**, it works in real time, or faster, for clients in any language, and sends
webhooks to the URLs they give. Point a client at `base_url` and `token_url`, with the simulator's
credentials.

```python
from callcontrol.simulator.live import LiveSimulator

with LiveSimulator(speed=10) as live:
    print(live.simulator.base_url, live.simulator.token_url)
    print(live.simulator.account_id, live.simulator.client_id)
```

The [vendor's SDKs](vendor-sdks.md) work with it once its address is set. With `tls=True` it listens
on https, and `begin_outage` lets it refuse all requests.

Calls, tokens and ids are kept in memory, and ids are the same in every run. Nothing is sent to an
address that the application, the client or the test did not name. Audio is fetched from hosts that
webhooks go to, and from those that `LiveSimulator(reach=[...])` or `simulate --reach` names; files
at other hosts last `audio_seconds`.

Virtual time begins at noon on 1 January 2026, UTC, or at `Simulator(start=...)`, a `datetime` with
a time zone. A `LiveSimulator` has today's date; with a `speed` above 1 it runs ahead of the day.

A simulator may run for days: of the calls that have ended it keeps the last 10,000, as many as
`Limits(ended_calls=...)` says, and as many recordings; fewer if the documents in their histories
are longer than 50 million characters, `Limits(ended_characters=...)`. `make soak` in the repository
shows that memory stays flat under load, and that every webhook is accounted for.

## Who can reach it

The port is open on 127.0.0.1 only. Programs on this machine reach it, and so does a page in a
browser, so there are two guards:

- **Host names.** A request whose `Host` header is neither `localhost` (or a name below it) nor a
  loopback address is answered with 403, which stops pages that point a name of their own at
  127.0.0.1 (DNS rebinding). The port in the header does not matter. Behind a tunnel or in a
  container network the header holds another name: allow it, without its port, with
  `callcontrol simulate --allow-host sim.example.com`, `LiveSimulator(allow_hosts=[...])` or
  `simulator.start(allow_hosts=[...])`. URLs in replies to such a request have that host.
- **Credentials.** Client id, client secret and the password of Basic authentication are random and
  new in each process. Read them from the simulator, as below; `callcontrol simulate` prints them as
  variables to export, and with `--json` in its first object. To choose them, use
  `Simulator(account=Account(client_id=..., client_secret=...))`, or
  `--client-env VARIABLE` (its value is `ID:SECRET`) and `--password-env VARIABLE` on the command
  line; secrets that were given are not printed. Bearer tokens are random, too.

```python
from callcontrol import Client
from callcontrol.simulator import Account, Simulator

with Simulator(account=Account(client_id="ci", client_secret="for this build only")) as simulator:
    client = Client(
        simulator.account_id,
        client_id=simulator.client_id,
        client_secret=simulator.client_secret,
        base_url=simulator.base_url,
        token_url=simulator.token_url,
    )
    with client:
        assert list(client.list_calls()) == []
```

## When a process forks

The simulator, and the [recorder](record.md), stay in the process that started them. A child closes
its copies of their sockets at once: it serves no requests, and neither process waits for the end of
the other. In the child the addresses and credentials still lead to the parent's simulator;
`dial_in` and the other actions raise `SimulatorError` on a `LiveSimulator`, and leaving its `with`
block stops nothing. Webhooks of calls that the child simulates itself go over connections of its
own, and an ASGI application is started anew.
"""

_RULES = """\
## Rules

Each rule of the platform has an id, a basis, and tests whose names begin with the id. The basis
says how we know:

- **captured**: it was recorded on live calls.
- **documented**: the vendor's documentation or its released SDK says so.
- **vendor code**: the vendor's own programs and tests rely on it.
- **inferred**: it is the only reading that fits.
- **contested**: two of the vendor's sources disagree; an option, if there is one, gives the other
  behaviour.
- **assumed**: the vendor does not document it; it is our choice.

A rule whose parts differ has several of them.
"""


def page(tests: Tests) -> str:
    """Return the page; ``tests`` are the names of the tests of each rule."""
    return "\n".join([_INTRO, *_missing(), *_options(), _RULES, *_rules(tests)]).rstrip() + "\n"


def proofs_in(folder: Path) -> Tests:
    """Return the names of the tests below a folder by the ids of the rules that they prove."""
    found: dict[str, list[str]] = {}
    for path in sorted(folder.rglob("test_*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                for rule in _proven(node.name):
                    found.setdefault(rule, []).append(node.name)
    return found


def _proven(name: str) -> Iterator[str]:
    ids = re.match(r"test((?:_[a-z][0-9]+)+)(?:_|$)", name)
    for part in ids[1].upper().split("_") if ids else ():
        if part in RULES:
            yield part


def _missing() -> Iterator[str]:
    yield "## What is not simulated"
    yield ""
    yield "| what | instead |"
    yield "|---|---|"
    for what, instead in NOT_SIMULATED.items():
        yield f"| {what} | {instead} |"
    yield ""


def _options() -> Iterator[str]:
    yield "## What is assumed, and how to change it"
    yield ""
    yield "Give other values with `Simulator(assumptions=Assumptions(...))`."
    yield ""
    yield "| option | default | what it decides | rules |"
    yield "|---|---|---|---|"
    defaults, meanings = Assumptions(), _meanings()
    for field in fields(Assumptions):
        used = ", ".join(note.id for note in RULES.values() if field.name in note.options)
        shown = _default(field.name, getattr(defaults, field.name))
        yield f"| `{field.name}` | {shown} | {meanings[field.name]} | {used} |"
    yield ""


def _meanings() -> Mapping[str, str]:
    """Return what the class says below each of its fields."""
    [cls] = ast.parse(inspect.getsource(Assumptions)).body
    assert isinstance(cls, ast.ClassDef)  # noqa: S101 - the source of a class
    found: dict[str, str] = {}
    for one, other in pairwise(cls.body):
        match one, other:
            case ast.AnnAssign(target=ast.Name(name)), ast.Expr(value=ast.Constant(str(text))):
                found[name] = " ".join(text.split()).replace("``", "`")
            case _:
                pass
    return found


def _default(name: str, value: object) -> str:
    return "the verbs of rule C6" if name == _VERBS else f"`{value!r}`"


def _rules(tests: Tests) -> Iterator[str]:
    for letter, subject in SUBJECTS.items():
        notes = [note for note in RULES.values() if note.id.startswith(letter)]
        yield f"### {subject['title']}"
        yield ""
        yield f"Vendor pages: {subject['pages']}"
        yield ""
        yield "| id | rule | basis | tests |"
        yield "|---|---|---|---|"
        for note in notes:
            named = ", ".join(f"`{name}`" for name in tests.get(note.id, ()))
            yield f"| {note.id} | {_text(note)} | {_basis(note)} | {named} |"
        yield ""


def _text(note: RuleNote) -> str:
    options = ", ".join(f"`{name}`" for name in note.options)
    return f"{note.text} Options: {options}." if options else note.text


def _basis(note: RuleNote) -> str:
    return ", ".join(BASES[letter] for letter in note.basis.split("/"))


if __name__ == "__main__":
    sys.stdout.write(page(proofs_in(Path(sys.argv[1]))))
