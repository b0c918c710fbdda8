"""Members of the API for what only this program has: settings, data types, encryption, keys."""

from typing import Any

from ninja import Field, Schema
from pydantic import ConfigDict

from trunkline.platform.accounts import facts
from trunkline.platform.accounts.models import (
    Account,
    AccountDataType,
    ApiKey,
    PasswordRules,
    PublicKey,
    WriteKey,
)

# ruff: noqa: N815  # as they are in JSON


class Sent(Schema):
    """Unknown members are refused."""

    model_config = ConfigDict(extra="forbid")


class SentRules(Sent):
    minLength: int | None = Field(None, description="the fewest characters of a password")
    strength: int | None = Field(None, description="how hard to guess, 0 to 4")
    history: int | None = Field(None, description="so many of the last ones are not taken again")
    expiryDays: int | None = Field(None, description="after so many days a new one is asked for; 0: never")


class SentSettings(Sent):
    """A member that is not sent stays as it is."""

    name: str | None = Field(None, max_length=200, description="the brand's name")
    timeZone: str | None = Field(None, max_length=64, description="IANA name; dates are shown in it")
    passwordRules: SentRules | None = Field(None, description="what the users' passwords must be")


class Rules(Schema):
    minLength: int
    strength: int
    history: int
    expiryDays: int


class Settings(Schema):
    id: str
    name: str
    timeZone: str
    passwordRules: Rules


class SentDataType(Sent):
    """A member that is not sent gets its default."""

    switchedOn: bool = Field(True, description="whether files are made of it")
    heartbeats: bool = Field(False, description="producers send heartbeats")
    inactivityMinutes: int | None = Field(None, description="a silent session closes after this")
    maximumHours: int | None = Field(None, description="a session is cut at this length")
    dropLate: bool = Field(False, description="late events go to the dead letters")
    schemaVersion: str | None = Field(
        None, max_length=20, description="shape of the records; by default the oldest"
    )


class DataType(Schema):
    dataType: str
    switchedOn: bool
    heartbeats: bool
    inactivityMinutes: int | None
    maximumHours: int | None
    dropLate: bool
    schemaVersion: str


class SentPublicKey(Sent):
    publicKey: str = Field(max_length=50_000, description="an armored OpenPGP public key")


class Encryption(Schema):
    fingerprint: str
    userIds: list[str]
    algorithm: str
    expires: int | None = Field(description="epoch ms; null: never")
    publicKey: str


class SentPermissions(Sent):
    permissions: list[str] = Field(max_length=50, description="all that the key shall have")


class SentKey(SentPermissions):
    name: str = Field(max_length=100, description="what the key is for")
    origins: list[str] = Field([], max_length=50, description="of a key that stands in pages: their sites")


class Key(Schema):
    id: str
    name: str
    permissions: list[str]
    origins: list[str]
    created: int = Field(description="epoch ms")
    revoked: int | None = Field(description="epoch ms")


class NewKey(Schema):
    """What the key is made of, answered this once: four values of OAuth 1.0, or a token."""

    id: str
    appKey: str | None = None
    secret: str | None = None
    accessToken: str | None = None
    accessTokenSecret: str | None = None
    token: str | None = None


def shown_settings(account: Account, rules: PasswordRules) -> dict[str, Any]:
    return {"id": account.id, **facts.of_account(account), "passwordRules": facts.of_password_rules(rules)}


def shown_data_type(row: AccountDataType) -> dict[str, Any]:
    return {"dataType": row.data_type, **facts.of_data_type(row)}


def shown_encryption(row: PublicKey) -> dict[str, Any]:
    return {**facts.of_public_key(row), "publicKey": row.armored}


def shown_key(row: ApiKey | WriteKey) -> dict[str, Any]:
    """Without what it is made of."""
    return {
        "id": row.id,
        "name": row.name,
        "permissions": row.permissions,
        "origins": row.origins if isinstance(row, WriteKey) else [],
        "created": row.created,
        "revoked": row.revoked,
    }
