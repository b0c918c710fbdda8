"""What must be remembered of requests, log-ins and guesses."""

from typing import ClassVar

from django.db import models

from trunkline.platform.accounts.models import Account


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


class LogIn(models.Model):
    """A user has proven who it is, and until when that holds. Of the token only the digest is kept."""

    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the token")
    account = models.ForeignKey(Account, models.CASCADE, related_name="+")
    number = models.BigIntegerField(help_text="the user's id")
    kind = models.CharField(max_length=10, help_text="`api`, by the Login Service, or `console`")
    auth_type = models.CharField(max_length=20, help_text="as the audit trail has it")
    created = models.BigIntegerField(help_text="epoch milliseconds")
    used = models.BigIntegerField(help_text="the last use, to the minute, epoch milliseconds")
    expires = models.BigIntegerField(help_text="ends then, however much it is used, epoch milliseconds")
    ended = models.BigIntegerField(null=True, help_text="epoch milliseconds")
    second_factor_due = models.BooleanField(
        default=False, help_text="good for nothing but the second factor until that is passed"
    )

    class Meta:
        indexes: ClassVar = [models.Index(fields=["account", "number"], name="log_ins_of_a_user")]

    def __str__(self) -> str:
        return f"log-in of user {self.number} of {self.account_id}"


class Guess(models.Model):
    """A try at a password or code that was not right, or not yet: what throttling counts."""

    account_id = models.CharField(max_length=20, blank=True, help_text="as it was claimed; need not exist")
    bucket = models.CharField(max_length=40, help_text="what is counted together")
    attempt = models.CharField(max_length=32, help_text="one try is counted in several buckets")
    time = models.BigIntegerField(help_text="epoch milliseconds")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["bucket", "time"], name="guesses_in_a_bucket"),
            models.Index(fields=["time"], name="guesses_by_age"),
            models.Index(fields=["attempt"], name="guesses_of_an_attempt"),
        ]

    def __str__(self) -> str:
        return f"a guess at {self.account_id}"


class KnownPlace(models.Model):
    """An address from which a user has logged in: guesses of strangers elsewhere do not keep the user out there."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="+", db_index=False)
    number = models.BigIntegerField(help_text="the user's id")
    network = models.CharField(max_length=64)
    last = models.BigIntegerField(help_text="the last log-in from there, to the day, epoch milliseconds")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "number", "network"], name="a_place_is_known_once"),
        ]

    def __str__(self) -> str:
        return f"a place of user {self.number} of {self.account_id}"


class SigningKey(models.Model):
    """A key that signs access tokens of all accounts. Its private half is sealed by a data key of its own."""

    kid = models.CharField(max_length=64, unique=True)
    public = models.JSONField(help_text="as published, RFC 7517")
    sealed_data_key = models.BinaryField()
    sealed = models.BinaryField()
    created = models.BigIntegerField(help_text="epoch milliseconds")
    retired = models.BigIntegerField(
        default=0, help_text="signs no more since then, epoch milliseconds; 0: it signs"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["retired"], condition=models.Q(retired=0), name="one_key_signs"),
        ]

    def __str__(self) -> str:
        return f"signing key {self.kid}"


class SecondFactor(models.Model):
    """With what a user proves at the console that it is not only its password that is there: a TOTP secret."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="+", db_index=False)
    number = models.BigIntegerField(help_text="the user's id")
    sealed = models.BinaryField()
    fingerprint = models.CharField(max_length=16, help_text="by which the audit trail tells it from others")
    step = models.BigIntegerField(
        help_text="the last time step whose code was used; none up to it is taken again"
    )
    set = models.BigIntegerField(help_text="epoch milliseconds")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "number"], name="a_user_has_one_second_factor"),
        ]

    def __str__(self) -> str:
        return f"second factor of user {self.number} of {self.account_id}"


class RecoveryCode(models.Model):
    """Stands in for the second factor once, when its device is gone."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="+", db_index=False)
    number = models.BigIntegerField(help_text="the user's id")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the code, which is random")
    used = models.BigIntegerField(null=True, help_text="epoch milliseconds")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["account", "number"], name="recovery_codes_of_a_user")]

    def __str__(self) -> str:
        return f"recovery code of user {self.number} of {self.account_id}"
