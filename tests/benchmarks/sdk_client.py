# pyright: basic, reportMissingImports=false
"""The vendor's client, pointed at a loopback server."""

from collections.abc import Callable

import bandwidth

__all__ = ["pusher"]


def pusher(base: str, call_id: str, document: str) -> Callable[[], object]:
    """Return a function that pushes the document once."""
    configuration = bandwidth.Configuration(
        access_token="token", host=f"{base}/api/v2", server_operation_index={}
    )
    configuration.ignore_operation_servers = True
    configuration.connection_pool_maxsize = 32
    api = bandwidth.CallsApi(bandwidth.ApiClient(configuration))
    return lambda: api.update_call_bxml("9900000", call_id, document, _host_index=0)
