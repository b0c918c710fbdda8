"""Random changes of configuration objects, right and wrong ones, for tests of what must hold whatever is done."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from trunkline.platform.configuration.object_types import ObjectType
from trunkline.platform.configuration.registry import AGENT_GROUP, LOB, SKILL, STATUS_REASON, USER

TYPES = (AGENT_GROUP, LOB, SKILL, STATUS_REASON, USER)

NAMES = st.sampled_from(["Billing", "billing", "Übung", *(f"Team {number}" for number in range(40))])


@dataclass(frozen=True)
class Batch:
    """What is asked of one verb."""

    object_type: ObjectType
    kind: str
    """`create`, `replace` or `delete`."""
    values: list[dict[str, Any]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)


@st.composite
def batches(draw: Any, known: Mapping[str, Iterable[int]]) -> Batch:
    """`known` has the ids of each type that there were, deleted ones too."""
    object_type = draw(st.sampled_from([*TYPES, AGENT_GROUP, SKILL]))
    kind = draw(st.sampled_from(["create", "create", "replace", "replace", "delete"]))
    size = draw(st.integers(1, 3))
    values = [draw(values_of(object_type, known)) for _ in range(size)]
    if kind == "create":
        return Batch(object_type, kind, values)
    numbers = draw(st.lists(_one_of(known, object_type.name), min_size=1, max_size=size, unique=True))
    return Batch(object_type, kind, values[: len(numbers)], numbers)


def values_of(object_type: ObjectType, known: Mapping[str, Iterable[int]]) -> Any:
    """What somebody could write; references may lead nowhere."""
    lob, skill, group = (_one_of(known, name) for name in ("lob", "skill", "agentGroup"))
    named: dict[str, Any] = {object_type.named_by: NAMES}
    match object_type.name:
        case "agentGroup":
            named["parentGroupId"] = st.none() | group
        case "skill":
            share = st.fixed_dictionaries(
                {
                    "agentGroupId": group,
                    "priority": st.integers(0, 1),
                    "splitPercentage": st.sampled_from([40, 60, 100]),
                }
            )
            named["lobIds"] = st.lists(lob, max_size=2)
            named["fallbackSkill"] = st.none() | skill
            named["skillRoutingConfiguration"] = st.lists(share, max_size=2)
        case "user":
            of_group = st.fixed_dictionaries({"agentGroupId": group})
            named["skillIds"] = st.lists(skill, max_size=2)
            named["memberOf"] = st.none() | of_group
            named["managerOf"] = st.lists(of_group, max_size=2)
            named["isEnabled"] = st.booleans()
    return st.fixed_dictionaries(named)


def _one_of(known: Mapping[str, Iterable[int]], type_name: str) -> Any:
    """Mostly one that there is or was."""
    numbers = sorted(known.get(type_name, ()))
    return st.sampled_from([*numbers * 5, 999])
