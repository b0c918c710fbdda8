"""Reading and changing configuration objects, of every type in the same way.

What is written replaces the whole object: an element that is left out gets its default. A batch is done whole or not at all.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from trunkline.platform.accounts.accounts import find_account
from trunkline.platform.actors import Actor
from trunkline.platform.audit.models import Head
from trunkline.platform.audit.trail import changing
from trunkline.platform.configuration.gate import Gate
from trunkline.platform.configuration.models import ConfigurationObject
from trunkline.platform.configuration.object_types import ObjectType
from trunkline.platform.refusals import Invalid, NotFound, Stale

MAX_BATCH = 1000


@dataclass(frozen=True)
class Listing:
    objects: Sequence[ConfigurationObject]
    revision: int
    """Of the account's configuration: it grows with every change."""


def list_objects(
    actor: Actor, account_id: str, object_type: ObjectType, *, include_deleted: bool = False
) -> Listing:
    """Every object of the type, in order of id."""
    actor.require(object_type.read, account_id)
    # Read first: a change in between is then told as not yet seen.
    revision = revision_of(account_id)
    rows = ConfigurationObject.objects.filter(account_id=account_id, type=object_type.name)
    kept = rows if include_deleted else rows.filter(deleted=False)
    return Listing(list(kept.order_by("number")), revision)


def read_object(
    actor: Actor, account_id: str, object_type: ObjectType, number: int, *, include_deleted: bool = True
) -> ConfigurationObject:
    """One object, also one that was deleted. Raises `NotFound`."""
    actor.require(object_type.read, account_id)
    rows = ConfigurationObject.objects.filter(account_id=account_id, type=object_type.name, number=number)
    row = (rows if include_deleted else rows.filter(deleted=False)).first()
    if row is None:
        raise _no_such(object_type, number)
    return row


def create_objects(
    actor: Actor, account_id: str, object_type: ObjectType, written: Sequence[Mapping[str, Any]]
) -> list[ConfigurationObject]:
    """New objects, with the ids that they got. Raises `Invalid`, `Conflict`."""
    actor.require(object_type.write, account_id)
    checked = [check_values(object_type, values) for values in _limited(written)]
    with changing(actor, account_id) as trail:
        gate = Gate(account_id, object_type, trail)
        made = [gate.add(values) for values in checked]
        gate.close()
    return made


def replace_objects(
    actor: Actor,
    account_id: str,
    object_type: ObjectType,
    written: Mapping[int, Mapping[str, Any]],
    *,
    revision: int | None = None,
) -> list[ConfigurationObject]:
    """Objects by id with all their new values. `revision` is that of the caller's copy. Raises `Invalid`, `NotFound`,
    `Conflict`, and `Stale` if one was changed after that revision."""
    actor.require(object_type.write, account_id)
    _limited(written)
    checked = {number: check_values(object_type, values) for number, values in written.items()}
    with changing(actor, account_id) as trail:
        rows = _existing(account_id, object_type, checked, revision)
        gate = Gate(account_id, object_type, trail)
        for row in rows:
            gate.replace(row, checked[row.number])
        gate.close()
    return rows


def delete_objects(
    actor: Actor,
    account_id: str,
    object_type: ObjectType,
    numbers: Iterable[int],
    *,
    revision: int | None = None,
) -> list[ConfigurationObject]:
    """They stay, flagged, and their names are free again. Raises `NotFound`, `Conflict`, `Stale`."""
    actor.require(object_type.write, account_id)
    wanted = _limited(dict.fromkeys(numbers))
    with changing(actor, account_id) as trail:
        rows = _existing(account_id, object_type, wanted, revision)
        gate = Gate(account_id, object_type, trail)
        for row in rows:
            gate.delete(row)
        gate.close()
    return rows


def revision_of(account_id: str) -> int:
    """Of the account's configuration. Asks for no permission: verbs do. Raises `NotFound`."""
    number = Head.objects.filter(account_id=account_id).values_list("number", flat=True).first()
    if number is None:
        find_account(account_id)
    return number or 0


def check_values(object_type: ObjectType, written: Mapping[str, Any]) -> dict[str, Any]:
    """What was written, with defaults, as it is kept. Raises `Invalid`, which names the element."""
    try:
        return object_type.schema.model_validate(dict(written)).model_dump(mode="json")
    except ValidationError as refused:
        first = refused.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        known = ", ".join(object_type.schema.model_fields)
        if first["type"] == "extra_forbidden":
            raise Invalid(
                f"A {object_type.label} has no element {field}; it has {known}.", field=field
            ) from None
        if first["type"] == "missing":
            raise Invalid(f"A {object_type.label} needs {field}.", reason="missing", field=field) from None
        raise Invalid(f"{field}: {first['msg'].removeprefix('Value error, ')}", field=field) from None


def _existing(
    account_id: str, object_type: ObjectType, numbers: Iterable[int], revision: int | None
) -> list[ConfigurationObject]:
    rows = {
        row.number: row
        for row in ConfigurationObject.objects.filter(
            account_id=account_id, type=object_type.name, number__in=list(numbers), deleted=False
        )
    }
    for number in numbers:
        if number not in rows:
            raise _no_such(object_type, number)
        if revision is not None and rows[number].revision > revision:
            raise Stale(
                f"The {object_type.label} {number} was changed in revision {rows[number].revision}, after {revision}; read it "
                "again, and send that revision."
            )
    return [rows[number] for number in numbers]


def _limited(batch: Any) -> Any:
    if not 0 < len(batch) <= MAX_BATCH:
        raise Invalid(f"A batch has 1 to {MAX_BATCH} objects.")
    return batch


def _no_such(object_type: ObjectType, number: int) -> NotFound:
    return NotFound(f"The account has no {object_type.label} {number}.")
