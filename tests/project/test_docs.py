"""The documentation becomes a site: complete, without dead links, nothing loaded from elsewhere."""

import ast
import builtins
import importlib
import importlib.util
import os
import re
import subprocess
import sys
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType
from typing import cast
from urllib.parse import unquote, urldefrag, urlsplit

import pytest

from callcontrol.explorer import Arrow, Graph, Node
from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs").rglob("*.md"))
PACKAGES = (
    "bxml",
    "bxml.ssml",
    "bxml.strategies",
    "callcontrol",
    "callcontrol.events",
    "callcontrol.explorer",
    "callcontrol.integrations.django",
    "callcontrol.integrations.fastapi",
    "callcontrol.integrations.flask",
    "callcontrol.recorder",
    "callcontrol.simulator",
    "callcontrol.simulator.live",
)
SHOWN_AS = {"callcontrol.events": "callcontrol"}
"""Packages whose names are documented under that of another, which has them all."""


@dataclass
class Page(HTMLParser):
    """What a page of the site defines, leads to and loads."""

    path: Path
    text: str = field(repr=False)
    ids: set[str] = field(default_factory=set[str])
    links: set[str] = field(default_factory=set[str])
    loads: set[str] = field(default_factory=set[str])

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of the ids and addresses of an element."""
        given = {name: value or "" for name, value in attrs}
        self.ids.add(given.get("id", ""))
        if tag == "a" and "href" in given:
            self.links.add(given["href"])
        elif "href" in given and given.get("rel") not in ("prev", "next", "canonical"):
            self.loads.add(given["href"])
        self.loads |= {given[name] for name in ("src", "srcset", "data", "poster") if name in given}


@dataclass
class Site:
    """The pages that were made, by their paths."""

    folder: Path
    pages: dict[Path, Page] = field(repr=False)

    def page(self, name: str) -> Page:
        """Return the page that was made of one in docs/."""
        return self.pages[self.folder / name]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Return the pages of the site, built with warnings as errors."""
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", folder],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=2 * PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = [path for path in folder.rglob("*.html") if path.name != "404.html"]
    return Site(folder, {path: Page(path, path.read_text(encoding="utf-8")) for path in found})


def target(page: Page, link: str) -> tuple[Path, str]:
    """Return the file and the anchor that a link of a page leads to."""
    address, anchor = urldefrag(link)
    path = (page.path.parent / unquote(address)).resolve() if address else page.path
    return path, unquote(anchor)


def test_every_page_is_in_the_navigation(site: Site) -> None:
    """The first page leads to each of them."""
    start = site.page("index.html")
    reached = {target(start, link)[0] for link in start.links if not urlsplit(link).scheme}
    docs = ROOT / "docs"
    wanted = {site.folder / page.relative_to(docs).with_suffix(".html") for page in PAGES}
    assert wanted - reached == set()


def test_links_inside_the_site_hold(site: Site) -> None:
    """Each leads to a page that is there, and to an anchor on it."""
    dead: list[str] = []
    for page in site.pages.values():
        for link in page.links:
            if urlsplit(link).scheme:
                continue
            path, anchor = target(page, link)
            known = site.pages[path].ids if path in site.pages else set[str]()
            if not path.exists() or (anchor and anchor not in known):
                dead.append(f"{page.path.name}: {link}")
    assert dead == []


def test_nothing_is_loaded_from_another_host(site: Site) -> None:
    """Pages and style sheets need no network; what they load is in the folder."""
    for page in site.pages.values():
        for address in page.loads:
            assert not urlsplit(address).netloc, (page.path.name, address)
            assert urlsplit(address).scheme in ("", "data"), (page.path.name, address)
        assert 'class="mermaid"' not in page.text, "the theme fetches mermaid from another host"
    for sheet in site.folder.rglob("*.css"):
        text = sheet.read_text(encoding="utf-8")
        assert re.findall(r"(?:@import|url\()\s*[\"']?(?:https?:)?//[^)\"']*", text) == []


def test_blocks_for_the_tests_are_not_shown(site: Site) -> None:
    """What only the tests run is not on the pages, not even as a comment."""
    assert [
        page.path.name for page in site.pages.values() if "invisible-code-block" in page.text
    ] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_name_is_in_the_reference(package: str, site: Site) -> None:
    """Each name of __all__ has an entry of its own."""
    module = importlib.import_module(package)
    pages = [page for page in site.pages.values() if page.path.parent.name == "reference"]
    entries = set[str]().union(*(page.ids for page in pages))
    text = "".join(page.text for page in pages)
    owner = SHOWN_AS.get(package, package)
    missing = [
        name
        for name in module.__all__
        if f"{owner}.{name}" not in entries and not is_mentioned(module, name, text)
    ]
    assert missing == []


