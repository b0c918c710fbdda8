"""Who visits the site: the same person each time that comes under the same id."""

from dataclasses import dataclass
from random import Random

from trunkline.events.parts import Geo
from trunkline.simulator.chance import pick, stream
from trunkline.simulator.names import FAMILY, GIVEN
from trunkline.simulator.phrases import PHRASES, Phrases
from trunkline.simulator.places import BROWSERS, NETWORKS, PLACES, PROVIDERS, Browser, Place


@dataclass(frozen=True, slots=True)
class Visitor:
    """A person with a browser."""

    id: str
    given: str
    family: str
    email: str
    phrases: Phrases
    geo: Geo | None
    browser: Browser
    customer: int | None
    """The number of a customer whom the site knows."""
    context: str | None


def visitor(account: str, visitor_id: str) -> Visitor:
    draw = stream(account, "visitor", visitor_id)
    given, latin = pick(draw, GIVEN)
    family, latin_family = pick(draw, FAMILY)
    place = pick(draw, PLACES)
    return Visitor(
        id=visitor_id,
        given=given,
        family=family,
        email=f"{latin}.{latin_family}@mail.example",
        phrases=PHRASES[place.language if draw.random() < 0.8 else "en"],
        geo=_geo(place, draw) if draw.random() < 0.97 else None,
        browser=pick(draw, BROWSERS[:-1] if draw.random() < 0.98 else BROWSERS),
        customer=int(draw.random() * 1_000_000) if draw.random() < 0.3 else None,
        context="shop-app" if draw.random() < 0.1 else None,
    )


def _geo(place: Place, draw: Random) -> Geo:
    isp, org = pick(draw, PROVIDERS)
    host = 1 + int(draw.random() * 254)
    six = draw.random() < 0.3
    return Geo(
        ipv4=f"{pick(draw, NETWORKS)}{host}",
        ipv6=f"2001:db8:{host:x}::{host * 257:x}" if six else None,
        country=place.country,
        city=place.city,
        state=place.state,
        org=org,
        isp=isp,
        country_code=place.country_code,
    )
