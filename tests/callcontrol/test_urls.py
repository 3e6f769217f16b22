"""What is a URL, an origin and loopback is decided in one place."""

from typing import Any

import pytest

from callcontrol._urls import has_user, is_loopback, resolve, shown_url

BASE = "https://app.test/voice/start?x=1"


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("", BASE),
        ("/next", "https://app.test/next"),
        ("next", "https://app.test/voice/next"),
        ("?y=2", "https://app.test/voice/start?y=2"),
        ("//other.test/a", "https://other.test/a"),
        ("HTTP://other.test", "HTTP://other.test"),
        ("ftp://app.test/a", None),
        ("mailto:a@app.test", None),
        ("http://", None),
        ("http://[::1/a", None),
        ("//app.test:99999/", None),
        ("//app.test:0/", None),
        (7, None),
        ([], None),
    ],
)
def test_relative_urls(url: Any, found: str | None) -> None:  # noqa: ANN401 - unchecked callers
    """The result is an absolute http URL or None, never an exception."""
    assert resolve(BASE, url) == found


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://localhost.:80/", True),
        ("http://[::ffff:127.0.0.1]/", True),
        ("http://localhost.example/", False),
        ("http://127.0.0.1.example/", False),
        ("http://10.0.0.1/", False),
        ("http://[::1/", False),
        ("", False),
    ],
)
def test_loopback(url: str, *, local: bool) -> None:
    """Names below localhost and loopback addresses of both families, nothing that looks similar."""
    assert is_loopback(url) is local


def test_addresses_keep_their_brackets() -> None:
    """A port after an IPv6 address can be told from the address."""
    assert shown_url("http://[::1]:8080/a?b") == "http://[::1]:8080/a"


def test_users_are_found() -> None:
    """With and without a password."""
    assert has_user("http://u@app.test/")
    assert has_user("http://u:p@app.test/")
    assert not has_user("http://app.test/@")
