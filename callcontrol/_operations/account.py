"""The account that the operations of one client share, with its host and its credentials."""

from http import HTTPStatus

from callcontrol import _basic_end
from callcontrol._frozen import frozen, replace
from callcontrol._http import retry
from callcontrol._http.exchange import ApiReply, ApiRequest
from callcontrol._http.replies import refusal
from callcontrol._http.sending import SendOptions, sent
from callcontrol._http.steps import Routine
from callcontrol._requests import segment
from callcontrol._settings import ClientSettings, address_hint, elsewhere_hint
from callcontrol.auth import Auth, auth_for
from callcontrol.errors import CallControlError


@frozen
class ApiAccount:
    """An account of the platform, and how requests are sent to it."""

    account_id: str
    host: str
    """The base URL without a slash at its end."""
    url: str
    """The URL of the account."""
    endpoints_host: str
    """As ``host``, for the operations on endpoints."""
    auth: Auth
    options: SendOptions
    basic_ends: bool
    """Whether the vendor ends the kind of credentials that is used."""

    def call(self, request: ApiRequest) -> Routine[ApiReply]:
        """Return the reply to a request that succeeded; renew the token once if it was refused."""
        header = yield from self.auth.header(self.options)
        reply = yield from sent(request, header, self.options)
        if reply.status == HTTPStatus.UNAUTHORIZED and self.auth.renew(header):
            header = yield from self.auth.header(self.options)
            again = yield from sent(request, header, self.options)
            reply = replace(again, doubtful=again.doubtful or reply.doubtful)
        if reply.succeeded or (reply.doubtful and reply.status in request.settled):
            return reply
        raise self._refusal(request, reply)

    def _refusal(self, request: ApiRequest, reply: ApiReply) -> CallControlError:
        now = self.options.clock.now()
        ends = self.basic_ends and reply.status == HTTPStatus.UNAUTHORIZED
        elsewhere = elsewhere_hint(self.host, reply.status)
        hint = _basic_end.announcement(now) if ends else elsewhere
        return refusal(request, reply, (*self.auth.secrets, *request.secrets), now, hint)


class OnAccount:
    """Base of the classes that define operations."""

    _account: ApiAccount


def account_of(settings: ClientSettings, *, retried: bool = True) -> ApiAccount:
    """Return the account that the settings describe.

    ``retried``: whether requests are repeated here, and not by a session of the user's own.
    """
    clock = retry.SYSTEM
    basic_ends = settings.username is not None and _basic_end.is_vendor(settings.host)
    if basic_ends:
        _basic_end.warn_once(clock.now())
    retries = settings.max_retries if retried else 0
    hint = address_hint(settings.base_url)
    options = SendOptions(float(settings.timeout), retries, clock, hint)
    return ApiAccount(
        settings.account_id,
        settings.host,
        f"{settings.host}/accounts/{segment(settings.account_id)}",
        settings.endpoints_host,
        auth_for(settings),
        options,
        basic_ends,
    )
