"""Proxies and certificates that the environment names, as requests reads them."""

from functools import lru_cache
from pathlib import Path
from ssl import SSLContext

import requests
from requests.utils import DEFAULT_CA_BUNDLE_PATH, select_proxy
from urllib3.util.ssl_ import create_urllib3_context

from callcontrol._frozen import frozen


@frozen
class Environment:
    """How to reach a host."""

    proxy: str | None
    context: SSLContext | None
    """None for http."""


def server_of(url: str) -> str:
    """Return scheme, host and port of a URL as they are written: what settings depend on."""
    return "/".join(url.split("/", 3)[:3])


def environment_of(url: str) -> Environment:
    """Return how to reach the host of a URL.

    :raises OSError: if the certificates do not exist.
    """
    with requests.Session() as session:
        merged = session.merge_environment_settings(url, {}, stream=True, verify=None, cert=None)
    proxy = select_proxy(url, merged["proxies"])
    if not url.lower().startswith("https:"):
        return Environment(proxy, None)
    bundle = merged["verify"]
    return Environment(
        proxy, _context(bundle if isinstance(bundle, str) else DEFAULT_CA_BUNDLE_PATH)
    )


@lru_cache(maxsize=8)
def _context(bundle: str) -> SSLContext:
    context = create_urllib3_context()
    if Path(bundle).is_dir():
        context.load_verify_locations(capath=bundle)
    else:
        context.load_verify_locations(cafile=bundle)
    return context
