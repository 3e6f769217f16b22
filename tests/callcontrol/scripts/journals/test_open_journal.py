"""Opening a journal by its URL: which one, and what a wrong URL is answered with."""

import subprocess
import sys
from pathlib import Path

import pytest

from callcontrol.scripts.errors import JournalError
from callcontrol.scripts.journals import (
    MemoryJournal,
    PostgresJournal,
    RedisJournal,
    SQLiteJournal,
    open_journal,
)
from callcontrol.scripts.journals._file_systems import refusal
from callcontrol.scripts.journals._server_urls import shown
from tests.journal_servers import Server


def test_memory() -> None:
    """Each time another one."""
    first, second = open_journal("memory:"), open_journal("memory:")
    assert isinstance(first, MemoryJournal)
    assert first is not second


@pytest.mark.parametrize("form", ["{path}", "sqlite:///{path}", "sqlite:///{path}?durable=true"])
def test_sqlite(form: str, folder: Path) -> None:
    """By a path or a URL."""
    path = folder / "calls.sqlite"
    journal = open_journal(form.format(path=path))
    assert repr(journal) == f"SQLiteJournal('{path}')"
    assert isinstance(journal, SQLiteJournal)
    with journal._use() as connection:
        [durable] = connection.execute("PRAGMA synchronous").fetchone()
    assert durable == (2 if "durable" in form else 1)
    journal.close()
    assert path.exists()


def test_a_relative_path(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the working directory at that time."""
    monkeypatch.chdir(folder)
    for url in ("sqlite:///a.sqlite", Path("b.sqlite"), "c"):
        open_journal(url).close()
    assert {"a.sqlite", "b.sqlite", "c"} <= {path.name for path in folder.iterdir()}


def test_servers(postgres: Server, redis_store: Server) -> None:
    """By the URLs that their drivers take."""
    for url, kind in ((postgres.url, PostgresJournal), (redis_store.url, RedisJournal)):
        journal = open_journal(url)
        assert isinstance(journal, kind)
        journal.close()


STORES = (
    "expected a path, or a URL with memory:, sqlite:, postgresql:, postgres:, redis:, rediss:"
    " or unix:"
)
MISTAKES = {
    "": f"open_journal: {STORES}, got ''",
    "memory": f"open_journal: {STORES}, got 'memory'",
    ":memory:": f"open_journal: {STORES}, got ':memory:'",
    "mysql://u:pass@h/db": f"open_journal: {STORES}, got mysql:...",
    "memory:x": "open_journal: expected memory:, got 'memory:x'",
    "sqlite:calls.sqlite": "open_journal: expected sqlite:///calls.sqlite or"
    " sqlite:////var/calls.sqlite, got 'sqlite:calls.sqlite'",
    "sqlite:///a?durable=1": "open_journal: expected no option but durable=true, got 'durable=1'",
    "redis:u:pass@h": "open_journal: expected redis://..., got the journal",
    "postgresql://u:pa ss@h:x/d": "postgresql://h:x/d: expected a URL such as"
    " postgresql://user:password@host/database, got an invalid one; write characters such as @ and"
    " / in the password as %40 and %2F",
    "redis://u:pa/ss@h": "redis://...: expected a URL such as redis://user:password@host:6379/0,"
    " got an invalid one; write characters such as @ and / in the password as %40 and %2F",
    "redis://u:pass@h?bogus=1": "redis://h: expected a URL such as"
    " redis://user:password@host:6379/0, got an invalid one; write characters such as @ and / in"
    " the password as %40 and %2F",
}


@pytest.mark.parametrize(("url", "text"), MISTAKES.items(), ids=range(len(MISTAKES)))
def test_a_wrong_url(url: str, text: str) -> None:
    """Says what is expected, and shows no credentials."""
    with pytest.raises(JournalError) as caught:
        open_journal(url)
    assert str(caught.value) == text
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("postgresql://u:p@h:5432/calls?sslmode=require", "postgresql://h:5432/calls"),
        ("postgresql://u:p@h1:1,h2:2/calls", "postgresql://h1:1,h2:2/calls"),
        ("postgresql://u:1/2@h/calls", "postgresql://..."),
        ("postgresql://u:1#2@h/calls", "postgresql://..."),
        ("postgresql://u:1?2@h/calls", "postgresql://..."),
        ("postgresql://h/calls?password=a@b", "postgresql://..."),
        ("postgresql://u:1@2@h/calls", "postgresql://..."),
        ("redis://:p@[::1]:6379/0", "redis://[::1]:6379/0"),
        ("host=h password=p", "the journal"),
    ],
)
def test_what_is_shown_of_a_url(url: str, text: str) -> None:
    """Only what is certainly no credential."""
    assert shown(url) == text


@pytest.mark.parametrize(
    ("package", "url", "text"),
    [
        ("psycopg", "postgresql://h/d", "PostgresJournal: the package psycopg is not installed;"),
        ("redis", "redis://h", "RedisJournal: the package redis is not installed;"),
    ],
)
def test_a_missing_driver(package: str, url: str, text: str) -> None:
    """The extra is named, and only the journal that needs it fails."""
    program = f"""
import sys
sys.modules[{package!r}] = None
from callcontrol.scripts.journals import open_journal
open_journal("memory:")
open_journal({url!r})
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    last = done.stderr.strip().splitlines()[-1]
    extra = "postgres" if package == "psycopg" else "redis"
    advice = f"pip install 'bxml-callcontrol[{extra}]'"
    assert last == f"callcontrol.scripts.errors.JournalError: {text} {advice}"


MOUNTS = """\
22 1 0:21 / / rw shared:1 - overlay overlay rw
23 22 8:1 / /data rw - ext4 /dev/sda1 rw
24 23 0:40 / /data/net\\040work rw master:3 - nfs4 host:/x rw
25 22 0:41 / /home rw - fuse.sshfs host:/ rw
26 22 0:42 / /dev/shm rw - tmpfs tmpfs rw
"""


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/data/calls", None),
        ("/dev/shm/calls", None),  # noqa: S108 - only a name
        ("/calls", "expected a disk, got the overlay of a container, which ends with it; mount a"),
        ("/data/net work/calls", "expected a local disk, got the network or shared file system"),
        ("/home/calls", "expected a local disk, got the network or shared file system fuse.sshfs"),
    ],
)
def test_file_systems(
    path: str, text: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the longest mount point that holds the path."""
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS)
    monkeypatch.setattr("callcontrol.scripts.journals._file_systems._MOUNTS", mounts)
    found = refusal(Path(path))
    assert (found is None) == (text is None)
    assert text is None or (found or "").startswith(text)
    if text:
        with pytest.raises(JournalError, match="expected a"):
            SQLiteJournal(path)
