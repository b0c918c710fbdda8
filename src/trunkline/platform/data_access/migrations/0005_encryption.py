from django.db import migrations, models


class Migration(migrations.Migration):
    """Public keys of runs are kept once, and named in their rules."""

    dependencies = [("data_access", "0004_retention")]

    operations = [
        migrations.CreateModel(
            "EncryptionKey",
            [
                (
                    "digest",
                    models.CharField(
                        primary_key=True, max_length=64, serialize=False, help_text="SHA-256 of the text, hex"
                    ),
                ),
                ("armored", models.TextField()),
            ],
        ),
        migrations.AlterField(
            "pipelinerun",
            "rules",
            models.JSONField(help_text="SessionRules by account, a public key by its digest"),
        ),
    ]
