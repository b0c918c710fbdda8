"""Whether an event that comes so late that it comes again can still end where it belongs."""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from trunkline.pipeline.catalogue import Catalogue, SessionRules, longest_reach
from trunkline.segments.layout import hour_name

LATE_DROPPED = "late_dropped"
PAST = "past_its_time"


class Obstacle(NamedTuple):
    reason: str
    message: str

    @property
    def is_past(self) -> bool:
        """It would become a session of its own, although it may belong to one."""
        return self.reason == PAST


def obstacles(catalogue: Catalogue, kinds: Iterable[str]) -> Callable[[str, str, int, str], Obstacle | None]:
    """Asked with the event's kind, account and timestamp (epoch ms) and the reason of its dead letter."""
    rules = {kind: catalogue.rules(kind) for kind in kinds}
    known_from = {kind: _known_from(catalogue, kind, its) for kind, its in rules.items()}

    def obstacle(kind: str, account_id: str, timestamp: int, reason: str) -> Obstacle | None:
        its = rules.get(kind, {}).get(account_id)
        if reason == LATE_DROPPED and its and its.drop_late:
            return Obstacle(LATE_DROPPED, "the account drops late events")
        if timestamp < known_from.get(kind, 0):
            since = hour_name(known_from[kind])
            return Obstacle(PAST, f"timestamp: what was published before {since} is past its time")
        return None

    return obstacle


def _known_from(catalogue: Catalogue, kind: str, rules: Mapping[str, SessionRules]) -> int:
    """From then on events find the sessions that they belong to, epoch ms."""
    kept_from = catalogue.kept_from(kind)
    # A session within reach of the event may have begun as long before as another reach.
    return 0 if kept_from is None else kept_from + 2 * longest_reach(rules.values())
