"""Configuration objects are created, changed and deleted on pages as by the APIs."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.platform.conftest import NORTHWIND
from tests.platform.console.conftest import Person, last_change, skill_form

from trunkline.platform.actors import OPERATOR
from trunkline.platform.audit.models import Change
from trunkline.platform.configuration.models import ConfigurationObject
from trunkline.platform.configuration.objects import create_objects, replace_objects
from trunkline.platform.configuration.registry import LOB, OBJECT_TYPES, PROFILE, SKILL
from trunkline.platform.configuration.types.profile import permissions_of
from trunkline.platform.permissions import Permission

pytestmark = pytest.mark.django_db(databases="__all__")


def test_renaming_a_skill_is_one_change_of_one_element(ada: Person, billing: ConfigurationObject) -> None:
    answer = ada.post(f"skills/{billing.number}", **skill_form(name="Invoices", revision=billing.revision))
    assert answer.status_code == 302
    assert "The skill Invoices is saved." in ada.client.get(answer["Location"]).content.decode()
    change = last_change()
    assert change["changes"] == [{"element": "name", "old": "Billing", "new": "Invoices"}]
    assert (change["actor"]["id"], change["actor"]["authType"]) == (str(ada.user.number), "console")
    assert change["actor"]["address"] == "127.0.0.1"


def test_a_message_is_shown_once(ada: Person, billing: ConfigurationObject) -> None:
    ada.post(f"skills/{billing.number}", **skill_form(name="Invoices", revision=billing.revision))
    assert b"is saved" in ada.get("skills").content
    assert b"is saved" not in ada.get("skills").content


def test_saving_an_untouched_form_changes_nothing(ada: Person, billing: ConfigurationObject) -> None:
    before = Change.objects.count()
    ada.post(f"skills/{billing.number}", **skill_form(revision=billing.revision))
    billing.refresh_from_db()
    assert Change.objects.count() == before
    assert billing.values["wrapUpTime"] == 30


def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(
    ada: Person, billing: ConfigurationObject
) -> None:
    answer = ada.post(
        f"skills/{billing.number}",
        **skill_form(name="Invoices", maxWaitTime="soon", revision=billing.revision),
    )
    assert answer.status_code == 400
    page = answer.content.decode()
    assert 'value="soon"' in page
    assert 'value="Invoices"' in page
    assert 'id="field-maxWaitTime-error">maxWaitTime: ' in page
    assert 'href="#field-maxWaitTime"' in page
    billing.refresh_from_db()
    assert billing.name == "Billing"


def test_a_name_that_is_taken_is_said_at_the_name(ada: Person, billing: ConfigurationObject) -> None:
    answer = ada.post("skills/new", **skill_form(name="billing"))
    assert answer.status_code == 409
    assert 'id="field-name-error">The account has a skill Billing already' in answer.content.decode()


def test_a_stale_copy_is_refused_with_both_versions_and_can_then_be_saved(
    ada: Person, billing: ConfigurationObject
) -> None:
    replace_objects(
        OPERATOR, NORTHWIND, SKILL, {billing.number: {"name": "Billing", "description": "Theirs"}}
    )
    mine = skill_form(description="Mine", revision=billing.revision)
    answer = ada.post(f"skills/{billing.number}", **mine)
    assert answer.status_code == 412
    page = answer.content.decode()
    assert '<td class="preserved">Mine</td><td class="preserved">Theirs</td>' in page
    assert "Save mine all the same" in page
    billing.refresh_from_db()
    assert billing.values["description"] == "Theirs"
    assert f'name="revision" value="{billing.revision}"' in page
    ada.post(f"skills/{billing.number}", **mine | {"revision": billing.revision})
    billing.refresh_from_db()
    assert billing.values["description"] == "Mine"


def test_a_form_without_its_revision_counts_as_stale(ada: Person, billing: ConfigurationObject) -> None:
    assert ada.post(f"skills/{billing.number}", **skill_form(name="Blind")).status_code == 412


def test_before_deleting_it_says_who_uses_it(ada: Person, billing: ConfigurationObject) -> None:
    values = {"name": "Refunds", "skillTransferList": [billing.number]}
    (refunds,) = create_objects(OPERATOR, NORTHWIND, SKILL, [values])
    page = ada.get(f"skills/{billing.number}/delete").content.decode()
    assert f'skill <a href="/console/skills/{refunds.number}">Refunds</a>' in page
    assert '<form method="post" class="d-flex' not in page
    answer = ada.post(f"skills/{billing.number}/delete")
    assert answer.status_code == 409
    assert "in use by skill Refunds" in answer.content.decode()
    assert ada.post(f"skills/{refunds.number}/delete").status_code == 302
    assert ada.post(f"skills/{billing.number}/delete").status_code == 302
    assert last_change()["action"] == "delete"
    assert "was deleted" in ada.get(f"skills/{billing.number}").content.decode()


def test_permissions_are_check_boxes_and_unknown_packages_stay(ada: Person) -> None:
    foreign = {"id": 7, "isDisplayed": False, "featureKeys": ["x"], "isEnabled": True}
    (profile,) = create_objects(
        OPERATOR, NORTHWIND, PROFILE, [{"name": "Mixed", "permissionPackages": [foreign]}]
    )
    form = {"name": "Mixed", "roleTypeId": "2", "revision": profile.revision}
    ada.post(f"profiles/{profile.number}", permissionPackages=["skills", "users:read"], **form)
    profile.refresh_from_db()
    assert permissions_of(profile.values) == {Permission.SKILLS, Permission.READ_USERS}
    assert foreign in profile.values["permissionPackages"]
    ada.post(
        f"profiles/{profile.number}",
        permissionPackages=["users:read"],
        **form | {"revision": profile.revision},
    )
    profile.refresh_from_db()
    assert permissions_of(profile.values) == {Permission.READ_USERS}


def test_what_one_may_not_see_stays_as_it_is(make_person: Callable[..., Person]) -> None:
    (retail,) = create_objects(OPERATOR, NORTHWIND, LOB, [{"name": "Retail"}])
    (orders,) = create_objects(OPERATOR, NORTHWIND, SKILL, [{"name": "Orders", "lobIds": [retail.number]}])
    grace = make_person("grace", Permission.SKILLS)
    page = grace.get(f"skills/{orders.number}").content.decode()
    assert "Retail" not in page
    assert f'<input type="hidden" name="lobIds" value="{retail.number}">' in page


@pytest.mark.parametrize("object_type", OBJECT_TYPES, ids=lambda one: one.name)
def test_one_who_may_only_read_sees_no_way_to_change(
    make_person: Callable[..., Person], object_type: Any
) -> None:
    reader = make_person("reader", object_type.read)
    path = object_type.path
    assert "New " + object_type.label not in reader.get(path).content.decode()
    rows = ConfigurationObject.objects.filter(account_id=NORTHWIND, type=object_type.name)
    if one := rows.first():
        page = reader.get(f"{path}/{one.number}").content.decode()
        assert "<fieldset disabled>" in page
        assert 'type="submit" class="btn btn-primary"' not in page
        assert reader.get(f"{path}/{one.number}/delete").status_code == 403
        assert reader.post(f"{path}/{one.number}/delete").status_code == 403
    assert reader.get(f"{path}/new").status_code == 403
    assert reader.post(f"{path}/new", name="X", loginName="X", text="X").status_code in (400, 403)
    assert not Change.objects.filter(document__contains='"name":"X"').exists()
