"""What a page or an export of the trail is asked for: one question, in the query of the address."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from trunkline.platform.audit.asked import Asked
from trunkline.platform.audit.component_types import COMPONENTS
from trunkline.platform.audit.filters import Filter

NAMES = ("from", "to", "type", "object", "element", "actor", "action")


@dataclass(frozen=True)
class Question(Asked):
    """The published question, and what only the console asks besides."""

    object_id: str = ""
    element: str = ""
    action: str = ""

    @property
    def filter(self) -> Filter:
        return replace(
            super().filter,
            object_id=self.object_id,
            element=self.element,
            actions=frozenset({self.action} if self.action else ()),
        )


def question(given: Mapping[str, str], time_zone: str) -> Question:
    """Days are those of the account. What people of the operator and the system did belongs to it, unless left out."""
    asked = {name: given.get(name, "").strip() for name in NAMES}
    return Question(
        from_date=asked["from"],
        to_date=asked["to"],
        users=(asked["actor"],) if asked["actor"] else (),
        component_types=(COMPONENTS.get(asked["type"], asked["type"]),) if asked["type"] else (),
        timezone=time_zone,
        lpa=True,
        automatic_updates=True,
        object_id=asked["object"],
        element=asked["element"],
        action=asked["action"],
    )
