"""Switching data types on and off for an account, and how its sessions close."""

from copy import copy

from trunkline.platform.accounts import facts
from trunkline.platform.accounts.accounts import find_account
from trunkline.platform.accounts.models import AccountDataType
from trunkline.platform.accounts.session_rules import MAXIMUM_HOURS
from trunkline.platform.actors import Actor, Permission
from trunkline.platform.audit.entries import Subject
from trunkline.platform.audit.trail import Trail, changing
from trunkline.platform.refusals import Invalid, NotFound
from trunkline.schemas import registry


def switch_on(
    actor: Actor,
    account_id: str,
    data_type: str,
    *,
    heartbeats: bool = False,
    inactivity_minutes: int | None = None,
    maximum_hours: int | None = None,
    drop_late: bool = False,
    schema_version: str | None = None,
) -> AccountDataType:
    """From now on the account's events of this type become files, by these rules. Raises `Invalid`, `NotFound`."""
    actor.require(Permission.CONFIGURE, account_id)
    account = find_account(account_id)
    _check_known(data_type)
    schema_version = schema_version or registry.versions(data_type)[0]
    _check(data_type, schema_version, inactivity_minutes, maximum_hours)
    if heartbeats and data_type != "agentActivity":
        raise Invalid("Only agents send heartbeats.", field="heartbeats")
    with changing(actor, account_id) as trail:
        before = account.data_types.filter(data_type=data_type).first()
        row, _created = AccountDataType.objects.update_or_create(
            account=account,
            data_type=data_type,
            defaults={
                "switched_on": True,
                "heartbeats": heartbeats,
                "inactivity_minutes": inactivity_minutes,
                "maximum_hours": maximum_hours,
                "drop_late": drop_late,
                "schema_version": schema_version,
            },
        )
        _record(trail, before, row)
    return row


def switch_off(actor: Actor, account_id: str, data_type: str) -> None:
    """No more files, and those there are no longer served; the rules are kept. Raises `Invalid`, `NotFound`."""
    actor.require(Permission.CONFIGURE, account_id)
    account = find_account(account_id)
    _check_known(data_type)
    with changing(actor, account_id) as trail:
        row = account.data_types.filter(data_type=data_type, switched_on=True).first()
        if row is None:
            return
        before, row.switched_on = copy(row), False
        row.save(update_fields=["switched_on"])
        _record(trail, before, row)


def _record(trail: Trail, before: AccountDataType | None, after: AccountDataType) -> None:
    subject = Subject("dataType", after.data_type, after.data_type)
    trail.record(
        subject, before=facts.of_data_type(before) if before else None, after=facts.of_data_type(after)
    )


def data_types_of(actor: Actor, account_id: str) -> list[AccountDataType]:
    """What was ever switched on for the account, in order of name."""
    actor.require(Permission.CONFIGURE, account_id)
    return list(find_account(account_id).data_types.order_by("data_type"))


def find_data_type(actor: Actor, account_id: str, data_type: str) -> AccountDataType:
    """Raises `NotFound` for one that was never switched on."""
    for row in data_types_of(actor, account_id):
        if row.data_type == data_type:
            return row
    raise NotFound(f"{data_type} was never switched on for account {account_id}.")


def _check(
    data_type: str, schema_version: str, inactivity_minutes: int | None, maximum_hours: int | None
) -> None:
    if schema_version not in registry.versions(data_type):
        raise Invalid(
            f"{data_type} has no schema version {schema_version}; there are {', '.join(registry.versions(data_type))}.",
            field="schema-version",
        )
    if inactivity_minutes is not None and not 1 <= inactivity_minutes <= 7 * 24 * 60:
        raise Invalid(
            "Inactivity is between 1 minute and 7 days (10080 minutes).", field="inactivity-minutes"
        )
    if data_type not in MAXIMUM_HOURS and (inactivity_minutes or maximum_hours) is not None:
        raise Invalid(
            "A survey is published with its visit: the lengths are set with webSession.",
            field="inactivity-minutes",
        )
    if maximum_hours is not None and not 1 <= maximum_hours <= 7 * 24:
        raise Invalid("The maximum length of a session is between 1 and 168 hours.", field="maximum-hours")


def _check_known(data_type: str) -> None:
    if data_type not in registry.data_types():
        raise Invalid(
            f"{data_type!r} is no data type; there are {', '.join(registry.data_types())}.", field="data-type"
        )
