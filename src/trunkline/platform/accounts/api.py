"""What else is configuration of an account, at addresses of our own: settings, password rules, data types, keys."""

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Path, Router, Status

from trunkline.platform.accounts import facts, keys, shapes
from trunkline.platform.accounts.accounts import set_settings, settings_of
from trunkline.platform.accounts.data_types import data_types_of, find_data_type, switch_off, switch_on
from trunkline.platform.accounts.encryption import public_key_of, remove_public_key, set_public_key
from trunkline.platform.accounts.password_rules import password_rules, set_password_rules
from trunkline.platform.actors import Actor
from trunkline.platform.errors import Error, Unauthorized

router = Router(tags=["Configuration of the account"])

AccountId = Annotated[
    str, Path(pattern=r"^[a-zA-Z0-9_]{1,20}$", description="the account's id; everybody sees their own only")
]
DataTypeName = Annotated[str, Path(max_length=40, description="a data type, such as `agentActivity`")]
KeyId = Annotated[str, Path(max_length=24, description="the id of a key")]

REFUSED = {400: Error, 401: Unauthorized, 403: Error, 404: Error}
CHANGE_REFUSED = {**REFUSED, 409: Error}


@router.get("/settings", response={200: shapes.Settings, **REFUSED}, operation_id="readSettings")
def read_settings(request: HttpRequest, account_id: AccountId) -> Any:
    """The account's name and time zone."""
    return facts.of_account(settings_of(_actor(request), account_id))


@router.put("/settings", response={200: shapes.Settings, **REFUSED}, operation_id="replaceSettings")
def put_settings(request: HttpRequest, account_id: AccountId, sent: shapes.Settings) -> Any:
    """Both of them."""
    account = set_settings(_actor(request), account_id, name=sent.name, time_zone=sent.timeZone)
    return facts.of_account(account)


@router.get(
    "/password-rules", response={200: shapes.PasswordRules, **REFUSED}, operation_id="readPasswordRules"
)
def read_password_rules(request: HttpRequest, account_id: AccountId) -> Any:
    """What passwords of the account's users must be."""
    return facts.of_password_rules(password_rules(_actor(request), account_id))


@router.put(
    "/password-rules", response={200: shapes.PasswordRules, **REFUSED}, operation_id="replacePasswordRules"
)
def put_password_rules(request: HttpRequest, account_id: AccountId, sent: shapes.PasswordRules) -> Any:
    """All of them. They hold for passwords that are set from now on, the expiry for all."""
    rules = set_password_rules(
        _actor(request),
        account_id,
        min_length=sent.minLength,
        strength=sent.strength,
        history=sent.history,
        expiry_days=sent.expiryDays,
    )
    return facts.of_password_rules(rules)


@router.get("/data-types", response={200: list[shapes.DataType], **REFUSED}, operation_id="listDataTypeRules")
def list_data_types(request: HttpRequest, account_id: AccountId) -> Any:
    """What was ever switched on for the account, with its rules."""
    return [shapes.data_type(row) for row in data_types_of(_actor(request), account_id)]


@router.put(
    "/data-types/{data_type}",
    response={200: shapes.DataType, **REFUSED},
    operation_id="replaceDataTypeRules",
)
def put_data_type(
    request: HttpRequest, account_id: AccountId, data_type: DataTypeName, sent: shapes.DataTypeRules
) -> Any:
    """Switch a data type on by these rules, or off."""
    actor = _actor(request)
    if not sent.switchedOn:
        switch_off(actor, account_id, data_type)
        return shapes.data_type(find_data_type(actor, account_id, data_type))
    row = switch_on(
        actor,
        account_id,
        data_type,
        heartbeats=sent.heartbeats,
        inactivity_minutes=sent.inactivityMinutes,
        maximum_hours=sent.maximumHours,
        drop_late=sent.dropLate,
        schema_version=sent.schemaVersion,
    )
    return shapes.data_type(row)


@router.get("/encryption", response={200: shapes.Encryption, **REFUSED}, operation_id="readEncryption")
def read_encryption(request: HttpRequest, account_id: AccountId) -> Any:
    """The public key to which sensitive values are encrypted; 404 where records are published in clear."""
    return shapes.encryption(public_key_of(_actor(request), account_id))


@router.put(
    "/encryption",
    response={200: shapes.Encryption, **REFUSED},
    operation_id="replaceEncryption",
)
def put_encryption(request: HttpRequest, account_id: AccountId, sent: shapes.NewPublicKey) -> Any:
    """Encrypt to this public key from the next run on, in place of any before it."""
    return shapes.encryption(set_public_key(_actor(request), account_id, sent.key))


@router.delete("/encryption", response={204: None, **REFUSED}, operation_id="deleteEncryption")
def delete_encryption(request: HttpRequest, account_id: AccountId) -> Any:
    """Publish in clear from the next run on; what is published stays encrypted."""
    remove_public_key(_actor(request), account_id)
    return Status(204, None)


@router.get("/api-keys", response={200: list[shapes.Key], **REFUSED}, operation_id="listKeys")
def list_keys(request: HttpRequest, account_id: AccountId) -> Any:
    """Every key of the account, revoked ones too, without what they are made of."""
    return [shapes.key(row) for row in keys.keys_of(_actor(request), account_id)]


@router.post(
    "/api-keys",
    response={201: shapes.MadeKey, **CHANGE_REFUSED},
    operation_id="createKey",
    exclude_none=True,
)
def create_key(request: HttpRequest, account_id: AccountId, sent: shapes.NewKey) -> Any:
    """A new key. What it is made of is answered this once; nobody can read it again."""
    made = keys.create_key(
        _actor(request), account_id, name=sent.name, permissions=sent.permissions, origins=sent.origins
    )
    return Status(201, shapes.made_key(made))


@router.put(
    "/api-keys/{key_id}", response={200: shapes.Key, **CHANGE_REFUSED}, operation_id="replaceKeyPermissions"
)
def put_key(request: HttpRequest, account_id: AccountId, key_id: KeyId, sent: shapes.KeyPermissions) -> Any:
    """Other permissions, from the next request on; its values stay as they are."""
    return shapes.key(keys.set_permissions(_actor(request), account_id, key_id, sent.permissions))


@router.delete("/api-keys/{key_id}", response={200: shapes.Key, **REFUSED}, operation_id="revokeKey")
def revoke_key(request: HttpRequest, account_id: AccountId, key_id: KeyId) -> Any:
    """The key is refused from the next request on, and stays so."""
    return shapes.key(keys.revoke_key(_actor(request), account_id, key_id))


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = request.auth  # type: ignore[attr-defined]  # set by django-ninja
    return actor
