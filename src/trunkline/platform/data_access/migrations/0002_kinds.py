from django.db import migrations, models


class Migration(migrations.Migration):
    """A run is of a kind (what the pipeline groups together), which may give files of several data types."""

    dependencies = [("data_access", "0001_initial")]

    operations = [
        migrations.RemoveConstraint("consumedsegment", "a_segment_is_read_once"),
        migrations.RemoveConstraint("pipelinerun", "an_hour_is_published_once"),
        migrations.RenameField("pipelinerun", "data_type", "kind"),
        migrations.RenameField("consumedsegment", "data_type", "kind"),
        migrations.RenameField("lease", "data_type", "kind"),
        migrations.AddConstraint(
            "consumedsegment",
            models.UniqueConstraint(fields=["kind", "key"], name="a_segment_is_read_once"),
        ),
        migrations.AddConstraint(
            "pipelinerun",
            models.UniqueConstraint(fields=["kind", "first_hour"], name="an_hour_is_published_once"),
        ),
    ]
