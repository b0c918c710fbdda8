"""The API for what only this program has: an account's settings, data types, encryption and keys."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Annotated, Any

from django.db import transaction
from django.http import HttpRequest
from ninja import Path, Router, Status

from trunkline.platform.accounts import accounts, data_types, encryption, keys
from trunkline.platform.accounts.password_rules import password_rules, set_password_rules
from trunkline.platform.actors import Actor
from trunkline.platform.configuration.api import CHANGE_REFUSED, REFUSED, AccountId
from trunkline.platform.configuration.own_shapes import (
    DataType,
    Encryption,
    Key,
    NewKey,
    SentDataType,
    SentKey,
    SentPermissions,
    SentPublicKey,
    SentSettings,
    Settings,
    shown_data_type,
    shown_encryption,
    shown_key,
    shown_settings,
)
from trunkline.platform.errors import Error
from trunkline.platform.refusals import Invalid

KeyId = Annotated[
    str, Path(pattern=r"^key_[0-9a-f]{1,28}$", description="the id of the key, such as `key_0123…`")
]
DataTypeName = Annotated[str, Path(pattern=r"^[A-Za-z]{1,40}$", description="such as `agentActivity`")]

router = Router(tags=["Settings"])


@router.get("/settings", response={200: Settings, **REFUSED}, operation_id="readSettings")
def read_settings(request: HttpRequest, account_id: AccountId) -> Any:
    """The account's name and time zone, and what its users' passwords must be."""
    actor = _actor(request)
    return shown_settings(accounts.settings_of(actor, account_id), password_rules(actor, account_id))


@router.put("/settings", response={200: Settings, **CHANGE_REFUSED}, operation_id="changeSettings")
def change_settings(request: HttpRequest, account_id: AccountId, sent: SentSettings) -> Any:
    """Change what is sent; the rest stays. All of it or nothing."""
    actor, rules = _actor(request), sent.passwordRules
    with _published_names(), transaction.atomic():
        account = accounts.set_settings(actor, account_id, name=sent.name, time_zone=sent.timeZone)
        if rules:
            set_password_rules(
                actor,
                account_id,
                min_length=rules.minLength,
                strength=rules.strength,
                history=rules.history,
                expiry_days=rules.expiryDays,
            )
        return shown_settings(account, password_rules(actor, account_id))


@router.get("/data-types", response={200: list[DataType], **REFUSED}, operation_id="listDataTypes")
def list_data_types(request: HttpRequest, account_id: AccountId) -> Any:
    """Those that were ever switched on, with their rules."""
    return [shown_data_type(row) for row in data_types.data_types_of(_actor(request), account_id)]


@router.put(
    "/data-types/{data_type}", response={200: DataType, **CHANGE_REFUSED}, operation_id="changeDataType"
)
def change_data_type(
    request: HttpRequest, account_id: AccountId, data_type: DataTypeName, sent: SentDataType
) -> Any:
    """Switch a data type on with these rules, or off: then its rules are set, too, for the next time."""
    actor = _actor(request)
    with _published_names(), transaction.atomic():
        row = data_types.switch_on(
            actor,
            account_id,
            data_type,
            heartbeats=sent.heartbeats,
            inactivity_minutes=sent.inactivityMinutes,
            maximum_hours=sent.maximumHours,
            drop_late=sent.dropLate,
            schema_version=sent.schemaVersion,
        )
        if not sent.switchedOn:
            data_types.switch_off(actor, account_id, data_type)
            row.switched_on = False
    return shown_data_type(row)


@router.get("/encryption", response={200: Encryption, **REFUSED}, operation_id="readEncryption")
def read_encryption(request: HttpRequest, account_id: AccountId) -> Any:
    """The public key to which sensitive values are encrypted; 404 where records are published in clear."""
    return shown_encryption(encryption.public_key_of(_actor(request), account_id))


@router.put(
    "/encryption",
    # A key of many pages does not come in.
    response={200: Encryption, **CHANGE_REFUSED, 413: Error},
    operation_id="changeEncryption",
)
def change_encryption(request: HttpRequest, account_id: AccountId, sent: SentPublicKey) -> Any:
    """Encrypt to this public key from the next run on, in place of any before it."""
    with _published_names(key="publicKey"):
        return shown_encryption(encryption.set_public_key(_actor(request), account_id, sent.publicKey))


@router.delete("/encryption", response={204: None, **CHANGE_REFUSED}, operation_id="deleteEncryption")
def delete_encryption(request: HttpRequest, account_id: AccountId) -> Any:
    """Publish in clear from the next run on."""
    encryption.remove_public_key(_actor(request), account_id)
    return Status(HTTPStatus.NO_CONTENT, None)


@router.get("/api-keys", response={200: list[Key], **REFUSED}, operation_id="listApiKeys")
def list_keys(request: HttpRequest, account_id: AccountId) -> Any:
    """Every key, revoked ones too, without what it is made of."""
    return [shown_key(row) for row in keys.keys_of(_actor(request), account_id)]


@router.post(
    "/api-keys", response={201: NewKey, **CHANGE_REFUSED}, operation_id="createApiKey", exclude_none=True
)
def create_key(request: HttpRequest, account_id: AccountId, sent: SentKey) -> Any:
    """A key. What it is made of is answered this once and can never be read again."""
    with _published_names(permission="permissions", origin="origins"):
        new = keys.create_key(
            _actor(request),
            account_id,
            name=sent.name,
            permissions=sent.permissions,
            origins=sent.origins,
        )
    if isinstance(new, keys.NewWriteKey):
        return Status(HTTPStatus.CREATED, {"id": new.id, "token": new.token})
    shown = {
        "id": new.id,
        "appKey": new.app_key,
        "secret": new.secret,
        "accessToken": new.access_token,
        "accessTokenSecret": new.access_token_secret,
    }
    return Status(HTTPStatus.CREATED, shown)


@router.put("/api-keys/{key_id}", response={200: Key, **CHANGE_REFUSED}, operation_id="changeApiKey")
def change_key(request: HttpRequest, account_id: AccountId, key_id: KeyId, sent: SentPermissions) -> Any:
    """Other permissions; the values of the key stay."""
    with _published_names(permission="permissions"):
        return shown_key(keys.set_permissions(_actor(request), account_id, key_id, sent.permissions))


@router.delete("/api-keys/{key_id}", response={204: None, **CHANGE_REFUSED}, operation_id="revokeApiKey")
def revoke_key(request: HttpRequest, account_id: AccountId, key_id: KeyId) -> Any:
    """Refuse the key from the next request on. It stays in the list; this cannot be taken back."""
    keys.revoke_key(_actor(request), account_id, key_id)
    return Status(HTTPStatus.NO_CONTENT, None)


@contextmanager
def _published_names(**others: str) -> Iterator[None]:
    """A refusal names the member as it was sent: `timeZone`, where a verb says time-zone."""
    try:
        yield
    except Invalid as refusal:
        name = re.sub(r"[-_]([a-z])", lambda match: match[1].upper(), refusal.field)
        refusal.field = others.get(name, name)
        raise


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = request.auth  # type: ignore[attr-defined]  # set by django-ninja
    return actor
