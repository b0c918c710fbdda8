from django.db import migrations, models


class Migration(migrations.Migration):
    """Keys that stand in the pages of a site."""

    dependencies = [("accounts", "0002_lengths")]

    operations = [
        migrations.AddField(
            "writekey",
            "origins",
            models.JSONField(default=list, help_text="of a publishable key: whose pages may send with it"),
        ),
        migrations.AddField(
            "writekey",
            "token",
            models.CharField(max_length=64, null=True, help_text="of a publishable key, which is no secret"),
        ),
    ]
