"""The error tree: one class per status, exact texts, nothing secret."""

import pickle

import pytest

import callcontrol.errors
from bxml.errors import Problem
from callcontrol.errors import (
    STATUS_ERRORS,
    ApiError,
    AuthenticationError,
    CallControlError,
    ClientError,
    EventError,
    Explanation,
    OutcomeUnknownError,
    RateLimitError,
    ReplyError,
    RequestError,
    RequestLine,
    ServerError,
    TokenError,
    TransportError,
    error_class,
)

CALL = RequestLine("GET", "https://voice.example/api/v2/accounts/55/calls/c-1?x=y")
CALLS = RequestLine("POST", "https://voice.example/api/v2/accounts/55/calls")
SILENT = Explanation()
WHERE = "GET /api/v2/accounts/55/calls/c-1"
VALIDATION = Explanation("validation", "Call [c-1] not found", "7a1")


def _api(status: int, said: Explanation = SILENT, retry_after: float | None = None) -> ApiError:
    return error_class(status)(CALL, status, said, retry_after)


def test_a_long_address_is_cut() -> None:
    """An id of a megabyte does not make an error of a megabyte."""
    line = RequestLine("GET", f"https://voice.example/calls/{'c' * 1_000_000}")
    assert str(line).endswith("ccc...")
    assert len(str(line)) < 400


TEXTS: list[tuple[CallControlError, str]] = [
    (
        _api(400, Explanation("validation", "Invalid to: must be an E164 telephone number")),
        f"{WHERE}: 400 validation: Invalid to: must be an E164 telephone number",
    ),
    (_api(400), f"{WHERE}: 400 Bad Request"),
    (
        _api(401, Explanation("authentication-error", "Unauthorized")),
        f"{WHERE}: 401 authentication-error: Unauthorized; {AuthenticationError.advice}",
    ),
    (_api(402), f"{WHERE}: 402 Payment Required; add credit to the account"),
    (
        _api(403, Explanation("authorization-error", "Access is denied")),
        (
            f"{WHERE}: 403 authorization-error: Access is denied; check the account id, and that "
            "the credential has the voice role"
        ),
    ),
    (
        _api(404, VALIDATION),
        (
            f"{WHERE}: 404 validation: Call [c-1] not found (id 7a1); it is unknown, over, of "
            "another account, or too new to be visible; callcontrol list shows the calls"
        ),
    ),
    (_api(405), f"{WHERE}: 405 Method Not Allowed; check base_url"),
    (
        _api(409, Explanation("validation", "cannot be modified in its current state", "")),
        (
            f"{WHERE}: 409 validation: cannot be modified in its current state; the call is not "
            "answered yet, or over"
        ),
    ),
    (_api(415), f"{WHERE}: 415 Unsupported Media Type; check base_url"),
    (_api(429), f"{WHERE}: 429 Too Many Requests; {RateLimitError.advice}"),
    (
        _api(429, Explanation("error", "Account concurrent call limit exceeded"), 2.5),
        f"{WHERE}: 429 error: Account concurrent call limit exceeded; retry after 2.5 seconds",
    ),
    (_api(401, retry_after=30.0), f"{WHERE}: 401 Unauthorized; retry after 30 seconds"),
    (_api(500), f"{WHERE}: 500 Internal Server Error"),
    (_api(503, retry_after=0.0), f"{WHERE}: 503 Service Unavailable; retry after 0 seconds"),
    (_api(418), f"{WHERE}: 418 I'm a Teapot"),
    (_api(599), f"{WHERE}: 599 without an explanation"),
    (_api(302), f"{WHERE}: 302 Found"),
    (
        _api(400, Explanation("a\nb", "forged\r\nINFO all is well" + "x" * 400)),
        f"{WHERE}: 400 a b: forged  INFO all is well{'x' * 276}...",
    ),
    (
        TransportError(CALL, "expected a connection, got connection refused"),
        f"{WHERE}: expected a connection, got connection refused",
    ),
    (
        OutcomeUnknownError(CALLS, "expected success, got a failure", 500, "look first"),
        "POST /api/v2/accounts/55/calls: expected success, got a failure (status 500); look first",
    ),
    (
        ReplyError(CALL, "expected a JSON object, got HTML", 200),
        f"{WHERE}: expected a JSON object, got HTML (status 200)",
    ),
    (
        TokenError(RequestLine("POST", "https://api.example/token"), "expected a token", 400),
        "POST /token: expected a token (status 400)",
    ),
    (
        RequestError([Problem.at("create_call.to", "x", "expected a number, got 'y'")]),
        "create_call.to: expected a number, got 'y'",
    ),
    (
        RequestError([Problem.at("a", "x", "expected b", hint="try c"), Problem.at("d", "x", "e")]),
        "2 problems\n  a: expected b; try c\n  d: e",
    ),
]


