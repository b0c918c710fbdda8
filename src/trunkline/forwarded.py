"""Who is calling, when proxies may stand in between."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address


def client_address(peer: str, forwarded_for: str, trusted: Sequence[IPv4Network | IPv6Network]) -> str:
    """The address of the caller: the last one that no trusted proxy has vouched away.

    `peer` is the other end of the connection, `forwarded_for` the value of X-Forwarded-For ("" where there is none).
    Each proxy appends the address it saw, so the list is read from its end for as long as the speaker is trusted;
    what an untrusted caller wrote into it is never believed.
    """
    address = peer
    for claimed in reversed([part.strip() for part in forwarded_for.split(",") if part.strip()]):
        if not _is_trusted(address, trusted) or not _is_address(claimed):
            break
        address = claimed
    return address


def may_scrape(peer: str, *, forwarded: bool, trusted: Sequence[IPv4Network | IPv6Network]) -> bool:
    """May the other end of the connection read the measures: this machine and trusted networks, and only directly.

    `forwarded`: was there an X-Forwarded-For or a Forwarded? Behind a proxy that is not listed as trusted, the whole world
    seems to come from this machine.
    """
    return not forwarded and (_is_loopback(peer) or _is_trusted(peer, trusted))


def _is_loopback(text: str) -> bool:
    return _is_address(text) and ip_address(text).is_loopback


def _is_trusted(address: str, trusted: Sequence[IPv4Network | IPv6Network]) -> bool:
    return _is_address(address) and any(ip_address(address) in network for network in trusted)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
