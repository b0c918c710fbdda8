"""Every member that any part of the platform knows, sent to every address that writes: what is protected never changes."""

from typing import Any

import pytest
from django.apps import apps
from tests.platform.conftest import CONTOSO, NORTHWIND, Caller
from tests.platform.test_configuration_api import Configurer
from tests.platform.test_every_change_is_told import values_of

from trunkline.platform.accounts import keys
from trunkline.platform.accounts.api import router
from trunkline.platform.actors import OPERATOR
from trunkline.platform.audit.models import Change
from trunkline.platform.configuration.models import ConfigurationObject
from trunkline.platform.configuration.object_types import ObjectType
from trunkline.platform.configuration.objects import create_objects
from trunkline.platform.configuration.registry import OBJECT_TYPES, STATUS_REASON
from trunkline.platform.configuration.shapes import PASSWORD_MEMBERS, READ_ONLY
from trunkline.platform.permissions import ADMINISTRATION

pytestmark = pytest.mark.django_db(databases="__all__")

PUBLISHED = {"id", "deleted", "dateUpdated"}.union(PASSWORD_MEMBERS, *READ_ONLY.values())
ELEMENTS = {name for object_type in OBJECT_TYPES for name in object_type.schema.model_fields}
COLUMNS = {column.name for model in apps.get_models() for column in model._meta.local_concrete_fields}
KNOWN = sorted(PUBLISHED | ELEMENTS | COLUMNS | {"permissions", "kind", "accountId", "__class__", "pk"})

HOSTILE: dict[str, Any] = {"deleted": True, "id": 1, "account_id": CONTOSO, "account": CONTOSO}


@pytest.fixture
def administrator(northwind: Caller) -> Configurer:
    key = keys.create_key(OPERATOR, NORTHWIND, name="administrator", permissions=ADMINISTRATION)
    return Configurer(Caller(NORTHWIND, key))


@pytest.mark.parametrize("object_type", OBJECT_TYPES, ids=lambda object_type: object_type.name)
def test_a_member_is_its_own_or_ignored_or_refused_by_name(
    administrator: Configurer, object_type: ObjectType
) -> None:
    values = values_of(object_type, "x")
    [row] = create_objects(OPERATOR, NORTHWIND, object_type, [values])
    place = "le-agents" if object_type is STATUS_REASON else "le-users"
    address = f"/api/account/{NORTHWIND}/configuration/{place}/{object_type.path}/{row.number}"
    kept = (row.account_id, row.type, row.number, row.deleted)
    ignored = {"id", "deleted", "dateUpdated"} | READ_ONLY.get(object_type.name, frozenset())
    for name in sorted(set(KNOWN) - set(object_type.schema.model_fields) - PASSWORD_MEMBERS):
        before = Change.objects.count()
        answer = administrator("PUT", address, {**values, name: HOSTILE.get(name, "4711")})
        if name in ignored:
            assert answer.status_code == 200, name
        else:
            assert (answer.status_code, answer.json()["error"]["field"]) == (400, name)
        assert Change.objects.count() == before
    now = ConfigurationObject.objects.get(pk=row.pk)
    assert (now.account_id, now.type, now.number, now.deleted) == kept


def test_a_new_object_gets_its_id_here(administrator: Configurer) -> None:
    made = administrator.made("lobs", name="Cards", id=1, deleted=True)
    assert made["id"] != 1
    assert made["deleted"] is False


BODIES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "put_settings": ("PUT", "settings", {"name": "N", "timeZone": "UTC"}),
    "put_password_rules": (
        "PUT",
        "password-rules",
        {"minLength": 14, "strength": 2, "history": 3, "expiryDays": 0},
    ),
    "put_data_type": ("PUT", "data-types/engagement", {"switchedOn": True}),
    "put_encryption": ("PUT", "encryption", {"key": "none"}),
    "create_key": ("POST", "api-keys", {"name": "k", "permissions": ["collect"]}),
    "put_key": ("PUT", "api-keys/{}", {"permissions": ["data-access"]}),
}


def test_every_body_of_the_account_is_tried() -> None:
    views = [view for path in router.path_operations.values() for view in path.operations]
    with_body = {view.view_func.__name__ for view in views if {"POST", "PUT"} & set(view.methods)}
    assert with_body == set(BODIES)


@pytest.mark.parametrize("what", BODIES)
def test_settings_and_keys_take_their_own_members_only(
    administrator: Configurer, northwind: Caller, what: str
) -> None:
    method, path, body = BODIES[what]
    address = f"/api/account/{NORTHWIND}/configuration/trunkline/{path.format(northwind.key.id)}"
    before = Change.objects.count()
    own = {"origins"} if what == "create_key" else set()
    own |= {"heartbeats", "inactivityMinutes", "maximumHours", "dropLate", "schemaVersion"}
    for name in sorted(set(KNOWN) - set(body) - own):
        answer = administrator(method, address, {**body, name: HOSTILE.get(name, "4711")})
        assert (answer.status_code, answer.json()["error"]["field"]) == (400, name)
    assert Change.objects.count() == before