@pytest.mark.parametrize(("error", "text"), TEXTS)
def test_text(error: CallControlError, text: str) -> None:
    """Each error reads as promised: where, what was expected, what came, what to do."""
    assert str(error) == text


@pytest.mark.parametrize(("error", "text"), TEXTS)
def test_pickled(error: CallControlError, text: str) -> None:
    """An error survives the way out of a worker process."""
    restored = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert type(restored) is type(error)
    assert str(restored) == text
    assert restored.args == error.args


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (400, "BadRequestError"),
        (401, "AuthenticationError"),
        (402, "PaymentRequiredError"),
        (403, "ForbiddenError"),
        (404, "NotFoundError"),
        (405, "MethodNotAllowedError"),
        (409, "ConflictError"),
        (415, "UnsupportedMediaTypeError"),
        (429, "RateLimitError"),
        (500, "InternalServerError"),
        (503, "ServiceUnavailableError"),
        (418, "ClientError"),
        (502, "ServerError"),
        (302, "ApiError"),
        (199, "ApiError"),
    ],
)
def test_class_of_status(status: int, name: str) -> None:
    """Every status of the vendor's catalogue has its class; others fall to the base."""
    assert error_class(status).__name__ == name


def test_bases() -> None:
    """4xx are client errors, 5xx server errors, all of them API errors."""
    for status, kind in STATUS_ERRORS.items():
        assert issubclass(kind, ClientError if status < 500 else ServerError)
        assert issubclass(kind, ApiError)


def test_values_are_value_errors() -> None:
    """Bad arguments and bad webhooks can be caught as ValueError too."""
    assert issubclass(RequestError, ValueError)
    assert issubclass(EventError, ValueError)
    assert not issubclass(ApiError, ValueError)


def test_unknown_outcome_is_no_transport_error() -> None:
    """A handler that repeats after TransportError cannot repeat a call by accident."""
    assert not issubclass(OutcomeUnknownError, TransportError | ApiError)


def test_fields() -> None:
    """An API error carries every fact of the reply."""
    error = _api(404, VALIDATION, 3.0)
    assert (error.status, error.type, error.description) == (404, *_texts())
    assert (error.error_id, error.retry_after, error.request) == ("7a1", 3.0, CALL)


def _texts() -> tuple[str, str]:
    return "validation", "Call [c-1] not found"


def test_cause() -> None:
    """The lower error is kept."""
    lower = OSError("reset")
    error = TransportError(CALL, "expected a reply, got none")
    assert error.cause is None
    error.__cause__ = lower
    assert error.cause is lower


def test_all_is_complete() -> None:
    """Every error class of the module is public, and its docstring's tree names it."""
    tree = callcontrol.errors.__doc__ or ""
    for name, value in vars(callcontrol.errors).items():
        if isinstance(value, type) and issubclass(value, CallControlError) and name[0] != "_":
            assert name in callcontrol.errors.__all__
            assert name == "CallControlError" or f"─ {name} " in f"{tree} "
