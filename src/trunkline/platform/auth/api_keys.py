"""API keys as whoever proves to hold one needs them: found by app key, opened, and as actors."""

import secrets
from functools import cache

from trunkline.platform.accounts.models import Account, ApiKey, DataKey
from trunkline.platform.accounts.secrets import sealer
from trunkline.platform.actors import Actor, Kind
from trunkline.platform.isolation.account import act_for
from trunkline.platform.isolation.lookups import account_of
from trunkline.platform.seen import Seen


def find_key(app_key: str) -> ApiKey:
    """The key, revoked or not, and act for its account from here on; one that nobody holds where there is none, so that the work is the same."""
    # PostgreSQL takes no NUL in a text, not even to look for it.
    asked = app_key[:64] if app_key.isprintable() else ""
    act_for(account_of(ApiKey, "app_key", asked))
    found = ApiKey.objects.select_related("account__data_key").filter(app_key=asked).first()
    return found or _nobody()


def is_valid(key: ApiKey) -> bool:
    return bool(key.id) and key.revoked is None


def secrets_of(key: ApiKey) -> tuple[str, str]:
    """Its secret and its access token's."""
    data_key = sealer().open_data_key(key.account_id, bytes(key.account.data_key.sealed))
    return (
        data_key.open(bytes(key.sealed_secret), record=key.id, field="secret"),
        data_key.open(bytes(key.sealed_token_secret), record=key.id, field="token_secret"),
    )


def actor_of_key(key: ApiKey, seen: Seen, auth_type: str) -> Actor:
    originator = seen.originator(auth_type, name=key.name, login_name=key.app_key)
    return Actor(Kind.KEY, key.id, key.account_id, frozenset(key.permissions), originator)


@cache
def _nobody() -> ApiKey:
    sealed = sealer().new_data_key("")
    data_key = sealer().open_data_key("", sealed)
    account = Account(id="")
    account.data_key = DataKey(account=account, sealed=sealed)
    return ApiKey(
        id="",
        account=account,
        name="",
        app_key="",
        access_token=secrets.token_hex(16),
        sealed_secret=data_key.seal(secrets.token_hex(16), record="", field="secret"),
        sealed_token_secret=data_key.seal(secrets.token_hex(16), record="", field="token_secret"),
        permissions=[],
        created=0,
    )
