"""Every table, and whether what is in it is configuration: what triggers watch and the checker compares with the trail.

A table that is in neither list fails a test, and so does a column that nobody has thought about.
"""

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import Model


@dataclass(frozen=True)
class Watched:
    """A table of configuration. A change of any column but the stamps leaves a row in the shadow."""

    label: str
    """Of the model, such as `accounts.ApiKey`."""
    shown: frozenset[str]
    """Columns that the shadow keeps as they are."""
    hidden: frozenset[str] = frozenset()
    """Columns that are secret or large: the shadow says that a row was changed, never to what."""
    stamps: frozenset[str] = frozenset()
    """Columns that are no configuration: they follow from others, or move without anybody's decision."""
    account: str = "account_id"

    @property
    def model(self) -> type[Model]:
        return apps.get_model(self.label)

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    @property
    def key(self) -> str:
        """The column that tells a row from others."""
        return str(self.model._meta.pk.column)

    @property
    def columns(self) -> list[str]:
        """Those that are watched, in the order of the table."""
        wanted = self.shown | self.hidden
        return [column for column in columns_of(self.model) if column in wanted]


def columns_of(model: type[Model]) -> list[str]:
    return [str(field.column) for field in model._meta.local_concrete_fields]


def _columns(text: str) -> frozenset[str]:
    return frozenset(text.split())


WATCHED: tuple[Watched, ...] = (
    Watched(
        "accounts.Account",
        shown=_columns("id name time_zone"),
        stamps=_columns("created"),
        account="id",
    ),
    Watched(
        "accounts.AccountDataType",
        shown=_columns(
            "account_id data_type switched_on heartbeats inactivity_minutes maximum_hours drop_late schema_version"
        ),
        stamps=_columns("id"),
    ),
    Watched(
        "accounts.PublicKey",
        shown=_columns("account_id fingerprint user_ids algorithm expires"),
        hidden=_columns("armored"),
        stamps=_columns("set"),
    ),
    Watched(
        "accounts.ApiKey",
        shown=_columns("id account_id name app_key permissions revoked"),
        hidden=_columns("access_token sealed_secret sealed_token_secret"),
        stamps=_columns("created"),
    ),
    Watched(
        "accounts.WriteKey",
        shown=_columns("id account_id name permissions origins revoked"),
        hidden=_columns("digest token"),
        stamps=_columns("created"),
    ),
    Watched(
        "accounts.Credential",
        shown=_columns("account_id number fingerprint"),
        hidden=_columns("password"),
        stamps=_columns("id changed"),
    ),
    Watched("accounts.PasswordRules", shown=_columns("account_id min_length strength history expiry_days")),
    Watched(
        "api_auth.SecondFactor",
        shown=_columns("account_id number fingerprint"),
        hidden=_columns("sealed"),
        stamps=_columns("id step set"),
    ),
    Watched(
        "configuration.ConfigurationObject",
        shown=_columns("account_id type number name name_key deleted values"),
        stamps=_columns("id revision updated"),
    ),
)

NOT_CONFIGURATION: dict[str, str] = {
    "accounts.DataKey": "seals the account's secrets; sealed anew when the operator rotates the sealing keys",
    "accounts.FormerPassword": "made when a password is changed, which the trail says",
    "api_auth.RecoveryCode": "made with a second factor, which the trail says; each use is noted in the security log",
    "audit.Change": "the trail itself",
    "audit.ChangedElement": "the trail itself",
    "audit.Series": "counted from the trail",
    "audit.Head": "the trail itself",
    "audit.Shadow": "the shadow itself",
    "audit.Notice": "what happened and is no change",
    "api_auth.Guess": "tries at passwords",
    "api_auth.KnownPlace": "where log-ins came from",
    "api_auth.LogIn": "log-ins, each noted in the security log",
    "api_auth.SigningKey": "the platform's own keys, of no account",
    "api_auth.Nonce": "requests that were received",
    "configuration.Reference": "made from the values of objects; the checker compares it with them",
    "data_access.ConsumedSegment": "what the pipeline did",
    "data_access.EncryptionKey": "what the pipeline did",
    "data_access.Lease": "what the pipeline does",
    "data_access.PipelineRun": "what the pipeline did",
    "data_access.PublishedFile": "what the pipeline did",
}
"""With the reason."""

BY_LABEL = {watched.label: watched for watched in WATCHED}


def undeclared() -> list[str]:
    """Tables and columns that nobody has thought about, in words."""
    problems: list[str] = []
    for model in apps.get_models():
        label = model._meta.label
        watched: Any = BY_LABEL.get(label)
        if watched is None:
            if label not in NOT_CONFIGURATION:
                problems.append(f"{label} is declared neither as configuration nor as something else")
            continue
        declared = watched.shown | watched.hidden | watched.stamps
        problems += [
            f"{label}.{column} is declared neither as shown, hidden nor a stamp"
            for column in columns_of(model)
            if column not in declared
        ]
        problems += [
            f"{label}.{column} is declared and is not there" for column in declared - set(columns_of(model))
        ]
    return problems
