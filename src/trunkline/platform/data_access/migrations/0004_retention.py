from django.db import migrations, models


def fill_carried(apps, schema_editor):
    """Each run began with what the one before carried on."""
    runs = apps.get_model("data_access", "PipelineRun").objects.using(schema_editor.connection.alias)
    before = {}
    for run in runs.order_by("kind", "first_hour").only("kind", "state").iterator():
        if run.kind in before:
            runs.filter(pk=run.pk).update(carried=before[run.kind])
        before[run.kind] = run.state


class Migration(migrations.Migration):
    """What runs leave goes in steps when its time is over; runs count by account."""

    dependencies = [("data_access", "0003_ids")]

    operations = [
        migrations.AddField(
            "pipelinerun",
            "carried",
            models.CharField(max_length=300, null=True, help_text="store key of those that it began with"),
        ),
        migrations.AddField(
            "pipelinerun",
            "reach",
            models.BigIntegerField(default=0, help_text="no run that ended by then was looked back at"),
        ),
        migrations.AddField(
            "pipelinerun", "accounts", models.JSONField(default=dict, help_text="the same by account")
        ),
        migrations.AddField(
            "pipelinerun",
            "expired",
            models.BigIntegerField(null=True, help_text="since when its files are no longer listed"),
        ),
        migrations.AddField(
            "pipelinerun",
            "forgotten",
            models.BooleanField(default=False, help_text="no run looks back at it any more"),
        ),
        migrations.AddIndex("publishedfile", models.Index(fields=["scope_start"], name="files_by_hour")),
        migrations.RunPython(fill_carried, migrations.RunPython.noop),
    ]
