"""Lines know their places in series, so that filters of any size are counted and paged at once."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

# Each line gets its action, and its places as new ones get them when they are written; then the lines are counted.
_STATEMENTS = (
    "UPDATE audit_changedelement SET action = COALESCE((SELECT c.action FROM audit_change c WHERE c.account_id ="
    " audit_changedelement.account_id AND c.number = audit_changedelement.number), '')",
    "UPDATE audit_changedelement SET nth = p.nth, nth_of_originator = p.nth_of_originator FROM (SELECT id,"
    " row_number() OVER (PARTITION BY account_id, object_type, action, is_lpa, is_automatic"
    " ORDER BY number, position) AS nth,"
    " row_number() OVER (PARTITION BY account_id, originator_id, object_type, action, is_lpa, is_automatic"
    " ORDER BY number, position) AS nth_of_originator"
    " FROM audit_changedelement) AS p WHERE p.id = audit_changedelement.id",
    "INSERT INTO audit_series (account_id, originator_id, object_type, action, is_lpa, is_automatic, lines)"
    " SELECT account_id, originator_id, object_type, action, is_lpa, is_automatic, count(*) FROM audit_changedelement"
    " GROUP BY account_id, originator_id, object_type, action, is_lpa, is_automatic",
    "INSERT INTO audit_series (account_id, originator_id, object_type, action, is_lpa, is_automatic, lines)"
    " SELECT account_id, '*', object_type, action, is_lpa, is_automatic, count(*) FROM audit_changedelement"
    " GROUP BY account_id, object_type, action, is_lpa, is_automatic",
)


def place_lines(_apps: Any, schema: Any) -> None:
    with schema.connection.cursor() as cursor:
        for statement in _STATEMENTS:
            cursor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_credentials"),
        ("audit", "0003_shadow"),
        # It writes lines on the models as they were.
        ("configuration", "0002_beginnings"),
    ]

    operations = [
        migrations.CreateModel(
            name="Series",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "originator_id",
                    models.CharField(help_text="`*`: the lines of all originators", max_length=64),
                ),
                ("object_type", models.CharField(max_length=40)),
                ("action", models.CharField(max_length=10)),
                ("is_lpa", models.BooleanField()),
                ("is_automatic", models.BooleanField()),
                ("lines", models.BigIntegerField()),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.account",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="changedelement",
            name="action",
            field=models.CharField(default="", max_length=10),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="changedelement",
            name="nth",
            field=models.BigIntegerField(default=0, help_text="in its series of all originators, from 1"),
        ),
        migrations.AddField(
            model_name="changedelement",
            name="nth_of_originator",
            field=models.BigIntegerField(default=0, help_text="in its originator's series, from 1"),
        ),
        migrations.AddIndex(
            model_name="change",
            index=models.Index(fields=["account", "time", "number"], name="changes_by_time"),
        ),
        migrations.AddIndex(
            model_name="changedelement",
            index=models.Index(
                fields=["account", "object_type", "action", "is_lpa", "is_automatic", "number", "position"],
                name="lines_by_type",
            ),
        ),
        migrations.AddIndex(
            model_name="changedelement",
            index=models.Index(
                fields=[
                    "account",
                    "originator_id",
                    "object_type",
                    "action",
                    "is_lpa",
                    "is_automatic",
                    "number",
                    "position",
                ],
                name="lines_by_originator",
            ),
        ),
        migrations.AddIndex(
            model_name="changedelement",
            index=models.Index(fields=["account", "object_id", "number", "position"], name="lines_by_object"),
        ),
        migrations.AddIndex(
            model_name="changedelement",
            index=models.Index(fields=["account", "element", "number", "position"], name="lines_by_element"),
        ),
        migrations.AddConstraint(
            model_name="series",
            constraint=models.UniqueConstraint(
                fields=("account", "originator_id", "object_type", "action", "is_lpa", "is_automatic"),
                name="lines_are_in_one_series",
            ),
        ),
        migrations.RunPython(place_lines, migrations.RunPython.noop),
    ]
