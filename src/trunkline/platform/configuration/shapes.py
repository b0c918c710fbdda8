"""Configuration objects as they are published, and what clients send back of them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from trunkline.platform.accounts.models import Credential
from trunkline.platform.configuration.models import ConfigurationObject, Reference
from trunkline.platform.configuration.object_types import ObjectType
from trunkline.platform.configuration.types.profile import Role
from trunkline.platform.refusals import Invalid

_ROLES = {
    Role.ADMINISTRATOR: "Administrator",
    Role.AGENT: "Agent",
    Role.AGENT_MANAGER: "Agent Manager",
    Role.CAMPAIGN_MANAGER: "Campaign Manager",
    Role.LPA: "LPA",
}

READ_ONLY: Mapping[str, frozenset[str]] = {
    "user": frozenset({"pid", "permissionGroups", "lastPwdChangeDate"}),
    "profile": frozenset({"roleTypeName", "numOfAssignedUsers"}),
    "skill": frozenset({"pid"}),
}
"""Members of the published shapes that follow from others. Clients may send them back as they read them: they change nothing."""
_OF_ALL = frozenset({"id", "deleted", "dateUpdated"})

PASSWORD_MEMBERS = frozenset({"passwordSh", "oldPassword", "confirmPassword"})
"""Of users, never answered."""


@dataclass(frozen=True)
class Facts:
    """What else an answer needs to know."""

    assigned: Mapping[int, int]
    """Profile → how many users have it."""
    passwords: Mapping[int, int]
    """User → when its password was set, epoch ms."""


def facts_of(account_id: str, object_type: ObjectType) -> Facts:
    assigned: Counter[int] = Counter()
    passwords: dict[int, int] = {}
    if object_type.name == "profile":
        rows = Reference.objects.filter(account_id=account_id, element="profileIds")
        assigned.update(rows.values_list("target", flat=True))
    if object_type.name == "user":
        passwords.update(Credential.objects.filter(account_id=account_id).values_list("number", "changed"))
    return Facts(assigned, passwords)


def published(row: ConfigurationObject, object_type: ObjectType, facts: Facts) -> dict[str, Any]:
    """The whole object."""
    values = row.values
    shown = {"id": row.number, "deleted": row.deleted, **values, "dateUpdated": _date(row.updated)}
    if object_type.name == "profile":
        shown["roleTypeName"] = _ROLES[Role(values["roleTypeId"])]
        shown["numOfAssignedUsers"] = facts.assigned.get(row.number, 0)
    if object_type.name == "user":
        shown["pid"] = str(row.number)
        shown["permissionGroups"] = [str(number) for number in values["profileIds"]]
        shown["lastPwdChangeDate"] = _date(facts.passwords.get(row.number))
    if object_type.name == "skill":
        shown["pid"] = str(row.number)
    return shown


def summary_names(object_type: ObjectType) -> dict[str, Any]:
    """What a list shows where nothing is selected."""
    pid = ["pid"] if "pid" in READ_ONLY.get(object_type.name, ()) else []
    return {name: {} for name in ("id", *pid, "deleted", *object_type.summary)}


def written(object_type: ObjectType, members: Mapping[str, Any]) -> dict[str, Any]:
    """Of what a client sends, what may change."""
    ignored = _OF_ALL | READ_ONLY.get(object_type.name, frozenset())
    if object_type.name == "user":
        ignored |= PASSWORD_MEMBERS
    return {name: value for name, value in members.items() if name not in ignored}


def number_in(members: Mapping[str, Any], at: int) -> int:
    """The id of one of a batch. Raises `Invalid`."""
    try:
        return int(members["id"])
    except (KeyError, TypeError, ValueError):
        raise Invalid(f"The object at {at} of the batch has no id.", reason="missing", field="id") from None


def last_modified(rows: Iterable[ConfigurationObject]) -> str:
    """`X-LP-Last-Modified` of profiles: when the newest of them was changed, epoch ms."""
    return str(max((row.updated for row in rows), default=0))


def _date(instant: int | None) -> str | None:
    if instant is None:
        return None
    return datetime.fromtimestamp(instant / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
