"""What may not be: dangling references, rings, skills given out twice, rights that nobody gave, objects that no entry can hold."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.platform.conftest import NORTHWIND, Caller

from trunkline.platform.accounts import keys
from trunkline.platform.accounts.passwords import set_user_password
from trunkline.platform.accounts.users import create_administrator
from trunkline.platform.actors import OPERATOR, Actor, Kind
from trunkline.platform.audit.entries import MAX_DOCUMENT
from trunkline.platform.audit.models import Change
from trunkline.platform.auth.second_factor import remove_second_factor
from trunkline.platform.configuration.gate import MAX_VALUES
from trunkline.platform.configuration.models import ConfigurationObject, Reference
from trunkline.platform.configuration.object_types import ObjectType
from trunkline.platform.configuration.objects import create_objects, delete_objects, replace_objects
from trunkline.platform.configuration.registry import AGENT_GROUP, BY_NAME, LOB, PROFILE, SKILL, USER
from trunkline.platform.configuration.types.profile import PACKAGE_OF, packages_for
from trunkline.platform.permissions import ADMINISTRATION, Permission
from trunkline.platform.refusals import Conflict, Invalid, NotFound, NotPermitted

pytestmark = pytest.mark.django_db(databases="__all__")

PASSWORD = "correct horse battery"
MANY = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def make(object_type: ObjectType, actor: Actor = OPERATOR, **values: Any) -> int:
    [row] = create_objects(actor, NORTHWIND, object_type, [values])
    return row.number


def a_user(*permissions: Permission) -> Actor:
    return Actor(Kind.USER, "1", NORTHWIND, frozenset(permissions))


def root() -> int:
    groups = ConfigurationObject.objects.filter(account_id=NORTHWIND, type="agentGroup")
    return groups.get(values__parentGroupId=None).number


SHARES = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 100)), max_size=4)


@MANY
@given(shares=SHARES)
def test_of_a_skill_no_more_is_given_out_than_there_is(northwind: Caller, shares: list[Any]) -> None:
    number = ConfigurationObject.objects.count()
    groups = [root(), *(make(AGENT_GROUP, name=f"{number}{n}", parentGroupId=root()) for n in range(2))]
    routing = [{"agentGroupId": groups[group], "splitPercentage": percentage} for group, percentage in shares]
    chosen = [group for group, _ in shares]
    may_be = len(set(chosen)) == len(chosen) and sum(percentage for _, percentage in shares) <= 100
    try:
        make(SKILL, name=f"skill {number}", skillRoutingConfiguration=routing)
    except Invalid as refusal:
        assert not may_be
        assert refusal.field.startswith("skillRoutingConfiguration")
    else:
        assert may_be


@MANY
@given(moves=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4) | st.none()), max_size=12))
def test_groups_stay_a_tree(northwind: Caller, moves: list[Any]) -> None:
    prefix = ConfigurationObject.objects.count()
    groups = [root(), *(make(AGENT_GROUP, name=f"{prefix} {n}", parentGroupId=root()) for n in range(4))]
    for group, parent in moves:
        values = {"name": f"{prefix} {group}", "parentGroupId": None if parent is None else groups[parent]}
        with suppress(Invalid, Conflict):
            replace_objects(OPERATOR, NORTHWIND, AGENT_GROUP, {groups[group]: values})
        assert all_below_one_root()


def all_below_one_root() -> bool:
    rows = ConfigurationObject.objects.filter(account_id=NORTHWIND, type="agentGroup", deleted=False)
    above = {row.number: row.values["parentGroupId"] for row in rows}
    for group in above:
        seen = set()
        parent: int | None = group
        while parent is not None:
            if parent in seen or parent not in above:
                return False
            seen.add(parent)
            parent = above[parent]
    return list(above.values()).count(None) == 1


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


def administrators_profile() -> int:
    return ConfigurationObject.objects.get(account_id=NORTHWIND, name="Administrator").number


@pytest.mark.parametrize(
    "permission", sorted(set(PACKAGE_OF) - {Permission.PROFILES, Permission.READ_PROFILES})
)
def test_nobody_gives_a_profile_rights_that_they_do_not_have(
    northwind: Caller, permission: Permission
) -> None:
    packages = packages_for(frozenset({permission}))
    with pytest.raises(NotPermitted, match=str(permission)):
        make(PROFILE, a_user(Permission.PROFILES), name="More", permissionPackages=packages)
    make(PROFILE, a_user(Permission.PROFILES, permission), name="As many", permissionPackages=packages)
    make(PROFILE, a_user(*ADMINISTRATION), name="All", permissionPackages=packages)


def test_nobody_makes_users_who_may_do_more_or_becomes_one(northwind: Caller) -> None:
    profile = administrators_profile()
    manager = a_user(Permission.USERS)
    with pytest.raises(NotPermitted):
        make(USER, manager, loginName="eve", profileIds=[profile])
    eve = make(USER, manager, loginName="eve")
    with pytest.raises(NotPermitted):
        replace_objects(manager, NORTHWIND, USER, {eve: {"loginName": "eve", "profileIds": [profile]}})
    ada = create_administrator(OPERATOR, NORTHWIND, "ada", PASSWORD)
    with pytest.raises(NotPermitted):
        set_user_password(manager, NORTHWIND, ada.number, "another horse battery")
    with pytest.raises(NotPermitted):
        remove_second_factor(manager, NORTHWIND, ada.number)
    set_user_password(manager, NORTHWIND, eve, "another horse battery")


def test_what_somebody_may_do_already_may_be_kept_by_others(northwind: Caller) -> None:
    """Who may change users may rename an administrator, and takes nothing by it."""
    ada = create_administrator(OPERATOR, NORTHWIND, "ada", PASSWORD)
    values = {**ada.values, "nickname": "Ada"}
    [changed] = replace_objects(a_user(Permission.USERS), NORTHWIND, USER, {ada.number: values})
    assert changed.values["nickname"] == "Ada"


def test_nobody_lets_a_key_in_as_somebody_who_may_do_more(northwind: Caller) -> None:
    ada = create_administrator(OPERATOR, NORTHWIND, "ada", PASSWORD)
    values = {**ada.values, "allowedAppKeys": northwind.key.app_key}
    with pytest.raises(NotPermitted):
        replace_objects(a_user(Permission.USERS), NORTHWIND, USER, {ada.number: values})
    replace_objects(a_user(*ADMINISTRATION), NORTHWIND, USER, {ada.number: values})


def test_a_key_gives_no_more_than_it_has_either(northwind: Caller) -> None:
    key = Actor(Kind.KEY, "k", NORTHWIND, frozenset({Permission.USERS, Permission.KEYS}))
    with pytest.raises(NotPermitted):
        make(USER, key, loginName="eve", profileIds=[administrators_profile()])
    with pytest.raises(NotPermitted):
        keys.create_key(key, NORTHWIND, name="more", permissions=["audit-trail"])


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
