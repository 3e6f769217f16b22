"""The receiving half of a connection: up to a number of bytes, and up to a deadline."""

import io
import socket
from collections.abc import Iterator
from http.client import ResponseNotReady
from time import monotonic

import pytest

from callcontrol._http.bounds import LargeReply
from callcontrol._http.connection import Connection, SecureConnection, _DeadlineReader
from callcontrol._http.exchange import MAX_REPLY
from tests.waiting import PATIENCE

Pair = tuple[_DeadlineReader, socket.socket, io.RawIOBase]


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Yield a reader, the other end of its connection, and the file that it reads from."""
    here, there = socket.socketpair()
    with here, there:
        here.settimeout(PATIENCE)
        raw = here.makefile("rb", buffering=0)
        assert isinstance(raw, io.RawIOBase)
        yield _DeadlineReader(raw, here), there, raw


def test_just_as_many_bytes_as_permitted(pair: Pair) -> None:
    """One more is a reply that is too large."""
    reader, there, _ = pair
    assert reader.left == MAX_REPLY
    reader.left = 4
    there.sendall(b"abcd")
    assert reader.readinto(bytearray(4)) == 4
    assert reader.left == 0
    there.sendall(b"e")
    with pytest.raises(LargeReply):
        reader.readinto(bytearray(4))


def test_the_end_of_a_connection(pair: Pair) -> None:
    """It is known after nothing was received, not after something was."""
    reader, there, raw = pair
    there.sendall(b"abcd")
    there.close()
    assert not reader.ended
    assert (reader.readinto(bytearray(8)), reader.ended) == (4, False)
    assert (reader.readinto(bytearray(8)), reader.ended) == (0, True)
    reader.close()
    assert raw.closed


def test_a_deadline_that_has_passed(pair: Pair) -> None:
    """What has arrived since is not read, until the deadline is renewed."""
    reader, there, _ = pair
    there.sendall(b"abcd")
    reader.renew_deadline(-1)
    with pytest.raises(TimeoutError, match="the reply took too long"):
        reader.readinto(bytearray(4))
    reader.renew_deadline(PATIENCE)
    assert reader.readinto(bytearray(4)) == 4


@pytest.mark.parametrize("kind", [Connection, SecureConnection])
@pytest.mark.parametrize("timeout", [90, 90.5])
def test_the_deadline_of_a_reply(kind: type[Connection], timeout: float) -> None:
    """It is the timeout of the connection from the moment at which the request was sent."""
    connection = kind("127.0.0.1", timeout=timeout)
    before = monotonic()
    with pytest.raises(ResponseNotReady):
        connection.getresponse()
    assert 0 <= connection.deadline - before - timeout < 80
