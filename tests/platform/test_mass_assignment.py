"""Whatever members a client sends along: what is not its to write stays."""

from typing import Any

import pytest
from tests.platform.conftest import CONTOSO, NORTHWIND, Caller
from tests.platform.test_configuration_api import Configurer

from trunkline.platform.accounts import keys
from trunkline.platform.accounts.models import Account, AccountDataType, ApiKey, PublicKey
from trunkline.platform.actors import OPERATOR
from trunkline.platform.configuration import own_shapes
from trunkline.platform.configuration.models import ConfigurationObject
from trunkline.platform.configuration.object_types import ObjectType
from trunkline.platform.configuration.registry import OBJECT_TYPES
from trunkline.platform.configuration.shapes import READ_ONLY
from trunkline.platform.permissions import ADMINISTRATION

pytestmark = pytest.mark.django_db

BASE = f"/api/account/{NORTHWIND}/configuration/"

MODELS = (ConfigurationObject, Account, AccountDataType, ApiKey, PublicKey)
SENT = [
    one for one in vars(own_shapes).values() if isinstance(one, type) and issubclass(one, own_shapes.Schema)
]
MEMBERS: dict[str, Any] = {
    "id": 999,
    "deleted": True,
    "account": CONTOSO,
    "accountId": CONTOSO,
    "dateUpdated": "1999-01-01 00:00:00",
    "roleTypeName": "Administrator",
    "permissionGroups": ["2"],
}
for names in (
    *READ_ONLY.values(),
    *([field.attname for field in model._meta.local_concrete_fields] for model in MODELS),
    *(schema.model_fields for schema in SENT),
    *(one.schema.model_fields for one in OBJECT_TYPES),
):
    MEMBERS.update({name: 999 for name in names if name not in MEMBERS})


@pytest.fixture
def configurer(northwind: Caller) -> Configurer:
    key = keys.create_key(OPERATOR, NORTHWIND, name="configurer", permissions=sorted(ADMINISTRATION))
    return Configurer(Caller(NORTHWIND, key))


@pytest.mark.parametrize("object_type", OBJECT_TYPES, ids=lambda one: one.name)
def test_an_object_takes_the_members_of_its_shape_and_no_others(
    configurer: Configurer, object_type: ObjectType
) -> None:
    place = "le-agents" if object_type.name == "statusReason" else "le-users"
    path = f"{BASE}{place}/{object_type.path}"
    written = {object_type.named_by: "One"} | (
        {"parentGroupId": 1} if object_type.name == "agentGroup" else {}
    )
    made = configurer.made(path, **written)
    for name in MEMBERS.keys() - object_type.schema.model_fields.keys():
        row = ConfigurationObject.objects.filter(account_id=NORTHWIND, number=made["id"])
        before = row.values().get()
        answer = configurer("PUT", f"{path}/{made['id']}", {**written, name: MEMBERS[name]})
        assert answer.status_code == 200 or answer.json()["error"]["field"] == name
        assert row.values().get() == before, name
    new = configurer(
        "POST", path, {**written, object_type.named_by: "Two", "id": 999, "deleted": True}
    ).json()
    assert (new["id"] == 999, new["deleted"]) == (False, False)
    assert not ConfigurationObject.objects.filter(account_id=CONTOSO).exists()


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("settings", own_shapes.SentSettings),
        ("data-types/agentActivity", own_shapes.SentDataType),
        ("api-keys/{key}", own_shapes.SentPermissions),
    ],
)
def test_our_own_settings_take_no_other_members(
    configurer: Configurer, northwind: Caller, path: str, sent: Any
) -> None:
    address = f"{BASE}trunkline/{path}".replace("{key}", northwind.key.id)
    needed = {"permissions": ["data-access"]} if path.startswith("api-keys") else {}
    before = [list(model.objects.order_by("pk").values()) for model in MODELS]
    for name in MEMBERS.keys() - sent.model_fields.keys():
        answer = configurer("PUT", address, {**needed, name: MEMBERS[name]})
        assert (answer.status_code, answer.json()["error"]["field"]) == (400, name)
    assert [list(model.objects.order_by("pk").values()) for model in MODELS] == before
