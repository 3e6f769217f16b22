"""A server that says yes: 204 to every PUT, a token to every POST. Prints its port, then serves."""

import asyncio
import json

TOKEN = json.dumps({"access_token": "token", "expires_in": 3600, "token_type": "Bearer"}).encode()
NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"
GRANTED = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
    len(TOKEN),
    TOKEN,
)


class Yes(asyncio.Protocol):
    """Reads requests with a Content-Length and answers each at once."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the connection to write to."""
        assert isinstance(transport, asyncio.WriteTransport)
        self.transport = transport
        self.waiting = b""

    def data_received(self, data: bytes) -> None:
        """Answer every request that has arrived whole."""
        self.waiting += data
        while (end := self.waiting.find(b"\r\n\r\n")) >= 0:
            head = self.waiting[:end].lower()
            at = head.find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self.waiting) < end + 4 + length:
                return
            self.waiting = self.waiting[end + 4 + length :]
            self.transport.write(GRANTED if head.startswith(b"post") else NO_CONTENT)


async def main() -> None:
    """Serve until terminated."""
    server = await asyncio.get_running_loop().create_server(Yes, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
