"""A real server for the application of a test, on a free port."""

from collections.abc import Generator
from contextlib import contextmanager
from threading import Thread
from wsgiref.simple_server import WSGIRequestHandler, make_server
from wsgiref.types import WSGIApplication

__all__ = ["served"]


class _Quiet(WSGIRequestHandler):
    """Writes no log."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Do nothing."""


@contextmanager
def served(app: WSGIApplication, *, port: int = 0) -> Generator[str, None, None]:
    """Serve a WSGI application as long as the block runs, and give its origin."""
    with make_server("127.0.0.1", port, app, handler_class=_Quiet) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
