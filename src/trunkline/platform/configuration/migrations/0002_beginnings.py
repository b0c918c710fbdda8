"""Accounts made before there was an audit trail get what every account begins with, and their users become objects.

All of them were administrators. The entries say that the system did it.
"""

from typing import Any

from django.db import migrations

from trunkline.clock import REAL
from trunkline.platform.actors import SYSTEM
from trunkline.platform.audit.entries import Entry, Subject, document
from trunkline.platform.configuration.beginnings import ADMINISTRATOR, first_objects
from trunkline.platform.configuration.object_types import ObjectType
from trunkline.platform.configuration.registry import USER


class _Account:
    """One account being completed, on the models as they are at this migration."""

    def __init__(self, apps: Any, account: Any) -> None:
        self._models = {
            name: apps.get_model(*name.split("."))
            for name in (
                "audit.Head",
                "audit.Change",
                "audit.ChangedElement",
                "configuration.ConfigurationObject",
                "configuration.Reference",
            )
        }
        self._account = account
        self._number = 0
        self._time = REAL.now()

    def add(self, object_type: ObjectType, values: dict[str, Any]) -> int:
        self._number += 1
        number, name = self._number, str(values[object_type.named_by])
        where = {"account_id": self._account.id}
        self._models["configuration.ConfigurationObject"].objects.create(
            **where,
            type=object_type.name,
            number=number,
            name=name,
            name_key=name.casefold()[:200],
            values=values,
            revision=number,
            updated=self._time,
        )
        for element, _type, target in object_type.named_in(values):
            self._models["configuration.Reference"].objects.create(
                **where, holder=number, element=element, target=target
            )
        self._record(Entry(Subject(object_type.name, str(number), name), before=None, after=values))
        return number

    def close(self) -> None:
        self._models["audit.Head"].objects.create(
            account_id=self._account.id, number=self._number, time=self._time, last_id=self._number
        )

    def _record(self, entry: Entry) -> None:
        where = {
            "account_id": self._account.id,
            "number": self._number,
            "time": self._time,
            "object_type": entry.subject.type,
            "object_id": entry.subject.id,
        }
        text = document(entry, SYSTEM, self._account.id, self._number, self._time)
        self._models["audit.Change"].objects.create(**where, action=entry.action, document=text)
        for position, change in enumerate(entry.changes):
            self._models["audit.ChangedElement"].objects.create(
                **where,
                position=position,
                element=change["element"],
                originator_id=SYSTEM.id,
                is_lpa=False,
                is_automatic=True,
            )


def complete_accounts(apps: Any, _schema: Any) -> None:
    credentials = apps.get_model("accounts", "Credential").objects
    for account in apps.get_model("accounts", "Account").objects.order_by("id"):
        completed = _Account(apps, account)
        administrator = 0
        for object_type, values in first_objects(account.name):
            number = completed.add(object_type, values)
            if values["name"] == ADMINISTRATOR:
                administrator = number
        for credential in credentials.filter(account_id=account.id).order_by("id"):
            user = USER.schema.model_validate(
                {"loginName": credential.login_name, "profileIds": [administrator]}
            )
            credential.number = completed.add(USER, user.model_dump(mode="json"))
            credential.save(update_fields=["number"])
        completed.close()


class Migration(migrations.Migration):
    dependencies = [
        ("configuration", "0001_initial"),
        ("audit", "0001_initial"),
        ("accounts", "0005_numbered_users"),
    ]

    operations = [migrations.RunPython(complete_accounts, migrations.RunPython.noop)]
