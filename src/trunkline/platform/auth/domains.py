"""Where the services of an account are: all at the platform's one public address. Pure."""

from collections.abc import Iterable
from urllib.parse import urlsplit

SERVICES = ("accountConfigReadOnly", "accountConfigReadWrite", "agentVep", "sentinel")
"""What this platform serves of the published service names. The Data Access API has none: its host is the public address."""


def base_uris(account_id: str, public_url: str, services: Iterable[str] = SERVICES) -> list[dict[str, str]]:
    """Each of these services that there is. The answer is the same for every account, so it tells of none whether it exists."""
    host = urlsplit(public_url).netloc
    return [
        {"service": service, "account": account_id, "baseURI": host}
        for service in dict.fromkeys(services)
        if service in SERVICES
    ]
