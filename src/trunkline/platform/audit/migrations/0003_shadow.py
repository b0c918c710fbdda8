"""The shadow of the trail, and entries for what was there before there was a trail: the system found it so."""

from typing import Any

from django.db import migrations, models

from trunkline.clock import REAL
from trunkline.platform.accounts import facts
from trunkline.platform.actors import SYSTEM
from trunkline.platform.audit.entries import Entry, Subject, document


class _Account:
    """An account whose trail is completed, on the models as they are at this migration."""

    def __init__(self, apps: Any, head: Any) -> None:
        self._change, self._element = (
            apps.get_model("audit", "Change"),
            apps.get_model("audit", "ChangedElement"),
        )
        self._head = head
        self._head.time = max(REAL.now(), head.time)

    def record(self, subject: Subject, before: Any, after: Any) -> None:
        where = {"account_id": self._head.account_id, "object_type": subject.type, "object_id": subject.id}
        known = self._element.objects.filter(**where)
        if (before is None and known.exists()) or known.filter(element="password").exists():
            return
        self._head.number += 1
        entry = Entry(subject, before, after)
        where |= {"number": self._head.number, "time": self._head.time}
        text = document(entry, SYSTEM, self._head.account_id, self._head.number, self._head.time)
        self._change.objects.create(**where, action=entry.action, document=text)
        for position, change in enumerate(entry.changes):
            self._element.objects.create(
                **where,
                position=position,
                element=change["element"],
                originator_id=SYSTEM.id,
                is_lpa=False,
                is_automatic=True,
            )


def record_what_is_there(apps: Any, _schema: Any) -> None:
    def rows(model: str, account_id: str) -> Any:
        return apps.get_model(*model.split(".")).objects.filter(account_id=account_id).order_by("pk")

    for head in apps.get_model("audit", "Head").objects.order_by("account_id"):
        account = _Account(apps, head)
        account_id = head.account_id
        account.record(
            Subject("account", account_id, head.account.name), None, facts.of_account(head.account)
        )
        for row in rows("accounts.AccountDataType", account_id):
            account.record(Subject("dataType", row.data_type, row.data_type), None, facts.of_data_type(row))
        for row in rows("accounts.PublicKey", account_id):
            account.record(facts.PUBLIC_KEY, None, facts.of_public_key(row))
        for row in rows("accounts.ApiKey", account_id):
            account.record(Subject("apiKey", row.id, row.name), None, facts.of_api_key(row))
        for row in rows("accounts.WriteKey", account_id):
            account.record(Subject("writeKey", row.id, row.name), None, facts.of_write_key(row))
        for row in rows("accounts.Credential", account_id):
            user = rows("configuration.ConfigurationObject", account_id).get(number=row.number)
            subject = Subject("user", str(row.number), user.name)
            account.record(subject, {"password": None}, facts.of_credential(row))
        head.save()


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0002_notices"),
        ("accounts", "0006_credentials"),
        ("configuration", "0002_beginnings"),
    ]

    operations = [
        migrations.CreateModel(
            name="Shadow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("account_id", models.CharField(max_length=20)),
                (
                    "after",
                    models.BigIntegerField(
                        help_text="the number of the account's last change when it was written: it belongs to the next"
                    ),
                ),
                ("table", models.CharField(max_length=64)),
                ("key", models.CharField(help_text="the row's primary key", max_length=64)),
                (
                    "operation",
                    models.CharField(
                        help_text="insert, update or delete; begin and end: nobody watched before, or from here on",
                        max_length=6,
                    ),
                ),
                ("old", models.JSONField(help_text="the columns that are no secret", null=True)),
                ("new", models.JSONField(null=True)),
                (
                    "written",
                    models.BigIntegerField(help_text="by the clock of the database, epoch milliseconds"),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["account_id", "after", "id"], name="shadow_in_order")],
            },
        ),
        migrations.RunPython(record_what_is_there, migrations.RunPython.noop),
    ]
