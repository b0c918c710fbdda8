"""Making and finding accounts."""

import re
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import IntegrityError, transaction

from trunkline.clock import REAL
from trunkline.platform.accounts import facts
from trunkline.platform.accounts.models import ACCOUNT_ID, Account, DataKey
from trunkline.platform.accounts.secrets import sealer
from trunkline.platform.actors import Actor, Permission
from trunkline.platform.audit.entries import Subject
from trunkline.platform.audit.models import Head
from trunkline.platform.audit.trail import changing
from trunkline.platform.configuration.beginnings import first_objects
from trunkline.platform.configuration.gate import Gate
from trunkline.platform.refusals import Conflict, Invalid, NotFound


def create_account(actor: Actor, account_id: str, *, name: str, time_zone: str) -> Account:
    """A new account with nothing switched on. Raises `Invalid` and `Conflict`."""
    actor.require(Permission.CONFIGURE, account_id)
    _check(account_id, name, time_zone)
    sealed = sealer().new_data_key(account_id)
    try:
        with transaction.atomic():
            account = Account.objects.create(
                id=account_id, name=name, time_zone=time_zone, created=REAL.now()
            )
            DataKey.objects.create(account=account, sealed=sealed)
            Head.objects.create(account=account)
            _begin(actor, account)
    except IntegrityError:
        raise Conflict(f"Account {account_id} exists already; `trunkline account list` shows all.") from None
    return account


def _begin(actor: Actor, account: Account) -> None:
    """The first entries of its trail."""
    with changing(actor, account.id) as trail:
        subject = Subject("account", account.id, account.name)
        trail.record(subject, before=None, after=facts.of_account(account))
        for object_type, values in first_objects(account.name):
            Gate(account.id, object_type, trail).add(values)


def accounts(actor: Actor) -> list[Account]:
    """Every account that the actor may configure."""
    if actor.account_id is None:
        return list(Account.objects.order_by("id"))
    actor.require(Permission.CONFIGURE, actor.account_id)
    return list(Account.objects.filter(id=actor.account_id))


def settings_of(actor: Actor, account_id: str) -> Account:
    """Raises `NotFound`."""
    actor.require(Permission.CONFIGURE, account_id)
    return find_account(account_id)


def set_settings(
    actor: Actor, account_id: str, *, name: str | None = None, time_zone: str | None = None
) -> Account:
    """Change the account's name and the time zone in which its dates are shown; None leaves one as it is. Raises `Invalid`,
    `NotFound`."""
    actor.require(Permission.CONFIGURE, account_id)
    with changing(actor, account_id) as trail:
        account = find_account(account_id)
        before = facts.of_account(account)
        account.name = account.name if name is None else name
        account.time_zone = account.time_zone if time_zone is None else time_zone
        _check(account_id, account.name, account.time_zone)
        account.save(update_fields=["name", "time_zone"])
        subject = Subject("account", account.id, account.name)
        trail.record(subject, before=before, after=facts.of_account(account))
    return account


def find_account(account_id: str) -> Account:
    """Raises `NotFound`. Asks for no permission: verbs do."""
    try:
        return Account.objects.get(id=account_id)
    except Account.DoesNotExist:
        raise NotFound(
            f"There is no account {account_id}; `trunkline account list` shows all, `trunkline account create` makes one."
        ) from None


def _check(account_id: str, name: str, time_zone: str) -> None:
    if not re.match(ACCOUNT_ID, account_id):
        raise Invalid("An account id has 1 to 20 letters, digits and underscores.", field="id")
    if not name.strip() or len(name) > 200 or not name.isprintable():
        raise Invalid("A name has 1 to 200 printable characters.", field="name")
    try:
        ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid(
            f"{time_zone!r} is not a time zone; expected an IANA name such as America/New_York or UTC.",
            field="time-zone",
        ) from None
