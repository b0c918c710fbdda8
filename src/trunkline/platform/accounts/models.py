"""Accounts, what is switched on for them, their users and their keys."""

from typing import ClassVar
from zoneinfo import ZoneInfo

from django.core.validators import RegexValidator
from django.db import models

ACCOUNT_ID = r"^[A-Za-z0-9_]{1,20}\Z"


class Account(models.Model):
    """One brand; everything else belongs to exactly one."""

    id = models.CharField(primary_key=True, max_length=20, validators=[RegexValidator(ACCOUNT_ID)])
    name = models.CharField(max_length=200)
    time_zone = models.CharField(max_length=64, help_text="IANA name; dates are shown in it")
    created = models.BigIntegerField(help_text="epoch milliseconds")

    def __str__(self) -> str:
        return f"account {self.id}"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class AccountDataType(models.Model):
    """A data type of an account: off until it is switched on, and how its sessions close."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="data_types")
    data_type = models.CharField(max_length=40)
    switched_on = models.BooleanField()
    heartbeats = models.BooleanField(default=False, help_text="producers send heartbeats")
    inactivity_minutes = models.PositiveIntegerField(null=True, help_text="null: as the data type has it")
    maximum_hours = models.PositiveIntegerField(null=True, help_text="null: as the data type has it")
    drop_late = models.BooleanField(default=False)
    schema_version = models.CharField(max_length=20)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "data_type"], name="one_row_per_data_type"),
        ]

    def __str__(self) -> str:
        return f"{self.data_type} of {self.account_id}"


class PublicKey(models.Model):
    """The OpenPGP key to which an account's sensitive values are encrypted. Its private half is nowhere here."""

    account = models.OneToOneField(Account, models.CASCADE, primary_key=True, related_name="public_key")
    fingerprint = models.CharField(max_length=64)
    user_ids = models.JSONField()
    algorithm = models.CharField(max_length=40)
    expires = models.BigIntegerField(null=True, help_text="epoch milliseconds; null: never")
    armored = models.TextField()
    set = models.BigIntegerField(help_text="when it was set, epoch milliseconds")

    def __str__(self) -> str:
        return f"public key {self.fingerprint} of {self.account_id}"


class DataKey(models.Model):
    """The key that seals an account's secrets, itself sealed by the key-encryption key of the settings."""

    account = models.OneToOneField(Account, models.CASCADE, primary_key=True, related_name="data_key")
    sealed = models.BinaryField()

    def __str__(self) -> str:
        return f"data key of {self.account_id}"


class ApiKey(models.Model):
    """An OAuth 1.0 key of the site. Its two secrets are sealed: checking a signature needs them in clear."""

    id = models.CharField(primary_key=True, max_length=32)
    account = models.ForeignKey(Account, models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100)
    app_key = models.CharField(max_length=64, unique=True)
    access_token = models.CharField(max_length=64)
    sealed_secret = models.BinaryField()
    sealed_token_secret = models.BinaryField()
    permissions = models.JSONField()
    created = models.BigIntegerField(help_text="epoch milliseconds")
    revoked = models.BigIntegerField(null=True, help_text="epoch milliseconds")

    def __str__(self) -> str:
        return f"API key {self.id} of {self.account_id}"


class WriteKey(models.Model):
    """A key with which a producer sends events. Of its token only the digest is kept, unless it is publishable."""

    id = models.CharField(primary_key=True, max_length=32)
    account = models.ForeignKey(Account, models.CASCADE, related_name="write_keys")
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    permissions = models.JSONField()
    origins = models.JSONField(default=list, help_text="of a publishable key: whose pages may send with it")
    token = models.CharField(max_length=64, null=True, help_text="of a publishable key, which is no secret")
    created = models.BigIntegerField(help_text="epoch milliseconds")
    revoked = models.BigIntegerField(null=True, help_text="epoch milliseconds")

    def __str__(self) -> str:
        return f"write key {self.id} of {self.account_id}"


class Credential(models.Model):
    """With what a user of the account logs in. The user itself is a configuration object; this is no part of it."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="credentials")
    number = models.BigIntegerField(help_text="the user's id")
    password = models.CharField(max_length=200, help_text="argon2id")
    fingerprint = models.CharField(max_length=16, help_text="by which the audit trail tells it from others")
    changed = models.BigIntegerField(help_text="when the password was set, epoch milliseconds")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "number"], name="a_user_has_one_password"),
        ]

    def __str__(self) -> str:
        return f"credential of user {self.number} of {self.account_id}"


class PasswordRules(models.Model):
    """What the passwords of an account's users must be; an account without a row has these defaults."""

    account = models.OneToOneField(Account, models.CASCADE, primary_key=True, related_name="+")
    min_length = models.PositiveIntegerField(default=12)
    strength = models.PositiveIntegerField(default=2, help_text="the least score of zxcvbn, 0 to 4")
    history = models.PositiveIntegerField(default=5, help_text="so many of the last ones are not taken again")
    expiry_days = models.PositiveIntegerField(default=0, help_text="0: never")

    def __str__(self) -> str:
        return f"password rules of {self.account_id}"


class FormerPassword(models.Model):
    """A password that a user had, so that it is not chosen again."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="+", db_index=False)
    number = models.BigIntegerField(help_text="the user's id")
    password = models.CharField(max_length=200, help_text="argon2id")
    changed = models.BigIntegerField(help_text="when it was replaced, epoch milliseconds")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["account", "number"], name="former_passwords_of_a_user")]

    def __str__(self) -> str:
        return f"former password of user {self.number} of {self.account_id}"