def is_mentioned(module: ModuleType, name: str, text: str) -> bool:
    """Return whether a module, or another name of a class, stands in the text of the reference."""
    value: object = getattr(module, name)
    if isinstance(value, ModuleType):
        return f"<code>{value.__name__}</code>" in text
    if isinstance(value, type) and value.__name__ != name:
        return f"<code>{module.__name__.rpartition('.')[2]}.{name}(" in text
    return False


def test_the_reference_shows_the_fields_of_a_verb(site: Site) -> None:
    """Inherited fields are among them; constraints that only the code needs are not."""
    text = site.page("reference/verbs.html").text
    gather = text[text.index('id="bxml.Gather"') : text.index('id="bxml.StartGather"')]
    plain = re.sub(r"<[^>]+>", "", gather)
    assert "Keys after which the input ends, 1 to 50." in plain
    assert "Basic user name that the platform sends" in plain
    assert "Annotated" not in plain
    assert "DtmfKeys" not in plain


def test_the_reference_shows_what_an_operation_takes(site: Site) -> None:
    """The parameters of the methods that are made from a record are those of the record."""
    text = site.page("reference/client.html").text
    plain = re.sub(r"<[^>]+>", "", text)
    assert "application_id: str," in plain
    assert "call: CreateCall" not in plain


def shown(markdown: str) -> str:
    """Return what the site makes of the text of a page."""
    place = ROOT / "docs/_site/hooks.py"
    spec = importlib.util.spec_from_file_location("hooks", place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return cast("Callable[[str], str]", module.on_page_markdown)(markdown)


MESSAGES = [f"s{number}" for number in range(5, 15)]
FLOW = Graph(
    (
        Node("s1", "prompt", 'Press 1 for "A & B" <#1>', 0),
        Node("s2", "ringing", "+19195554321 rings", 1),
        Node("s3", "talk", "talks to +19195554321", 2),
        Node("s4", "ended", "Goodbye | bye", 2),
        *(Node(message, "message", f"This is {message}", 1) for message in MESSAGES),
    ),
    (
        Arrow("s1", "1", "s2"),
        Arrow("s2", "answers", "s3"),
        *(Arrow("s1", f"'{message}'", message) for message in MESSAGES),
        *(Arrow(message, "waits", "s4") for message in MESSAGES),
    ),
)


def test_a_call_flow_is_drawn() -> None:
    """A graph that the explorer has written is shown as the picture that the explorer draws."""
    assert "<br>" in FLOW.mermaid(), "arrows that are written out are a case of their own"
    page = shown(f"# Page\n\n```mermaid\n{FLOW.mermaid()}```\n\nMore.\n")
    [picture] = re.findall(r"data:image/svg\+xml;base64,([^\"]+)", page)
    assert b64decode(picture).decode() == FLOW.svg()
    assert "mermaid" not in page


def test_c24_no_page_cuts_a_call_flow_off() -> None:
    """Each fits its page, and has a switch of its own to be shown in full size."""
    block = f"```mermaid\n{FLOW.mermaid()}```\n"
    page = shown(f"{block}\n{block}")
    names = re.findall(r'<input type="checkbox" id="([^"]+)">', page)
    assert len(set(names)) == page.count("<img ") == 2
    assert re.findall(r'<label for="([^"]+)">', page) == names
    style = (ROOT / "docs/site.css").read_text(encoding="utf-8")
    assert ".flow img { max-width: 100%;" in style
    assert ".flow input:checked ~ div img { max-width: none; }" in style


def test_other_graphs_stay_as_they_are() -> None:
    """What the explorer has not written is no reason to fail."""
    block = "```mermaid\nflowchart LR\n    a --> b\n```\n"
    assert shown(block) == block


BUILT_IN = frozenset(dir(builtins))
ONE_BY_ONE = ("testing.md",)
"""Pages of which readers copy one block."""


def blocks_of(page: str) -> list[str]:
    """Return the code of a page that readers see."""
    text = re.sub(r"<!---.*?--->", "", (ROOT / "docs" / page).read_text("utf-8"), flags=re.DOTALL)
    return re.findall(r"^```python\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("page", ONE_BY_ONE)
def test_each_block_imports_what_it_uses(page: str) -> None:
    """A block that is copied alone runs."""
    blocks = blocks_of(page)
    assert len(blocks) > 10
    for block in blocks:
        names = [node for node in ast.walk(ast.parse(block)) if isinstance(node, ast.Name)]
        defined = {node.id for node in names if not isinstance(node.ctx, ast.Load)}
        for node in ast.walk(ast.parse(block)):
            match node:
                case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                    defined.add(node.name)
                case ast.alias():
                    defined.add(node.asname or node.name)
                case ast.arg(arg=name) | ast.MatchAs(name=str(name)):
                    defined.add(name)
                case _:
                    pass
        assert {node.id for node in names} <= defined | BUILT_IN, block
