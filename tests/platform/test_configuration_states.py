"""Whatever batches come: a tree stays a tree, names are given once, and no reference leads nowhere."""

import os
from collections import defaultdict
from copy import deepcopy
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from tests.platform.random_batches import TYPES, Batch, batches

from trunkline.platform.accounts import accounts
from trunkline.platform.actors import OPERATOR
from trunkline.platform.configuration import objects
from trunkline.platform.configuration.models import ConfigurationObject, Reference
from trunkline.platform.configuration.registry import AGENT_GROUP
from trunkline.platform.refusals import Conflict, Invalid, NotFound

pytestmark = pytest.mark.django_db

NORTHWIND = "75555851"
LONG = bool(os.environ.get("TRUNKLINE_TEST_LONG"))
EXAMPLES, STEPS = (200, 100) if LONG else (12, 25)

World = dict[str, dict[int, dict[str, Any]]]
"""What is there: type, id, written values."""


class Refused(Exception):
    """The model says that this cannot be."""


class Model:
    """The rules in the simplest words."""

    def __init__(self, root: int) -> None:
        self.root = root
        self.there: World = defaultdict(
            dict, {"agentGroup": {root: {"name": "Northwind", "parentGroupId": None}}}
        )
        self.known: dict[str, set[int]] = defaultdict(set, {"agentGroup": {root}})

    def after(self, batch: Batch, numbers: list[int]) -> World:
        """What would be there, if all of it may be."""
        there = deepcopy(self.there)
        mine = there[batch.object_type.name]
        if batch.kind != "create" and not set(numbers) <= set(mine):
            raise Refused
        for at, number in enumerate(numbers):
            if batch.kind == "delete":
                del mine[number]
                continue
            mine.pop(number, None)
            name = batch.values[at][batch.object_type.named_by].casefold()
            if any(other[batch.object_type.named_by].casefold() == name for other in mine.values()):
                raise Refused
            mine[number] = batch.values[at]
        self._check(there)
        return there

    def _check(self, there: World) -> None:
        for type_name, some in there.items():
            for values in some.values():
                for target_type, target in references(type_name, values):
                    if target not in there[target_type]:
                        raise Refused
        groups = {number: values["parentGroupId"] for number, values in there["agentGroup"].items()}
        roots = [number for number, parent in groups.items() if parent is None]
        if roots != [self.root] or any(not self._hangs(number, groups) for number in groups):
            raise Refused
        for skill in there["skill"].values():
            for priority in (0, 1):
                of_it = [s for s in skill["skillRoutingConfiguration"] if s["priority"] == priority]
                if sum(share["splitPercentage"] for share in of_it) > 100:
                    raise Refused
            once([share["agentGroupId"] for share in skill["skillRoutingConfiguration"]])
        for user in there["user"].values():
            once([group["agentGroupId"] for group in user["managerOf"]])

    def _hangs(self, number: int, groups: dict[int, int | None]) -> bool:
        at: int | None = number
        for _ in groups:
            if at == self.root:
                return True
            at = groups.get(at) if at is not None else None
        return False


def once(ids: list[int]) -> None:
    if len(ids) != len(set(ids)):
        raise Refused


def references(type_name: str, values: dict[str, Any]) -> list[tuple[str, int]]:
    match type_name:
        case "agentGroup":
            found = [("agentGroup", values["parentGroupId"])]
        case "skill":
            groups = [share["agentGroupId"] for share in values["skillRoutingConfiguration"]]
            found = [("lob", lob) for lob in values["lobIds"]] + [("skill", values["fallbackSkill"])]
            found += [("agentGroup", group) for group in groups]
        case "user":
            groups = [
                one["agentGroupId"] for one in (values["memberOf"] or None, *values["managerOf"]) if one
            ]
            found = [("skill", skill) for skill in values["skillIds"]]
            found += [("agentGroup", group) for group in groups]
        case _:
            found = []
    return [(target_type, target) for target_type, target in found if target is not None]


class Changing(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self._transaction = transaction.atomic()
        self._transaction.__enter__()
        accounts.create_account(OPERATOR, NORTHWIND, name="Northwind", time_zone="UTC")
        [root] = objects.list_objects(OPERATOR, NORTHWIND, AGENT_GROUP).objects
        self.model = Model(root.number)

    @rule(data=st.data())
    def change(self, data: st.DataObject) -> None:
        self._ask(data.draw(batches(self.model.known)))

    @rule(data=st.data())
    def move_groups(self, data: st.DataObject) -> None:
        groups = self.model.there["agentGroup"]
        some = st.sampled_from(sorted(groups))
        numbers = data.draw(st.lists(some, min_size=1, max_size=3, unique=True))
        values = [groups[number] | {"parentGroupId": data.draw(some)} for number in numbers]
        self._ask(Batch(AGENT_GROUP, "replace", values, numbers))

    def _ask(self, batch: Batch) -> None:
        before = self._rows()
        try:
            numbers = [row.number for row in do(batch)]
        except (Invalid, Conflict, NotFound):
            with pytest.raises(Refused):
                self.model.after(batch, batch.numbers or [-1 - at for at in range(len(batch.values))])
            assert self._rows() == before
            return
        self.model.there = self.model.after(batch, numbers)
        self.model.known[batch.object_type.name].update(numbers)

    @invariant()
    def what_is_there_is_what_the_model_has(self) -> None:
        rows = ConfigurationObject.objects.filter(account_id=NORTHWIND, deleted=False).exclude(type="profile")
        there: World = defaultdict(dict)
        for row in rows:
            wanted = self.model.there[row.type].get(row.number, {"nothing": True})
            there[row.type][row.number] = {name: shown(row.values.get(name), wanted[name]) for name in wanted}
        assert there == {name: some for name, some in self.model.there.items() if some}

    @invariant()
    def every_reference_leads_to_something(self) -> None:
        kept = Reference.objects.filter(account_id=NORTHWIND).values_list("holder", "target").distinct()
        told = {
            (number, target)
            for type_name, some in self.model.there.items()
            for number, values in some.items()
            for _type, target in references(type_name, values)
        }
        assert set(kept) == told

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self._transaction.__exit__(None, None, None)

    def _rows(self) -> list[Any]:
        return list(
            ConfigurationObject.objects.order_by("number").values_list("number", "deleted", "revision")
        )


def shown(kept: Any, written: Any) -> Any:
    """Of what is kept, what was written: the rest are defaults."""
    if isinstance(written, dict):
        return {name: kept[name] for name in written}
    if isinstance(written, list) and written and isinstance(written[0], dict):
        return [shown(one, other) for one, other in zip(kept, written, strict=True)]
    return kept


def do(batch: Batch) -> list[ConfigurationObject]:
    """Ask the verb."""
    if batch.kind == "create":
        return objects.create_objects(OPERATOR, NORTHWIND, batch.object_type, batch.values)
    if batch.kind == "delete":
        return objects.delete_objects(OPERATOR, NORTHWIND, batch.object_type, batch.numbers)
    written = dict(zip(batch.numbers, batch.values, strict=True))
    return objects.replace_objects(OPERATOR, NORTHWIND, batch.object_type, written)


def test_objects_are_as_a_simple_model_has_them_after_any_batches() -> None:
    run_state_machine_as_test(
        Changing,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=not LONG,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_model_knows_every_type_that_names_others() -> None:
    assert {object_type.name for object_type in TYPES if object_type.references} == {
        "agentGroup",
        "skill",
        "user",
    }
