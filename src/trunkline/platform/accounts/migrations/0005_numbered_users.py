from django.db import migrations, models


class Migration(migrations.Migration):
    """A user becomes a configuration object; what is left is with what it logs in."""

    dependencies = [("accounts", "0004_public_keys")]

    operations = [
        migrations.RenameModel("User", "Credential"),
        migrations.AddField(
            "credential",
            "fingerprint",
            models.CharField(
                max_length=16, default="", help_text="by which the audit trail tells it from others"
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            "credential", "number", models.BigIntegerField(null=True, help_text="the user's id")
        ),
    ]
