"""From rows of configuration to what the trail says of them: rows as they are now, and as the shadow saw them."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, JSONField, Model

from trunkline.platform.accounts import facts
from trunkline.platform.audit.entries import Subject, Values
from trunkline.platform.audit.watched import BY_LABEL, Watched
from trunkline.platform.configuration.registry import OBJECT_TYPES

Key = tuple[str, str]
"""Type and id of an object."""

State = tuple[Key, Values | None]
"""What a row says of an object: some of its elements, or None if it says that it is deleted."""


@dataclass(frozen=True)
class Projection:
    """How the rows of a table become elements of objects."""

    watched: Watched
    kinds: frozenset[str]
    column: str
    """That holds the object's id."""
    state: Callable[[Any], State]

    def rows(self, account_id: str) -> Any:
        return self.watched.model._default_manager.filter(**{self.watched.account: account_id})

    def live(self, account_id: str, keys: Iterable[Key]) -> Iterator[State]:
        """What the rows say now of these objects."""
        wanted = [key for kind, key in keys if kind in self.kinds]
        if wanted:
            found = self.rows(account_id).filter(**{f"{self.column}__in": wanted})
            yield from (self.state(row) for row in found)

    def seen(self, shown: dict[str, Any]) -> State:
        """What a row said, by the columns that the shadow kept."""
        return self.state(_row(self.watched.model, shown))


def _one(
    label: str, kind: str, column: str, key: Callable[[Any], str], values: Callable[[Any], Values]
) -> Projection:
    return Projection(BY_LABEL[label], frozenset({kind}), column, lambda row: ((kind, key(row)), values(row)))


def _object(row: Any) -> State:
    return (row.type, str(row.number)), None if row.deleted else row.values


class _Single(Projection):
    """An account has one row at most."""

    def live(self, account_id: str, keys: Iterable[Key]) -> Iterator[State]:
        if any(kind in self.kinds for kind, _key in keys):
            yield from (self.state(row) for row in self.rows(account_id))


def _single(label: str, subject: Subject, values: Callable[[Any], Values]) -> Projection:
    key = (subject.type, subject.id)
    return _Single(BY_LABEL[label], frozenset({subject.type}), "pk", lambda row: (key, values(row)))


PROJECTIONS: tuple[Projection, ...] = (
    Projection(
        BY_LABEL["configuration.ConfigurationObject"],
        frozenset(object_type.name for object_type in OBJECT_TYPES),
        "number",
        _object,
    ),
    _one("accounts.Account", "account", "id", lambda row: row.id, facts.of_account),
    _one("accounts.AccountDataType", "dataType", "data_type", lambda row: row.data_type, facts.of_data_type),
    _single("accounts.PublicKey", facts.PUBLIC_KEY, facts.of_public_key),
    _single("accounts.PasswordRules", facts.PASSWORD_RULES, facts.of_password_rules),
    _one("accounts.ApiKey", "apiKey", "id", lambda row: row.id, facts.of_api_key),
    _one("accounts.WriteKey", "writeKey", "id", lambda row: row.id, facts.of_write_key),
    _one("accounts.Credential", "user", "number", lambda row: str(row.number), facts.of_credential),
    _one("api_auth.SecondFactor", "user", "number", lambda row: str(row.number), facts.of_second_factor),
)
BY_TABLE = {projection.watched.table: projection for projection in PROJECTIONS}


def live_states(account_id: str, keys: Iterable[Key]) -> dict[Key, Values]:
    """The objects as they are now, put together from all tables; deleted ones are not among them."""
    keys, deleted = list(keys), set()
    found: dict[Key, Values] = {}
    for projection in PROJECTIONS:
        for key, values in projection.live(account_id, keys):
            if values is None:
                deleted.add(key)
            else:
                found[key] = {**found.get(key, {}), **values}
    return {key: values for key, values in found.items() if key not in deleted}


def _row(model: type[Model], shown: dict[str, Any]) -> Model:
    """SQLite has no booleans and keeps JSON as text."""
    values = {}
    for field in model._meta.local_concrete_fields:
        if field.column not in shown:
            continue
        value = shown[field.column]
        if isinstance(field, JSONField) and isinstance(value, str):
            value = json.loads(value)
        elif isinstance(field, BooleanField) and value is not None:
            value = bool(value)
        values[field.attname] = value
    return model(**values)
