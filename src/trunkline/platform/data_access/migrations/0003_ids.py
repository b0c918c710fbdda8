from django.db import migrations, models


class Migration(migrations.Migration):
    """Files that hold conversations have a manifest of their ids beside them."""

    dependencies = [("data_access", "0002_kinds")]

    operations = [
        migrations.AddField(
            "publishedfile",
            "ids_key",
            models.CharField(max_length=300, null=True, help_text="manifest of the file's conversations"),
        ),
    ]
