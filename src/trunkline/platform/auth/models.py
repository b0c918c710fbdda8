"""What must be remembered of a signed request so that it counts only once."""

from typing import ClassVar

from django.db import models


class Nonce(models.Model):
    """An accepted request; the unique row is what refuses the second."""

    app_key = models.CharField(max_length=64)
    access_token = models.CharField(max_length=64)
    timestamp = models.BigIntegerField(db_index=True, help_text="oauth_timestamp, epoch seconds")
    nonce = models.CharField(max_length=100)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["app_key", "access_token", "timestamp", "nonce"], name="a_request_counts_once"
            ),
        ]

    def __str__(self) -> str:
        return f"nonce of {self.app_key} at {self.timestamp}"
