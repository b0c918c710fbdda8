"""Who sends a batch: a key, and with a publishable one the browser that holds it."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import NamedTuple
from urllib.parse import parse_qs

from trunkline.collector.keys import WriteKey
from trunkline.collector.refusal import RequestRefused

LONGEST_USER_AGENT = 1024


@dataclass(frozen=True)
class Browser:
    """A visitor's browser, as the collector itself sees it."""

    address: str
    user_agent: str | None
    sent_at: int | None
    """When it sent the batch, by its own clock (epoch ms)."""


@dataclass(frozen=True)
class Sender:
    key: WriteKey
    browser: Browser | None = None
    """Of a publishable key only."""


def parse_address(text: str) -> IPv4Address | IPv6Address | None:
    """IPv4 where it is written as IPv6, too; None for what is no address."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def neighbourhood(address: str) -> str:
    """Who shares a limit: one IPv4 address, or the 64 bits of IPv6 out of which one subscriber chooses as it likes."""
    parsed = parse_address(address)
    return parsed.packed[:8].hex() if isinstance(parsed, IPv6Address) else str(parsed)


class Query(NamedTuple):
    """What stands in the address that a page sends to: it cannot choose headers."""

    key: str
    sent_at: int | None


def parse_query(query: bytes) -> Query:
    """Raises `RequestRefused`."""
    try:
        members = parse_qs(query.decode("ascii"), max_num_fields=10)
        sent_at = members.get("sentAt", [""])[0]
        return Query(members.get("key", [""])[0], int(sent_at) if sent_at else None)
    except ValueError:
        message = "expected ?key= and a key's token, &sentAt= and epoch milliseconds"
        raise RequestRefused(400, "malformed_query", message, field="sentAt") from None


def user_agent_of(headers: dict[bytes, bytes]) -> str | None:
    """None where the browser does not say."""
    return headers.get(b"user-agent", b"").decode("latin-1").strip()[:LONGEST_USER_AGENT] or None
