"""A visit while it goes on: where the visitor is, what lies in the cart, which campaigns were met."""

from random import Random
from typing import Any

from trunkline.events.envelope import Event
from trunkline.events.parts import ControlGroup
from trunkline.simulator.offers import Offer
from trunkline.simulator.shop import Item, Page
from trunkline.simulator.site import Site
from trunkline.simulator.track import Track
from trunkline.simulator.visitor import Visitor


class Visit:
    """Its events go to `track`, at the instant `now` (epoch ms), which whoever makes time pass moves on."""

    __slots__ = (
        "achieved",
        "cart",
        "draw",
        "group",
        "met",
        "now",
        "page",
        "pages",
        "site",
        "track",
        "visitor",
    )

    def __init__(
        self, site: Site, visitor: Visitor, track: Track, draw: Random, start: int, group: ControlGroup
    ) -> None:
        self.site = site
        self.visitor = visitor
        self.track = track
        self.draw = draw
        self.now = start
        self.group = group
        self.page: Page = site.shop.pages["home"][0]
        self.pages = 0
        self.cart: list[Item] = []
        self.met: dict[int, Offer] = {}
        self.achieved: set[int] = set()

    def add(self, kind: type[Event], **said: Any) -> None:
        self.track.add(kind, self.now, **said)
        self.now = self.track.last

    def wait(self, least: int, most: int) -> None:
        """So many milliseconds pass."""
        self.now += least + int(self.draw.random() * (most - least))
