"""Which addresses of remote places are safe to speak to."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from trunkline.store.contract import UnusableStore


def require_tls(endpoint: str, variable: str) -> None:
    """Raises `UnusableStore` for an address at which keys and data would travel in clear."""
    parts = urlsplit(endpoint)
    if parts.username or parts.password or not parts.hostname or parts.scheme not in ("http", "https"):
        raise UnusableStore(f"{variable}: expected an address such as https://storage.example.com")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise UnusableStore(
            f"{variable}: {endpoint} is not https; in clear only this machine itself is spoken to"
        )


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
