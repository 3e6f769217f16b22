"""The members of both clients besides the operations."""

from typing import NoReturn, Self

from callcontrol._frozen import replace
from callcontrol._http.sending import SendOptions
from callcontrol._operations.account import OnAccount
from callcontrol._settings import ClientOptions
from callcontrol._wire.other_names import OtherClientNames


class BaseClient(OnAccount, OtherClientNames):
    """A client of one account."""

    _retried = True
    """Whether failures are repeated here, and not by a session of the user's own."""

    @property
    def account_id(self) -> str:
        """The number of the account."""
        return self._account.account_id

    def with_options(self, *, timeout: float | None = None, max_retries: int | None = None) -> Self:
        """Return a client with another ``timeout`` or other ``max_retries``.

        It shares connections and access token with this one, and closing either closes both. It
        costs about as much as creating a small object, so it may be made for a single request:
        ``client.with_options(timeout=5).hang_up(call_id)``.

        :raises RequestError: for values that the client itself would refuse.
        """
        options = _changed(
            self._account.options, ClientOptions(timeout=timeout, max_retries=max_retries)
        )
        if not self._retried:
            options = replace(options, max_retries=0)
        made = object.__new__(type(self))
        vars(made).update(vars(self), _account=replace(self._account, options=options))
        return made

    def __repr__(self) -> str:
        name = type(self).__name__
        if "_account" not in vars(self):
            return f"<{name}: incomplete>"  # in a traceback of the constructor
        account = self._account
        return f"{name}({account.account_id!r}, base_url={account.host!r}, auth={account.auth!r})"

    def __reduce__(self) -> NoReturn:
        name = type(self).__name__
        raise TypeError(
            f"{name}: a client holds connections and credentials and cannot be pickled or copied; "
            f"make one in each process with {name}.from_env() or {name}(...), for example in the "
            "initializer of the pool"
        )


def _changed(options: SendOptions, changes: ClientOptions) -> SendOptions:
    timeout, retries = changes.timeout, changes.max_retries
    return replace(
        options,
        timeout=options.timeout if timeout is None else float(timeout),
        max_retries=options.max_retries if retries is None else retries,
    )
