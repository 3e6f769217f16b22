"""Advice about the status of a reply: what a framework usually means by it."""

from collections.abc import Mapping

REPORTS_ONLY = "for a webhook that only reports, a route that answers 204 will do"
_BY_STATUS: Mapping[int, str] = {
    400: "the application cannot read the webhook: its body is JSON, for GET it is the query; "
    "read it with parse_event",
    401: "give the verb the username and password that the application asks for; for the first "
    "webhook --username and --password-env",
    403: "let the route accept requests without a session or CSRF token: the platform has neither",
    404: f"correct the URL in the document, or add a route for it; {REPORTS_ONLY}",
    405: "let the route accept {method}, the method of this webhook, or name another in the verb",
    413: "the application accepts less than the webhook has: raise its limit",
    415: "the body of a webhook is JSON, not a form: read it with parse_event",
    422: "the framework expects other fields than the webhook or its URL has; in FastAPI "
    "webhook(...) takes the event",
    429: "do not limit the rate of the platform's requests",
}
_BY_HUNDRED: Mapping[int, str] = {
    3: "reply with the document itself, as the platform does not follow redirects; a missing or "
    "additional slash at the end of the URL often causes one",
    4: "the application refuses the webhook: its log may say why",
    5: "mend the exception: the log of the application has its traceback",
}
_GATEWAY = range(502, 505)
_FROM_HANDLER = "the handler chooses this status itself: let it reply with a document instead"
_FROM_GATEWAY = (
    "a server in front of the application answers: is the application running, and in time?"
)


def status_advice(status: int | None, method: str, *, is_local: bool = False) -> str:
    """Return the advice for a status outside 200 to 299; empty for one without a meaning.

    No server is in front of an application that ``is_local``: in this process.
    """
    if status is None:
        return ""
    if status in _GATEWAY:
        return _FROM_HANDLER if is_local else _FROM_GATEWAY
    return _BY_STATUS.get(status, _BY_HUNDRED.get(status // 100, "")).format(method=method)
