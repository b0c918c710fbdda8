"""What a key may be given, by whom, and that it stands in the trail."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.platform.accounts import accounts, keys
from trunkline.platform.accounts.key_permissions import (
    API_PERMISSIONS,
    PAGE_PERMISSIONS,
    WRITE_PERMISSIONS,
    check_may_give,
    check_permissions,
)
from trunkline.platform.accounts.models import ApiKey
from trunkline.platform.actors import OPERATOR, Actor, Kind, Permission
from trunkline.platform.audit.models import Change
from trunkline.platform.permissions import ADMINISTRATION
from trunkline.platform.refusals import Conflict, Invalid, NotFound, NotPermitted

NORTHWIND = "75555851"


@pytest.fixture
def key(db: None) -> Any:
    accounts.create_account(OPERATOR, NORTHWIND, name="Northwind", time_zone="UTC")
    return keys.create_key(OPERATOR, NORTHWIND, name="siem", permissions=["audit-trail", "users:read"])


def user(*permissions: Permission) -> Actor:
    return Actor(Kind.USER, "7", NORTHWIND, frozenset(permissions))


def test_a_key_gets_other_permissions_and_the_trail_has_the_old_and_the_new(key: Any) -> None:
    keys.set_permissions(OPERATOR, NORTHWIND, key.id, ["audit-trail", "user-login"])
    assert ApiKey.objects.get().permissions == ["audit-trail", "user-login"]
    last = json.loads(Change.objects.order_by("-number")[0].document)
    assert last["object"] == {"type": "apiKey", "id": key.id, "name": "siem"}
    [change] = last["changes"]
    assert (change["old"], change["new"]) == (["audit-trail", "users:read"], ["audit-trail", "user-login"])


def test_a_key_keeps_its_kind_and_a_revoked_one_stays_so(key: Any) -> None:
    with pytest.raises(Invalid, match="stays a key of that kind"):
        keys.set_permissions(OPERATOR, NORTHWIND, key.id, ["collect"])
    with pytest.raises(NotFound):
        keys.set_permissions(OPERATOR, NORTHWIND, "key_0", ["audit-trail"])
    keys.revoke_key(OPERATOR, NORTHWIND, key.id)
    with pytest.raises(Conflict, match="revoked"):
        keys.set_permissions(OPERATOR, NORTHWIND, key.id, ["audit-trail"])


def test_nobody_raises_its_own_rights_through_a_key(key: Any) -> None:
    campaign_manager = user(Permission.KEYS, Permission.READ_USERS)
    made = keys.create_key(
        campaign_manager, NORTHWIND, name="mine", permissions=["data-access", "users:read"]
    )
    for verb in (
        lambda: keys.create_key(campaign_manager, NORTHWIND, name="more", permissions=["users"]),
        lambda: keys.set_permissions(campaign_manager, NORTHWIND, made.id, ["users:read", "audit-trail"]),
    ):
        with pytest.raises(NotPermitted, match="cannot give"):
            verb()
    # What a key has already is not given anew.
    keys.set_permissions(campaign_manager, NORTHWIND, key.id, ["audit-trail"])
    administrator = user(*ADMINISTRATION)
    keys.create_key(administrator, NORTHWIND, name="all", permissions=sorted(API_PERMISSIONS))


@given(st.sets(st.sampled_from([*Permission, "everything"])))
def test_a_key_is_of_one_kind(permissions: set[str]) -> None:
    try:
        assert check_permissions(permissions) == permissions
    except Invalid as refused:
        assert refused.field == "permission"
    else:
        assert any(permissions <= kind for kind in (API_PERMISSIONS, WRITE_PERMISSIONS, PAGE_PERMISSIONS))


@given(st.sets(st.sampled_from(sorted(API_PERMISSIONS))), st.sets(st.sampled_from(sorted(API_PERMISSIONS))))
def test_what_is_given_the_giver_has_or_it_opens_nothing_of_the_configuration(
    has: set[Permission], gives: set[Permission]
) -> None:
    actor = user(*has)
    try:
        check_may_give(actor, NORTHWIND, frozenset(gives))
    except NotPermitted:
        return
    others = gives - {Permission.DATA_ACCESS, Permission.LOG_IN}
    assert all(actor.may(permission, NORTHWIND) for permission in others)
