"""The site of a centre, as its visitors meet it."""

from dataclasses import dataclass
from random import Random

from trunkline.simulator.chance import identity, stream
from trunkline.simulator.desk import Desk
from trunkline.simulator.shop import Shop
from trunkline.simulator.track import Track
from trunkline.simulator.visitor import Visitor


@dataclass(frozen=True, eq=False)
class Site:
    """What a visit needs to know of the centre."""

    seed: int
    account: str
    shop: Shop
    desk: Desk
    session_ids: bool
    """The site may give visits their ids."""

    def draw(self, *key: object) -> Random:
        """Chance of one visitor's day or conversation."""
        return stream(self.seed, self.account, *key)

    def identity(self, *key: object) -> str:
        return identity(self.seed, self.account, *key)

    def track(self, visitor: Visitor, prefix: str) -> Track:
        """Where a visitor's events are written."""
        return Track(prefix, account_id=self.account, visitor_id=visitor.id, context_id=visitor.context)
