"""The gate through which every configuration object is written: its row, its references and its entry in the trail.

Rules are asked when all of a batch is written, so that a batch may do what its single steps may not; what they refuse
undoes the transaction.
"""

from collections.abc import Iterable
from typing import Any

from trunkline.platform.audit.entries import Subject, canonical
from trunkline.platform.audit.trail import Trail
from trunkline.platform.auth.endings import end_log_ins
from trunkline.platform.configuration.administrators import check_one_is_left, has_administrator
from trunkline.platform.configuration.models import ConfigurationObject, Reference
from trunkline.platform.configuration.object_types import Draft, ObjectType, Values
from trunkline.platform.configuration.privileges import check_privileges
from trunkline.platform.refusals import Conflict, Invalid

MAX_VALUES = 30_000
"""The most bytes of an object's values: an entry of the trail holds them twice, before and after."""


class Gate:
    """Changes of one type in one transaction of one account."""

    def __init__(self, account_id: str, object_type: ObjectType, trail: Trail) -> None:
        self._account_id = account_id
        self._type = object_type
        self._trail = trail
        self._drafts: list[Draft] = []
        self._others = AccountObjects(account_id)
        self._had_administrator = object_type.name in ("user", "profile") and has_administrator(self._others)

    def add(self, values: dict[str, Any]) -> ConfigurationObject:
        row = ConfigurationObject(
            account_id=self._account_id, type=self._type.name, number=self._trail.new_id(), values=values
        )
        self._write(row, before=None, after=values)
        return row

    def replace(self, row: ConfigurationObject, values: dict[str, Any]) -> None:
        before, row.values = row.values, values
        self._write(row, before=before, after=values)

    def delete(self, row: ConfigurationObject) -> None:
        row.deleted = True
        self._write(row, before=row.values, after=None)

    def close(self) -> None:
        """Ask the rules. Raises `Invalid`, `Conflict` or `NotPermitted`."""
        self._check_references()
        check_privileges(self._trail.actor, self._account_id, self._type.name, self._drafts, self._others)
        for draft in self._drafts:
            for rule in self._type.rules:
                rule(draft, self._others)
        if self._had_administrator:
            check_one_is_left(self._others)

    def _write(self, row: ConfigurationObject, *, before: Values | None, after: Values | None) -> None:
        row.name = str(row.values[self._type.named_by])
        row.name_key = _name_key(row.values, self._type)
        if after is not None and row.name_key != _name_key(before, self._type):
            self._check_name(row)
            self._check_size(after)
        subject = Subject(self._type.name, str(row.number), row.name)
        revision = self._trail.record(subject, before=before, after=after)
        if before == after:
            return
        row.revision, row.updated = revision, self._trail.time
        row.save()
        if self._type.name == "user" and (after is None or not after["isEnabled"]):
            # Enabled again, the user logs in again.
            end_log_ins(self._account_id, row.number, self._trail.time)
        self._keep_references(row.number, before or {}, after or {})
        self._drafts.append(Draft(row.number, before, after))

    def _check_name(self, row: ConfigurationObject) -> None:
        same = ConfigurationObject.objects.filter(
            account_id=self._account_id, type=self._type.name, name_key=row.name_key, deleted=False
        ).exclude(number=row.number)
        if other := same.first():
            raise Conflict(
                f"The account has a {self._type.label} {other.name} already, with the id {other.number}; choose another name.",
                reason="name_taken",
                field=self._type.named_by,
            )

    def _check_size(self, values: Values) -> None:
        sizes = {element: len(canonical(value).encode()) for element, value in values.items()}
        if sum(sizes.values()) > MAX_VALUES:
            largest = max(sizes, key=lambda element: sizes[element])
            raise Invalid(
                f"The {self._type.label} would have {sum(sizes.values())} bytes, and {MAX_VALUES} is the most; its largest "
                f"element is {largest}, with {sizes[largest]}: shorten it.",
                reason="too_large",
                field=largest,
            )

    def _keep_references(self, number: int, before: Values, after: Values) -> None:
        old, new = set(self._type.named_in(before)), set(self._type.named_in(after))
        mine = Reference.objects.filter(account_id=self._account_id, holder=number)
        for element, _type, target in old - new:
            mine.filter(element=element, target=target).delete()
        if new - old:
            Reference.objects.bulk_create(
                Reference(account_id=self._account_id, holder=number, element=element, target=target)
                for element, _type, target in sorted(new - old)
            )

    def _check_references(self) -> None:
        for draft in self._drafts:
            if draft.after is None:
                self._check_unused(draft.number)
                continue
            for element, type_name, target in self._type.named_in(draft.after):
                if self._others.find(type_name, target) is None:
                    raise Invalid(
                        f"{element}: the account has no {type_name} {target}.",
                        reason="no_such_reference",
                        field=element,
                    )

    def _check_unused(self, number: int) -> None:
        if holders := self._others.users_of(number):
            names = ", ".join(f"{holder.type} {holder.name} ({holder.number})" for holder in holders[:5])
            more = f" and {len(holders) - 5} more" if len(holders) > 5 else ""
            raise Conflict(
                f"The {self._type.label} {number} is in use by {names}{more}; take it from them first.",
                reason="in_use",
            )


def _name_key(values: Values | None, object_type: ObjectType) -> str:
    """The name as it is compared; empty of what is not there."""
    return str(values[object_type.named_by]).casefold()[:200] if values else ""


class AccountObjects:
    """The account's objects in this transaction, for the rules."""

    def __init__(self, account_id: str) -> None:
        self._rows = ConfigurationObject.objects.filter(account_id=account_id, deleted=False)
        self._account_id = account_id

    def find(self, type_name: str, number: int) -> ConfigurationObject | None:
        return self._rows.filter(type=type_name, number=number).first()

    def all(self, type_name: str) -> Iterable[ConfigurationObject]:
        return self._rows.filter(type=type_name)

    def users_of(self, number: int) -> list[ConfigurationObject]:
        holders = Reference.objects.filter(account_id=self._account_id, target=number).values("holder")
        return list(self._rows.filter(number__in=holders).order_by("number"))
