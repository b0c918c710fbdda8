"""What may not be: dangling references, and objects that no entry of the trail could hold."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.platform.conftest import NORTHWIND, Caller

from trunkline.platform.accounts.users import create_administrator
from trunkline.platform.actors import OPERATOR, Actor, Kind
from trunkline.platform.audit.entries import MAX_DOCUMENT
from trunkline.platform.audit.models import Change
from trunkline.platform.auth.second_factor import remove_second_factor
from trunkline.platform.configuration.gate import MAX_VALUES
from trunkline.platform.configuration.models import ConfigurationObject, Reference
from trunkline.platform.configuration.object_types import ObjectType
from trunkline.platform.configuration.objects import create_objects, delete_objects, replace_objects
from trunkline.platform.configuration.registry import BY_NAME, LOB, PROFILE, SKILL, USER
from trunkline.platform.permissions import Permission
from trunkline.platform.refusals import Conflict, Invalid, NotFound, NotPermitted

pytestmark = pytest.mark.django_db(databases="__all__")

PASSWORD = "correct horse battery"
MANY = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def make(object_type: ObjectType, **values: Any) -> int:
    [row] = create_objects(OPERATOR, NORTHWIND, object_type, [values])
    return row.number


TYPES = ("lob", "skill", "profile", "user")
STEPS = st.lists(
    st.tuples(st.sampled_from(["make", "change", "delete"]), st.sampled_from(TYPES), st.integers(0, 9)),
    max_size=20,
)


def naming(type_name: str, known: list[tuple[str, int]], seed: int) -> dict[str, Any]:
    """Values that name what there is, what there was, and what there never was."""
    elements = {
        "skill": {"lobIds": "lob", "skillTransferList": "skill"},
        "user": {"skillIds": "skill", "profileIds": "profile", "lobIds": "lob"},
    }
    return {
        element: [number for kind, number in known if kind == target][: seed % 3]
        + ([4711] if seed == 9 else [])
        for element, target in elements.get(type_name, {}).items()
    }


@MANY
@given(steps=STEPS)
def test_no_reference_ever_dangles(northwind: Caller, steps: list[Any]) -> None:
    known: list[tuple[str, int]] = []
    for at, (what, type_name, seed) in enumerate(steps):
        object_type = BY_NAME[type_name]
        name = f"{ConfigurationObject.objects.count()} {at}"
        values = {object_type.named_by: name, **naming(type_name, known, seed)}
        mine = [number for kind, number in known if kind == type_name] or [4711]
        number = mine[seed % len(mine)]
        with suppress(Invalid, Conflict, NotFound):
            if what == "make":
                known.append((type_name, make(object_type, **values)))
            elif what == "change":
                replace_objects(OPERATOR, NORTHWIND, object_type, {number: values})
            else:
                delete_objects(OPERATOR, NORTHWIND, object_type, [number])
        assert dangling() == []


def dangling() -> list[Any]:
    """By the values themselves, not by what is kept of them."""
    live = {
        (row.type, row.number): row
        for row in ConfigurationObject.objects.filter(account_id=NORTHWIND, deleted=False)
    }
    named = [
        (row.number, element, type_name, target)
        for row in live.values()
        for element, type_name, target in BY_NAME[row.type].named_in(row.values)
    ]
    kept = Reference.objects.filter(account_id=NORTHWIND).values_list("holder", "element", "target")
    assert sorted(kept) == sorted((holder, element, target) for holder, element, _, target in named)
    return [one for one in named if one[2:] not in live]


def test_a_profile_with_users_is_not_deleted(northwind: Caller) -> None:
    profile = make(PROFILE, name="Trainers")
    user = make(USER, loginName="ada", profileIds=[profile])
    with pytest.raises(Conflict, match="in use by user ada"):
        delete_objects(OPERATOR, NORTHWIND, PROFILE, [profile])
    delete_objects(OPERATOR, NORTHWIND, USER, [user])
    delete_objects(OPERATOR, NORTHWIND, PROFILE, [profile])


def test_nobody_takes_the_second_factor_of_who_may_do_more(northwind: Caller) -> None:
    ada = create_administrator(OPERATOR, NORTHWIND, "ada", PASSWORD)
    manager = Actor(Kind.USER, "1", NORTHWIND, frozenset({Permission.USERS}))
    with pytest.raises(NotPermitted):
        remove_second_factor(manager, NORTHWIND, ada.number)


def test_whatever_fits_can_be_changed_altogether_and_deleted(northwind: Caller) -> None:
    def of(size: int, name: str) -> dict[str, Any]:
        packages = [{"id": n, "featureKeys": [name * (size // 60)]} for n in range(1, 51)]
        return {"name": f"{name} profile", "permissionPackages": packages}

    with pytest.raises(Invalid, match="permissionPackages") as refused:
        make(PROFILE, **of(MAX_VALUES * 2, "a"))
    assert (refused.value.reason, refused.value.field) == ("too_large", "permissionPackages")
    profile = make(PROFILE, **of(26_000, "a"))
    replace_objects(OPERATOR, NORTHWIND, PROFILE, {profile: of(26_000, "b")})
    delete_objects(OPERATOR, NORTHWIND, PROFILE, [profile])
    sizes = [len(document.encode()) for document in Change.objects.values_list("document", flat=True)]
    assert 50_000 < max(sizes) < MAX_DOCUMENT


def test_a_line_of_business_in_use_is_kept(northwind: Caller) -> None:
    lob = make(LOB, name="Cards")
    make(SKILL, name="Billing", lobIds=[lob])
    with pytest.raises(Conflict, match="in use by skill Billing"):
        delete_objects(OPERATOR, NORTHWIND, LOB, [lob])
