"""Nobody raises rights beyond its own, by whichever way."""

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.platform.accounts import accounts, keys
from trunkline.platform.accounts.key_permissions import API_PERMISSIONS, check_may_give
from trunkline.platform.accounts.passwords import set_user_password
from trunkline.platform.actors import OPERATOR, SYSTEM, Actor, Kind, Permission
from trunkline.platform.configuration import objects
from trunkline.platform.configuration.object_types import Draft
from trunkline.platform.configuration.privileges import check_privileges
from trunkline.platform.configuration.registry import PROFILE, USER
from trunkline.platform.configuration.types.profile import PACKAGE_OF, packages_for
from trunkline.platform.permissions import ADMINISTRATION
from trunkline.platform.refusals import NotPermitted

NORTHWIND = "75555851"
PASSWORD = "correct horse battery"

some_permissions = st.frozensets(st.sampled_from(sorted(PACKAGE_OF)))


class Profiles:
    """Other objects that are profiles only, by id."""

    def __init__(self, values: dict[int, Any]) -> None:
        self._values = values

    def find(self, _type_name: str, number: int) -> Any:
        return objects.ConfigurationObject(values=self._values[number])

    def all(self, _type_name: str) -> Iterable[Any]:
        return ()

    def users_of(self, _number: int) -> list[Any]:
        return []


def acting(*permissions: Permission, kind: Kind = Kind.USER) -> Actor:
    return Actor(kind, "7", NORTHWIND, frozenset(permissions))


def profile(permissions: Iterable[Permission]) -> dict[str, Any]:
    return {"name": "p", "permissionPackages": packages_for(frozenset(permissions))}


@given(some_permissions, some_permissions, some_permissions, st.sampled_from(["profile", "user"]))
def test_what_is_given_the_giver_has_or_administers(
    has: frozenset[Permission], before: frozenset[Permission], after: frozenset[Permission], type_name: str
) -> None:
    actor = acting(*has)
    profiles = Profiles({1: profile(before), 2: profile(after)})
    drafts = {
        "profile": Draft(9, profile(before), profile(after)),
        "user": Draft(9, {"profileIds": [1]}, {"profileIds": [2]}),
    }
    lacking = {permission for permission in after - before if not actor.may(permission, NORTHWIND)}
    try:
        check_privileges(actor, NORTHWIND, type_name, [drafts[type_name]], profiles)
    except NotPermitted as refused:
        assert lacking
        assert not has >= ADMINISTRATION
        assert f"the permission {sorted(lacking)[0]}," in refused.message
        assert refused.field == {"profile": "permissionPackages", "user": "profileIds"}[type_name]
    else:
        assert not lacking or has >= ADMINISTRATION


@pytest.fixture
def account(db: None) -> None:
    accounts.create_account(OPERATOR, NORTHWIND, name="Northwind", time_zone="UTC")


def profile_id(name: str) -> int:
    listing = objects.list_objects(OPERATOR, NORTHWIND, PROFILE)
    return next(row.number for row in listing.objects if row.name == name)


def make_user(actor: Actor, name: str, profile_name: str, **values: Any) -> Any:
    written = {"loginName": name, "profileIds": [profile_id(profile_name)], **values}
    return objects.create_objects(actor, NORTHWIND, USER, [written])[0]


@pytest.mark.usefixtures("account")
def test_who_manages_users_makes_no_administrator_of_anybody() -> None:
    manager = acting(Permission.USERS, Permission.PROFILES)
    with pytest.raises(NotPermitted, match="cannot give") as refused:
        make_user(manager, "ada", "Administrator")
    assert refused.value.field == "profileIds"
    make_user(manager, "bo", "Agent")
    opens = {"name": "Agent", "permissionPackages": packages_for(frozenset({Permission.AUDIT_TRAIL}))}
    with pytest.raises(NotPermitted, match="audit-trail") as refused:
        objects.replace_objects(manager, NORTHWIND, PROFILE, {profile_id("Agent"): opens})
    assert refused.value.field == "permissionPackages"
    for giver in (OPERATOR, SYSTEM, acting(*ADMINISTRATION)):
        make_user(giver, f"of {giver.kind}", "Administrator")


@pytest.mark.usefixtures("account")
def test_nobody_becomes_an_administrator_by_a_password_or_a_key_of_its_own() -> None:
    ada = make_user(OPERATOR, "ada", "Administrator")
    manager = acting(Permission.USERS)
    with pytest.raises(NotPermitted) as refused:
        set_user_password(manager, NORTHWIND, ada.number, PASSWORD)
    assert refused.value.field == "password"
    written = {"loginName": "ada", "profileIds": [profile_id("Administrator")], "allowedAppKeys": "a key"}
    with pytest.raises(NotPermitted) as refused:
        objects.replace_objects(manager, NORTHWIND, USER, {ada.number: written})
    assert refused.value.field == "allowedAppKeys"
    # What gives nothing may be changed.
    renamed = {"loginName": "ada@northwind.example", "profileIds": [profile_id("Administrator")]}
    objects.replace_objects(manager, NORTHWIND, USER, {ada.number: renamed})
    bo = make_user(manager, "bo", "Agent")
    set_user_password(manager, NORTHWIND, bo.number, PASSWORD)


@given(st.data())
def test_a_key_makes_no_key_beyond_itself(data: st.DataObject) -> None:
    has = data.draw(st.frozensets(st.sampled_from(sorted(API_PERMISSIONS))))
    wanted = data.draw(st.frozensets(st.sampled_from(sorted(API_PERMISSIONS))))
    actor = acting(*has, kind=Kind.KEY)
    try:
        check_may_give(actor, NORTHWIND, wanted)
    except NotPermitted:
        assert not all(actor.may(permission, NORTHWIND) for permission in wanted)
    else:
        assert all(actor.may(permission, NORTHWIND) for permission in wanted) or has >= ADMINISTRATION


@pytest.mark.usefixtures("account")
def test_a_key_that_may_make_keys_makes_those_of_producers_and_its_equals() -> None:
    maker = acting(Permission.KEYS, kind=Kind.KEY)
    for permissions in (["collect"], ["api-keys"]):
        keys.create_key(maker, NORTHWIND, name="k", permissions=permissions)
    for refused in ("data-access", "user-login", "users"):
        with pytest.raises(NotPermitted, match=refused):
            keys.create_key(maker, NORTHWIND, name="k", permissions=[refused])
