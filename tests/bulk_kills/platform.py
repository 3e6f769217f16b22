"""A platform that counts the documents of each call. Prints its port, then serves.

    python -m tests.bulk_kills.platform [SECONDS_PER_REPLY]

``GET /log`` says how often each call was given a document. Every call is answered; the list of
calls is empty.
"""

import asyncio
import json
import sys
from collections import Counter
from http import HTTPStatus
from urllib.parse import urlsplit


class Counting:
    """Counts the changes that arrived."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.changes: Counter[str] = Counter()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests on one connection, one after the other."""
        try:
            while line := await reader.readline():
                method, target, _ = line.decode().split()
                await _body(reader)
                status, value = await self.reply(method, urlsplit(target).path)
                writer.write(_rendered(status, value))
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def reply(self, method: str, path: str) -> tuple[HTTPStatus, object]:
        """Return status and JSON value of one reply."""
        if path == "/log":
            return HTTPStatus.OK, self.changes
        if path.endswith("/calls"):
            return HTTPStatus.OK, []
        call_id = path.removesuffix("/bxml").rpartition("/")[2]
        if method == "GET":
            return HTTPStatus.OK, {"callId": call_id, "state": "answered"}
        self.changes[call_id] += 1
        await asyncio.sleep(self.seconds)
        return HTTPStatus.NO_CONTENT, None


async def _body(reader: asyncio.StreamReader) -> bytes:
    length = 0
    while (line := await reader.readline()) not in (b"\r\n", b""):
        name, _, value = line.decode().partition(":")
        if name.lower() == "content-length":
            length = int(value)
    return await reader.readexactly(length)


def _rendered(status: HTTPStatus, value: object) -> bytes:
    body = b"" if value is None else json.dumps(value).encode()
    length = f"Content-Length: {len(body)}\r\n" if body else ""
    head = f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: application/json\r\n"
    return f"{head}{length}\r\n".encode() + body


async def main() -> None:
    """Serve until terminated."""
    counting = Counting(float(sys.argv[1]) if len(sys.argv) > 1 else 0.0)
    server = await asyncio.start_server(counting.serve, "127.0.0.1", 0, backlog=256)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
