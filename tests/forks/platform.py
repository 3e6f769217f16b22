"""A platform that shows to whom a reply belongs. Prints its port, then serves.

A call's state names the call that was asked for, and the id of a new call comes from its tag.
Tokens take a moment. Reads of calls named ``slow-...`` take a moment too; the first read of each
call named ``retry-...`` is answered with 503. ``GET /log`` says what is under way and what came.
"""

import asyncio
import json
from collections import Counter
from http import HTTPStatus

MOMENT = 0.4
"""Seconds that a token or a slow read takes."""


class Platform:
    """What has come so far."""

    def __init__(self) -> None:
        self.waiting: Counter[str] = Counter()
        self.refused: set[str] = set()
        self.created: Counter[str] = Counter()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests on one connection, one after the other."""
        try:
            while line := await reader.readline():
                method, path, _ = line.decode().split()
                body = await _body(reader)
                status, value = await self.reply(method, path, body)
                writer.write(_rendered(status, value))
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def reply(self, method: str, path: str, body: bytes) -> tuple[HTTPStatus, object]:
        """Return status and JSON value of one reply."""
        name = path.rpartition("/")[2]
        if path == "/log":
            log = {"waiting": self.waiting, "refused": len(self.refused), "created": self.created}
            return HTTPStatus.OK, log
        if path == "/token":
            await self.moment("token")
            return HTTPStatus.OK, {"access_token": "token", "expires_in": 3600}
        if method == "POST":
            tag = json.loads(body)["tag"]
            self.created[tag] += 1
            return HTTPStatus.CREATED, {"callId": f"call-{tag}", "tag": tag}
        if name.startswith("retry-") and name not in self.refused:
            self.refused.add(name)
            return HTTPStatus.SERVICE_UNAVAILABLE, {"description": "try again"}
        if name.startswith("slow-"):
            await self.moment("read")
        return HTTPStatus.OK, {"callId": name, "state": "active"}

    async def moment(self, what: str) -> None:
        """Be busy with something."""
        self.waiting[what] += 1
        try:
            await asyncio.sleep(MOMENT)
        finally:
            self.waiting[what] -= 1


async def _body(reader: asyncio.StreamReader) -> bytes:
    length = 0
    while (line := await reader.readline()) not in (b"\r\n", b""):
        name, _, value = line.decode().partition(":")
        if name.lower() == "content-length":
            length = int(value)
    return await reader.readexactly(length)


def _rendered(status: HTTPStatus, value: object) -> bytes:
    body = json.dumps(value).encode()
    head = f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: application/json\r\n"
    wait = "Retry-After: 1\r\n" if status == HTTPStatus.SERVICE_UNAVAILABLE else ""
    return f"{head}{wait}Content-Length: {len(body)}\r\n\r\n".encode() + body


async def main() -> None:
    """Serve until terminated."""
    server = await asyncio.start_server(Platform().serve, "127.0.0.1", 0, backlog=256)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
