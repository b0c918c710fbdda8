"""The public key to which an account's sensitive values are encrypted: setting, showing and removing it."""

from trunkline.clock import REAL
from trunkline.encryption.keys import KeyRefused, check_public_key
from trunkline.platform.accounts import facts
from trunkline.platform.accounts.accounts import find_account
from trunkline.platform.accounts.models import PublicKey
from trunkline.platform.actors import Actor, Permission
from trunkline.platform.audit.trail import changing
from trunkline.platform.refusals import Invalid, NotFound


def set_public_key(actor: Actor, account_id: str, text: str) -> PublicKey:
    """From the next run on, sensitive values are encrypted to this key, in place of any before it; files that are published
    stay as they are. Raises `Invalid`, `NotFound`."""
    actor.require(Permission.CONFIGURE, account_id)
    account, now = find_account(account_id), REAL.now()
    try:
        key = check_public_key(text, now)
    except KeyRefused as refused:
        raise Invalid(str(refused), field="key") from None
    values = {
        "fingerprint": key.fingerprint,
        "user_ids": list(key.user_ids),
        "algorithm": key.algorithm,
        "expires": key.expires,
        "armored": key.armored,
        "set": now,
    }
    with changing(actor, account_id) as trail:
        before = PublicKey.objects.filter(account=account).first()
        row, _created = PublicKey.objects.update_or_create(account=account, defaults=values)
        trail.record(
            facts.PUBLIC_KEY,
            before=facts.of_public_key(before) if before else None,
            after=facts.of_public_key(row),
        )
    return row


def public_key_of(actor: Actor, account_id: str) -> PublicKey:
    """Raises `NotFound`, also where the account is published in clear."""
    actor.require(Permission.CONFIGURE, account_id)
    find_account(account_id)
    row = PublicKey.objects.filter(account_id=account_id).first()
    if row is None:
        raise NotFound(
            f"Account {account_id} has no public key, its records are published in clear; "
            f"set one with: trunkline account encryption set {account_id} --key-file FILE"
        )
    return row


def public_keys(actor: Actor) -> list[PublicKey]:
    """Of every account that the actor may configure, in order of accounts."""
    found = PublicKey.objects.order_by("account_id")
    if actor.account_id is None:
        return list(found)
    actor.require(Permission.CONFIGURE, actor.account_id)
    return list(found.filter(account_id=actor.account_id))


def remove_public_key(actor: Actor, account_id: str) -> None:
    """From the next run on, records are published in clear; files that are published stay encrypted. Raises `NotFound`."""
    actor.require(Permission.CONFIGURE, account_id)
    with changing(actor, account_id) as trail:
        row = public_key_of(actor, account_id)
        trail.record(facts.PUBLIC_KEY, before=facts.of_public_key(row), after=None)
        row.delete()
