import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """What users are known by is now said by the configuration objects."""

    dependencies = [("accounts", "0005_numbered_users"), ("configuration", "0002_beginnings")]

    operations = [
        migrations.RemoveConstraint("credential", "login_name_unique_per_account"),
        migrations.RemoveField("credential", "login_name"),
        migrations.RemoveField("credential", "administrator"),
        migrations.RemoveField("credential", "last_login"),
        migrations.RenameField("credential", "created", "changed"),
        migrations.AlterField(
            "credential",
            "changed",
            models.BigIntegerField(help_text="when the password was set, epoch milliseconds"),
        ),
        migrations.AlterField(
            "credential", "password", models.CharField(max_length=200, help_text="argon2id")
        ),
        migrations.AlterField("credential", "number", models.BigIntegerField(help_text="the user's id")),
        migrations.AlterField(
            "credential",
            "account",
            models.ForeignKey(
                "accounts.Account", django.db.models.deletion.CASCADE, related_name="credentials"
            ),
        ),
        migrations.AddConstraint(
            "credential",
            models.UniqueConstraint(fields=["account", "number"], name="a_user_has_one_password"),
        ),
    ]
