"""Settings, data types and keys as the configuration API has them."""

from typing import Any

from ninja import Field, Schema
from pydantic import ConfigDict

from trunkline.platform.accounts import facts
from trunkline.platform.accounts.keys import NewApiKey, NewWriteKey
from trunkline.platform.accounts.models import ApiKey, PublicKey, WriteKey


class _Written(Schema):
    model_config = ConfigDict(extra="forbid")


class Settings(_Written):
    name: str = Field(description="of the brand")
    timeZone: str = Field(description="IANA name; dates are shown in it")


class PasswordRules(_Written):
    minLength: int = Field(description="the fewest characters, 8 to 128")
    strength: int = Field(description="how hard to guess, 0 to 4, as zxcvbn judges it")
    history: int = Field(description="so many of the last ones are not taken again")
    expiryDays: int = Field(description="must be changed after so many days; 0: never")


class DataTypeRules(_Written):
    switchedOn: bool = Field(description="off: its rules are kept as they are, whatever else is sent")
    heartbeats: bool = Field(False, description="producers send heartbeats")
    inactivityMinutes: int | None = Field(None, description="null: as the data type has it")
    maximumHours: int | None = Field(None, description="null: as the data type has it")
    dropLate: bool = Field(False, description="late events go to the dead letters")
    schemaVersion: str | None = Field(None, description="null: the oldest, as first published")


class DataType(DataTypeRules):
    dataType: str


class NewPublicKey(_Written):
    key: str = Field(
        max_length=30_000, pattern=r"^[\t\n\r -~]*$", description="an armored OpenPGP public key"
    )


class Encryption(Schema):
    fingerprint: str
    userIds: list[str]
    algorithm: str
    expires: int | None = Field(description="epoch milliseconds; null: never")
    key: str = Field(description="armored, as it was set")


class KeyPermissions(_Written):
    permissions: list[str] = Field(max_length=100, description="all that the key shall have")


class NewKey(KeyPermissions):
    name: str = Field(description="what it is for")
    origins: list[str] = Field([], max_length=100, description="of a key that stands in pages: its sites")


class Key(Schema):
    id: str
    kind: str = Field(description="`apiKey` or `writeKey`")
    name: str
    permissions: list[str]
    origins: list[str]
    created: int = Field(description="epoch milliseconds")
    revoked: int | None = Field(description="epoch milliseconds; null: in force")


class MadeKey(Schema):
    """What a key is made of, this once: an OAuth 1.0 key has the four values, another a token."""

    id: str
    appKey: str | None = None
    secret: str | None = None
    accessToken: str | None = None
    accessTokenSecret: str | None = None
    token: str | None = None


def data_type(row: Any) -> dict[str, Any]:
    return {"dataType": row.data_type, **facts.of_data_type(row)}


def key(row: ApiKey | WriteKey) -> dict[str, Any]:
    return {
        "id": row.id,
        "kind": "apiKey" if isinstance(row, ApiKey) else "writeKey",
        "name": row.name,
        "permissions": row.permissions,
        "origins": getattr(row, "origins", []),
        "created": row.created,
        "revoked": row.revoked,
    }


def made_key(new: NewApiKey | NewWriteKey) -> dict[str, Any]:
    if isinstance(new, NewWriteKey):
        return {"id": new.id, "token": new.token}
    return {
        "id": new.id,
        "appKey": new.app_key,
        "secret": new.secret,
        "accessToken": new.access_token,
        "accessTokenSecret": new.access_token_secret,
    }


def encryption(row: PublicKey) -> dict[str, Any]:
    return {**facts.of_public_key(row), "key": row.armored}
