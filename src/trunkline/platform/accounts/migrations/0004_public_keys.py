import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """An account may have a key to which its sensitive values are encrypted."""

    dependencies = [("accounts", "0003_publishable_keys")]

    operations = [
        migrations.CreateModel(
            "PublicKey",
            [
                (
                    "account",
                    models.OneToOneField(
                        "accounts.Account",
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="public_key",
                        serialize=False,
                    ),
                ),
                ("fingerprint", models.CharField(max_length=64)),
                ("user_ids", models.JSONField()),
                ("algorithm", models.CharField(max_length=40)),
                ("expires", models.BigIntegerField(null=True, help_text="epoch milliseconds; null: never")),
                ("armored", models.TextField()),
                ("set", models.BigIntegerField(help_text="when it was set, epoch milliseconds")),
            ],
        ),
    ]
