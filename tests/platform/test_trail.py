"""A change and its entry in the audit trail: both, or neither."""

import json

import pytest

from trunkline.platform.accounts import accounts
from trunkline.platform.actors import OPERATOR
from trunkline.platform.audit.models import Change, ChangedElement, Head
from trunkline.platform.configuration import objects
from trunkline.platform.configuration.models import ConfigurationObject
from trunkline.platform.configuration.registry import AGENT_GROUP, LOB, SKILL
from trunkline.platform.refusals import Conflict, Invalid, Stale

NORTHWIND = "75555851"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def account() -> None:
    accounts.create_account(OPERATOR, NORTHWIND, name="Northwind", time_zone="America/New_York")


def entries() -> list[dict[str, object]]:
    rows = Change.objects.filter(account_id=NORTHWIND).order_by("number")
    return [json.loads(row.document) for row in rows]


def test_a_renamed_skill_leaves_the_old_and_the_new_name() -> None:
    [skill] = objects.create_objects(OPERATOR, NORTHWIND, SKILL, [{"name": "Billing"}])
    objects.replace_objects(OPERATOR, NORTHWIND, SKILL, {skill.number: {"name": "Invoices"}})
    last = entries()[-1]
    assert last["action"] == "edit"
    assert last["object"] == {"type": "skill", "id": str(skill.number), "name": "Invoices"}
    assert last["changes"] == [{"element": "name", "old": "Billing", "new": "Invoices"}]
    assert ChangedElement.objects.filter(number=last["number"]).count() == 1


def test_numbers_are_contiguous_from_the_first_moment_of_an_account() -> None:
    objects.create_objects(OPERATOR, NORTHWIND, LOB, [{"name": "Cards"}, {"name": "Loans"}])
    numbers = [entry["number"] for entry in entries()]
    assert numbers == list(range(1, len(numbers) + 1))
    assert Head.objects.get().number == numbers[-1]


def test_what_changes_nothing_leaves_no_entry() -> None:
    [skill] = objects.create_objects(OPERATOR, NORTHWIND, SKILL, [{"name": "Billing"}])
    before = entries()
    objects.replace_objects(OPERATOR, NORTHWIND, SKILL, {skill.number: {"name": "Billing"}})
    assert entries() == before


def test_a_refused_batch_changes_nothing_and_leaves_no_entry() -> None:
    before = entries()
    with pytest.raises(Invalid) as caught:
        objects.create_objects(
            OPERATOR, NORTHWIND, SKILL, [{"name": "Billing"}, {"name": "Loans", "lobIds": [4711]}]
        )
    assert caught.value.field == "lobIds"
    assert entries() == before
    assert not ConfigurationObject.objects.filter(type="skill").exists()


def test_what_is_in_use_is_not_deleted() -> None:
    [lob] = objects.create_objects(OPERATOR, NORTHWIND, LOB, [{"name": "Cards"}])
    objects.create_objects(OPERATOR, NORTHWIND, SKILL, [{"name": "Billing", "lobIds": [lob.number]}])
    with pytest.raises(Conflict, match="in use by skill Billing"):
        objects.delete_objects(OPERATOR, NORTHWIND, LOB, [lob.number])


def test_a_copy_that_is_out_of_date_does_not_overwrite() -> None:
    [skill] = objects.create_objects(OPERATOR, NORTHWIND, SKILL, [{"name": "Billing"}])
    read = skill.revision
    objects.replace_objects(OPERATOR, NORTHWIND, SKILL, {skill.number: {"name": "Invoices"}}, revision=read)
    with pytest.raises(Stale):
        objects.replace_objects(OPERATOR, NORTHWIND, SKILL, {skill.number: {"name": "Bills"}}, revision=read)


def test_the_root_group_stays() -> None:
    root = objects.list_objects(OPERATOR, NORTHWIND, AGENT_GROUP).objects[0]
    with pytest.raises(Conflict, match="root group"):
        objects.delete_objects(OPERATOR, NORTHWIND, AGENT_GROUP, [root.number])
