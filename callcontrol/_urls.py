"""The one place that splits and joins URLs: what an http URL is, its origin, what is loopback."""

from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from urllib.parse import SplitResult, urljoin, urlsplit

_PRIVATE = (".local", ".localhost", ".internal", ".lan")
_PORTS = {"http": 80, "https": 443}


def parts_of(url: str) -> SplitResult:
    """Return the parts of a URL that was checked before."""
    return urlsplit(url)


def base_of(url: str) -> str:
    """Return scheme, host and port of a URL as they are written, without a user."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def host_of(url: str) -> str:
    """Return the host of a URL in lower case, without a final dot; empty if there is none."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""


def port_of(url: str) -> int:
    """Return the port of an http or https URL."""
    parts = urlsplit(url)
    return parts.port or _PORTS[parts.scheme]


@lru_cache(maxsize=1024)
def origin_of(url: str) -> str | None:
    """Return scheme, host and port of an absolute http or https URL, None for anything else."""
    try:
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname or parts.port == 0:
            return None
        return f"{parts.scheme}://{_bracketed(parts)}:{port_of(url)}"
    except ValueError:
        return None


def has_user(url: str) -> bool:
    """Return whether a URL names a user, with or without a password."""
    return "@" in urlsplit(url).netloc


def resolve(base: str, url: str) -> str | None:
    """Return ``url``, absolute or relative to ``base``, as an absolute http or https URL.

    None if it is not one; an empty ``url`` stands for ``base``.
    """
    try:
        return _resolved(base, url)
    except (TypeError, ValueError):  # no text, from code without type checks; or no URL
        return None


@lru_cache(maxsize=1024)
def _resolved(base: str, url: str) -> str | None:
    found = urljoin(base, url)
    return found if origin_of(found) is not None else None


def is_loopback_host(host: str) -> bool:
    """Return whether a host name or an IP address without brackets is this machine."""
    try:
        address = ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


def is_public(url: str) -> bool:
    """Return whether the host of a URL may be reachable from the internet, by its name."""
    host = host_of(url)
    try:
        return ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith(_PRIVATE)


def is_loopback(url: str) -> bool:
    """Return whether a URL leads to this machine, so that nothing crosses a network."""
    return is_loopback_host(host_of(url))


@lru_cache(maxsize=1024)
def shown_url(url: str) -> str:
    """Return a URL without user, query and fragment, which may hold secrets."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "an unreadable URL"
    return f"{parts.scheme}://{_bracketed(parts)}{port}{parts.path}"


def _bracketed(parts: SplitResult) -> str:
    host = parts.hostname or ""
    return f"[{host}]" if ":" in host else host
