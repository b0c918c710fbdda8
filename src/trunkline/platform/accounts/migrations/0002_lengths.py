from django.db import migrations, models


class Migration(migrations.Migration):
    """Lengths that were not chosen are those of the data type."""

    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.AlterField(
            "accountdatatype",
            "inactivity_minutes",
            models.PositiveIntegerField(null=True, help_text="null: as the data type has it"),
        ),
        migrations.AlterField(
            "accountdatatype",
            "maximum_hours",
            models.PositiveIntegerField(null=True, help_text="null: as the data type has it"),
        ),
        migrations.AlterField("accountdatatype", "schema_version", models.CharField(max_length=20)),
    ]
