from django.db import migrations


class Migration(migrations.Migration):
    """A run is of a kind (what the pipeline groups together), which may give files of several data types."""

    dependencies = [("data_access", "0001_initial")]

    operations = [
        migrations.RenameField("pipelinerun", "data_type", "kind"),
        migrations.RenameField("consumedsegment", "data_type", "kind"),
        migrations.RenameField("lease", "data_type", "kind"),
    ]
