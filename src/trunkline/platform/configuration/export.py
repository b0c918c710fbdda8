"""The whole configuration of an account as plain values, to be kept under version control."""

from typing import Any

from trunkline.platform.accounts import facts
from trunkline.platform.accounts.accounts import find_account
from trunkline.platform.accounts.data_types import data_types_of
from trunkline.platform.accounts.keys import keys_of
from trunkline.platform.accounts.models import PublicKey
from trunkline.platform.accounts.password_rules import password_rules
from trunkline.platform.actors import Actor, Permission
from trunkline.platform.configuration.objects import list_objects
from trunkline.platform.configuration.registry import OBJECT_TYPES
from trunkline.platform.databases import alias_of, as_of_one_moment

VERSION = 1


def exported(actor: Actor, account_id: str) -> dict[str, Any]:
    """All of it as it is at one moment, without secrets and without what was deleted. Raises `NotFound`, `NotPermitted`."""
    actor.require(Permission.CONFIGURE, account_id)
    with as_of_one_moment(alias_of("configuration")):
        account = find_account(account_id)
        return {
            "version": VERSION,
            "account": {"id": account.id, **facts.of_account(account)},
            "passwordRules": facts.of_password_rules(password_rules(actor, account_id)),
            "publicKey": _public_key(account_id),
            "dataTypes": [
                {"dataType": row.data_type, **facts.of_data_type(row)}
                for row in data_types_of(actor, account_id)
            ],
            "keys": _keys(actor, account_id),
        } | {
            object_type.path: [
                {"id": row.number, **row.values}
                for row in list_objects(actor, account_id, object_type).objects
            ]
            for object_type in OBJECT_TYPES
        }


def _public_key(account_id: str) -> dict[str, Any] | None:
    row = PublicKey.objects.filter(account_id=account_id).first()
    return {**facts.of_public_key(row), "armored": row.armored} if row else None


def _keys(actor: Actor, account_id: str) -> list[dict[str, Any]]:
    """What they are for, not what they are made of; revoked ones do nothing any more."""
    return [
        {
            "id": row.id,
            "name": row.name,
            "permissions": row.permissions,
            "origins": getattr(row, "origins", []),
        }
        for row in keys_of(actor, account_id)
        if row.revoked is None
    ]
