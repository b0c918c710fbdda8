"""Logging bots in: by their log-in name and the API key that the user allows (`allowedAppKeys`)."""

from dataclasses import dataclass, field
from hmac import compare_digest

from trunkline.platform.accounts.models import ApiKey
from trunkline.platform.actors import Actor, Permission
from trunkline.platform.audit.notices import Event, note
from trunkline.platform.auth.api_keys import actor_of_key, find_key, is_valid, secrets_of
from trunkline.platform.auth.logins import AUTH_TYPES, LogInKind, NewLogIn, begin
from trunkline.platform.auth.proving import find_by_name
from trunkline.platform.configuration.models import ConfigurationObject
from trunkline.platform.refusals import NotProven
from trunkline.platform.seen import Seen

PLACEHOLDER = "dummy"
"""What is published to be sent for the access token by those who have an OAuth 2.0 client: app key and secret alone."""


@dataclass(frozen=True)
class KeyValues:
    """The four values of an API key, as they are sent."""

    app_key: str
    secret: str = field(repr=False)
    access_token: str = PLACEHOLDER
    access_token_secret: str = field(default=PLACEHOLDER, repr=False)


def log_in_application(account_id: str, login_name: str, values: KeyValues, *, seen: Seen) -> NewLogIn:
    """Log a user in by an API key. Raises `NotProven`, and `NotPermitted` for a key without the permission."""
    key = find_key(values.app_key)
    actor = actor_of_key(key, seen, "oauth1")
    if not _holds(key, values) or key.account_id != account_id:
        raise _refused(key.account_id, actor)
    if not actor.may(Permission.LOG_IN, account_id):
        note(account_id, Event.REQUEST_DENIED, actor, permission=Permission.LOG_IN)
    actor.require(Permission.LOG_IN, account_id)
    user = find_by_name(account_id, login_name)
    if user is None or not user.values["isEnabled"] or key.app_key not in _allowed(user):
        raise _refused(account_id, actor)
    return begin(user, seen, LogInKind.API, AUTH_TYPES[LogInKind.API], key=key.id)


def _holds(key: ApiKey, values: KeyValues) -> bool:
    secret, token_secret = secrets_of(key)
    right = is_valid(key) & _same(secret, values.secret)
    if values.access_token == values.access_token_secret == PLACEHOLDER:
        return right
    return (
        right & _same(key.access_token, values.access_token) & _same(token_secret, values.access_token_secret)
    )


def _same(kept: str, sent: str) -> bool:
    return compare_digest(kept.encode(), sent.encode("utf-8", "replace"))


def _allowed(user: ConfigurationObject) -> set[str]:
    return {part.strip() for part in (user.values["allowedAppKeys"] or "").split(",")}


def _refused(account_id: str, actor: Actor) -> NotProven:
    note(account_id, Event.LOG_IN_REFUSED, actor)
    return NotProven(
        "The account, the user name or the key is wrong, or the user does not allow this key; its allowedAppKeys must "
        "hold the appKey.",
        reason="log_in_refused",
    )
