"""A certificate for the names of this machine, signed by an authority made for it alone."""

import os
import shutil
import ssl
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp
from weakref import finalize

import trustme

from callcontrol.simulator.errors import SimulatorError

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_DAYS = 90
"""Validity of the certificate; some systems refuse long ones."""


class Certificate:
    """TLS for localhost, the loopback addresses and ``names``.

    The authority's certificate is written to a private temporary directory, which ``remove`` and
    the end of the process delete; its key is never written.

    :raises SimulatorError: for a name that no certificate can hold.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        authority = trustme.CA(organization_name="callcontrol simulator")
        end = datetime.now(UTC) + timedelta(days=_DAYS)
        own = (*_LOOPBACK, *sorted(names))
        try:
            issued = authority.issue_cert(*own, not_after=end, common_name="callcontrol simulator")
        except ValueError as error:
            raise SimulatorError(
                f"tls: expected names that a certificate can hold, {error}"
            ) from None
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        issued.configure_cert(self.context)  # pyright: ignore[reportUnknownMemberType] - pyOpenSSL's
        folder = mkdtemp(prefix="callcontrol-")
        self.authority_file = Path(folder, "authority.pem")
        """The certificate that clients have to trust."""
        authority.cert_pem.write_to_path(str(self.authority_file))
        self.remove = finalize(self, _remove, folder, os.getpid())
        """Deletes the file, in the process that wrote it."""


def _remove(folder: str, process: int) -> None:
    if os.getpid() == process:
        shutil.rmtree(folder, ignore_errors=True)
