"""Sends a request once with requests.

It is independent of calls, credentials and retries: it performs a ``Send`` and returns an
``ApiReply`` of any status, or a ``NoReply``.
"""

from collections.abc import Mapping
from time import monotonic
from typing import TYPE_CHECKING, Any, cast

import requests
from requests.cookies import RequestsCookieJar
from requests.structures import CaseInsensitiveDict
from requests.utils import default_user_agent
from urllib3 import exceptions as lower

from bxml._decompress import ACCEPTED
from callcontrol._fork import renewed_in_children
from callcontrol._http.adapter import OwnAdapter
from callcontrol._http.after_fork import renew_session
from callcontrol._http.bounds import read_body, reading_hook, save_body
from callcontrol._http.environment import server_of
from callcontrol._http.exchange import FAILURES, ApiReply, NoReply
from callcontrol._http.failures import diagnose
from callcontrol._http.frames import without_library_frames
from callcontrol._http.steps import Send
from callcontrol._secret import SecretText

if TYPE_CHECKING:
    from urllib3.util.retry import RequestHistory

_CODINGS: Mapping[str, str] = {"Accept-Encoding": ACCEPTED}


def _headers(session: requests.Session) -> Mapping[str, str]:
    """Return the headers that a session adds to every request."""
    named = session.headers.items()
    texts = {name: value if isinstance(value, str) else value.decode() for name, value in named}
    # Other codings cannot be decompressed within a size limit.
    return texts if texts.get("Accept-Encoding") == "identity" else {**texts, **_CODINGS}


def _own_session() -> requests.Session:
    session = requests.Session()
    del session.headers["Connection"]  # kept open by default, since HTTP/1.1
    session.headers["User-Agent"] = f"bxml-callcontrol {default_user_agent()}"
    adapter = OwnAdapter()
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session


class RequestsTransport:
    """Keeps connections open and sends requests; threads may share it.

    Connecting, sending, and receiving and decompressing the whole reply each end within the
    timeout of the step, however slowly bytes arrive (the operating system limits name resolution).
    A reply has at most ``max_reply`` bytes of its policy, as received and decompressed.

    A ``session`` is used unchanged: with its proxies, certificates, headers, hooks and adapters,
    and their retries. Its replies have the same limits, but the time restarts after the head.

    Errors contain no stack frames of the HTTP libraries, whose local variables hold the
    credentials.
    """

    def __init__(self, session: requests.Session | None = None) -> None:
        self._own = session is None
        self.session = _own_session() if session is None else session
        self._headers = _headers(self.session)
        self._settings: dict[str, dict[str, Any]] = {}
        renewed_in_children(self)

    def renew_after_fork(self) -> None:
        """Drop the parent's connections, those of a user's session too."""
        renew_session(self.session)

    def send(self, step: Send) -> ApiReply | NoReply:
        """Return the reply, or why there is none."""
        try:
            return self._own_reply(step) if self._own else self._session_reply(step)
        except (requests.RequestException, lower.HTTPError, OSError, ValueError) as error:
            if isinstance(error, requests.RequestException):
                error.request = None  # its headers hold the credentials
            return NoReply(diagnose(error), without_library_frames(error))
        except BaseException as error:  # noqa: BLE001 - raised again
            raise without_library_frames(error)  # noqa: B904 - it is the same error

    def close(self) -> None:
        """Close the connections, except those of a user's session."""
        if self._own:
            self.session.close()

    def _own_reply(self, step: Send) -> ApiReply:
        """Return the reply of the adapter.

        ``Session.send`` would follow redirects, with the credentials, and look for cookies, which
        the platform never sets.
        """
        request = step.request
        prepared = self._prepared(step)
        prepared.headers = cast("CaseInsensitiveDict[str]", self._all_headers(step))
        adapter = self.session.get_adapter(request.url)
        response = adapter.send(prepared, timeout=step.timeout, **self._environment(request.url))
        raw = response.raw
        if (target := request.target_for(response.status_code)) is not None:
            save_body(raw, target, step.timeout)
            return ApiReply(request.line, response.status_code, response.headers, b"")
        deadline: float | None = getattr(raw.connection, "deadline", None)
        if deadline is None:  # the connection of a SOCKS proxy
            deadline = monotonic() + step.timeout
        body = read_body(raw, request.policy.max_reply, deadline)
        return ApiReply(request.line, response.status_code, response.headers, body)

    def _session_reply(self, step: Send) -> ApiReply:
        request, session = step.request, self.session
        prepared = self._prepared(step)
        prepared.headers = CaseInsensitiveDict(self._all_headers(step))
        own = reading_hook(request, step.timeout)
        theirs = session.hooks.get("response") or []  # requests takes a function, or several
        prepared.hooks = {"response": [own, *([theirs] if callable(theirs) else theirs)]}
        # requests reads it when a reply is a redirect.
        vars(prepared)["_cookies"] = RequestsCookieJar()
        response = session.send(
            prepared,
            timeout=step.timeout,
            allow_redirects=False,
            **self._environment(request.url),
        )
        body = response.content or b""
        retries = getattr(response.raw, "retries", None)
        doubtful = retries is not None and _may_have_acted(retries.history)
        return ApiReply(request.line, response.status_code, response.headers, body, doubtful)

    def _environment(self, url: str) -> dict[str, Any]:
        """Return proxies and certificates for the host, cached because reading them is slow."""
        server = server_of(url)
        cached = self._settings.get(server)
        if cached is None:
            merged = self.session.merge_environment_settings(
                server, {}, stream=True, verify=None, cert=None
            )
            cached = self._settings[server] = dict(merged)
        return cached

    def _prepared(self, step: Send) -> requests.PreparedRequest:
        """Return the request without headers, without the slow steps of ``prepare_request``."""
        prepared = requests.PreparedRequest()
        prepared.method = step.request.method
        prepared.url = step.request.url
        prepared.body = step.request.body
        return prepared

    def _all_headers(self, step: Send) -> dict[str, str]:
        request = step.request
        headers = {**self._headers, **request.headers}
        headers["Authorization"] = SecretText(step.authorization.reveal())
        if request.body is not None:
            headers["Content-Length"] = str(len(request.body))
        return headers


def _may_have_acted(history: "tuple[RequestHistory, ...]") -> bool:
    """Return whether an attempt that a user's adapter repeated may have been carried out."""
    return any(
        attempt.status in FAILURES or (attempt.error is not None and diagnose(attempt.error).sent)
        for attempt in history
    )
