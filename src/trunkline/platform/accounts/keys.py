"""Making, listing and revoking keys. What a secret key was made of is returned once and can never be read again."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from trunkline.clock import REAL
from trunkline.collector.keys import digest_of
from trunkline.collector.origins import read_origin
from trunkline.platform.accounts import facts
from trunkline.platform.accounts.accounts import find_account
from trunkline.platform.accounts.key_permissions import (
    API_PERMISSIONS,
    PAGE_PERMISSIONS,
    check_may_give,
    check_permissions,
    check_same_kind,
)
from trunkline.platform.accounts.models import Account, ApiKey, WriteKey
from trunkline.platform.accounts.secrets import data_key_of
from trunkline.platform.actors import Actor, Permission
from trunkline.platform.audit.entries import Subject
from trunkline.platform.audit.trail import Trail, changing
from trunkline.platform.refusals import Conflict, Invalid, NotFound

MAX_KEYS = 100
MAX_ORIGINS = 50


@dataclass(frozen=True)
class NewApiKey:
    """The four values of an OAuth 1.0 key, under their published names."""

    id: str
    app_key: str
    secret: str = field(repr=False)
    access_token: str
    access_token_secret: str = field(repr=False)


@dataclass(frozen=True)
class NewWriteKey:
    id: str
    token: str = field(repr=False)
    origins: tuple[str, ...] = ()
    """Of a publishable key."""


def create_key(
    actor: Actor, account_id: str, *, name: str, permissions: Iterable[str], origins: Iterable[str] = ()
) -> NewApiKey | NewWriteKey:
    """An API key or a write key, whichever the permissions are for; with `origins` a publishable one. Raises `Invalid`,
    `NotFound`, `Conflict`."""
    actor.require(Permission.KEYS, account_id)
    _check_name(name)
    wanted = check_permissions(permissions)
    check_may_give(actor, account_id, wanted)
    pages = _check_origins(wanted, origins)
    find_account(account_id)
    with changing(actor, account_id) as trail:
        account = _with_room_for_a_key(account_id)
        if wanted <= API_PERMISSIONS:
            return _create_api_key(trail, account, name, wanted)
        return _create_write_key(trail, account, name, wanted, pages)


def keys_of(actor: Actor, account_id: str) -> list[ApiKey | WriteKey]:
    """Every key of the account, revoked ones too, oldest first."""
    actor.require(Permission.KEYS, account_id)
    account = find_account(account_id)
    return sorted([*account.api_keys.all(), *account.write_keys.all()], key=lambda key: (key.created, key.id))


def set_permissions(
    actor: Actor, account_id: str, key_id: str, permissions: Iterable[str]
) -> ApiKey | WriteKey:
    """The key has these permissions, from the next request on (at collectors within two seconds). Raises `Invalid`,
    `NotFound`, `Conflict`, and `NotPermitted` for what the actor may not do itself."""
    actor.require(Permission.KEYS, account_id)
    wanted = check_permissions(permissions)
    find_account(account_id)
    with changing(actor, account_id) as trail:
        key = _find_key(account_id, key_id)
        check_same_kind(frozenset(key.permissions), wanted)
        if key.revoked is not None:
            raise Conflict(f"{key_id} was revoked and stays so; make a new key.")
        check_may_give(actor, account_id, wanted - frozenset(key.permissions))
        before = _values(key)
        key.permissions = sorted(wanted)
        key.save(update_fields=["permissions"])
        trail.record(_subject(key), before=before, after=_values(key))
    return key


def revoke_key(actor: Actor, account_id: str, key_id: str) -> ApiKey | WriteKey:
    """The key is refused from the next request on (by collectors within two seconds). Raises `NotFound`."""
    actor.require(Permission.KEYS, account_id)
    find_account(account_id)
    with changing(actor, account_id) as trail:
        key = _find_key(account_id, key_id)
        if key.revoked is not None:
            return key
        before = _values(key)
        key.revoked = REAL.now()
        key.save(update_fields=["revoked"])
        trail.record(_subject(key), before=before, after=_values(key))
    return key


def _find_key(account_id: str, key_id: str) -> ApiKey | WriteKey:
    models: Sequence[type[ApiKey] | type[WriteKey]] = (ApiKey, WriteKey)
    for model in models:
        if key := model.objects.filter(account_id=account_id, id=key_id).first():
            return key
    raise NotFound(f"Account {account_id} has no key {key_id}; `trunkline key list` shows its keys.")


def _subject(key: ApiKey | WriteKey) -> Subject:
    return Subject("apiKey" if isinstance(key, ApiKey) else "writeKey", key.id, key.name)


def _values(key: ApiKey | WriteKey) -> dict[str, Any]:
    return facts.of_api_key(key) if isinstance(key, ApiKey) else facts.of_write_key(key)


def _check_name(name: str) -> None:
    if not name.strip() or len(name) > 100 or not name.isprintable():
        raise Invalid("A key's name has 1 to 100 printable characters.", field="name")


def _check_origins(permissions: frozenset[str], origins: Iterable[str]) -> tuple[str, ...]:
    try:
        pages = tuple(dict.fromkeys(read_origin(origin) for origin in origins))
    except ValueError as error:
        raise Invalid(f"{error}.", field="origin") from None
    if permissions != PAGE_PERMISSIONS:
        if pages:
            raise Invalid(
                "Only a key that stands in pages (collect-from-browser) has origins.", field="origin"
            )
        return ()
    if not 0 < len(pages) <= MAX_ORIGINS:
        raise Invalid(
            f"A key that stands in pages has 1 to {MAX_ORIGINS} origins: the sites whose pages may use it, such as "
            "--origin https://shop.example.",
            field="origin",
        )
    return pages


def _with_room_for_a_key(account_id: str) -> Account:
    account = Account.objects.get(id=account_id)
    if account.api_keys.count() + account.write_keys.count() >= MAX_KEYS:
        raise Conflict(f"Account {account_id} has {MAX_KEYS} keys, the most there can be; use one of them.")
    return account


def _create_api_key(trail: Trail, account: Account, name: str, permissions: frozenset[str]) -> NewApiKey:
    new = NewApiKey(
        id=_new_id(),
        app_key=secrets.token_hex(16),
        secret=secrets.token_hex(16),
        access_token=secrets.token_hex(16),
        access_token_secret=secrets.token_hex(16),
    )
    data_key = data_key_of(account.id)
    key = ApiKey.objects.create(
        id=new.id,
        account=account,
        name=name,
        app_key=new.app_key,
        access_token=new.access_token,
        sealed_secret=data_key.seal(new.secret, record=new.id, field="secret"),
        sealed_token_secret=data_key.seal(new.access_token_secret, record=new.id, field="token_secret"),
        permissions=sorted(permissions),
        created=REAL.now(),
    )
    trail.record(_subject(key), before=None, after=_values(key))
    return new


def _create_write_key(
    trail: Trail, account: Account, name: str, permissions: frozenset[str], origins: tuple[str, ...]
) -> NewWriteKey:
    prefix = "tlp" if origins else "tlw"
    new = NewWriteKey(id=_new_id(), token=f"{prefix}_{secrets.token_urlsafe(32)}", origins=origins)
    key = WriteKey.objects.create(
        id=new.id,
        account=account,
        name=name,
        digest=digest_of(new.token),
        permissions=sorted(permissions),
        origins=list(origins),
        token=new.token if origins else None,
        created=REAL.now(),
    )
    trail.record(_subject(key), before=None, after=_values(key))
    return new


def _new_id() -> str:
    return f"key_{secrets.token_hex(8)}"
