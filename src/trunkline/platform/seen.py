"""From where a request comes, as both logs keep it."""

from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

from trunkline.forwarded import client_address
from trunkline.platform.actors import Originator

REQUEST_ID = "trunkline.request_id"
"""Where the middleware leaves the id of a request, among its META."""

MAX_USER_AGENT = 300


@dataclass(frozen=True)
class Seen:
    """What the platform saw itself; the user agent is what the caller says of it."""

    address: str = ""
    user_agent: str = ""
    request_id: str = ""

    def originator(
        self,
        auth_type: str,
        *,
        name: str = "",
        login_name: str = "",
        employee_id: str = "",
        profiles: tuple[str, ...] = (),
    ) -> Originator:
        """The trail's words for somebody who asks from here."""
        return Originator(
            name=name,
            login_name=login_name,
            employee_id=employee_id,
            profiles=profiles,
            user_agent=self.user_agent,
            auth_type=auth_type,
            address=self.address,
            request_id=self.request_id,
        )

    @property
    def network(self) -> str:
        """The address as it is counted: of IPv6 the 64 bits that one customer of a provider has at least."""
        try:
            address = ip_address(self.address)
        except ValueError:
            return self.address
        if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
            return str(ip_network((address, 64), strict=False))
        return str(address.ipv4_mapped if isinstance(address, IPv6Address) else address)


def seen_in(request: HttpRequest) -> Seen:
    """From where this request comes."""
    agent = request.headers.get("User-Agent", "")[:MAX_USER_AGENT]
    return Seen(
        address=address_of(request),
        user_agent="".join(character if character.isprintable() else "?" for character in agent),
        request_id=str(request.META.get(REQUEST_ID, "")),
    )


def address_of(request: HttpRequest) -> str:
    """The caller's address; what proxies say of it counts only if they are listed."""
    peer, forwarded = str(request.META.get("REMOTE_ADDR", "")), request.headers.get("X-Forwarded-For", "")
    return client_address(peer, forwarded, settings.TRUNKLINE.trusted_proxies)
