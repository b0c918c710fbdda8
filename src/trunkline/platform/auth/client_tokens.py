"""OAuth 2.0 client credentials: app key and secret of an API key for an access token that lasts an hour.

The token says who, not what: its permissions are those that the key has when it is used, and with the key it is revoked.
"""

import secrets
from dataclasses import dataclass, field
from hmac import compare_digest

from joserfc import jwt
from joserfc.errors import JoseError

from trunkline.clock import REAL
from trunkline.platform.actors import Actor
from trunkline.platform.audit.notices import Event, note
from trunkline.platform.auth.api_keys import actor_of_key, find_key, is_valid, secrets_of
from trunkline.platform.auth.signing_keys import TOKEN_LIFE, signing_key, verifying_keys
from trunkline.platform.refusals import NotProven
from trunkline.platform.seen import Seen

ISSUER = "Sentinel"
ALGORITHM = "RS256"


@dataclass(frozen=True)
class AccessToken:
    token: str = field(repr=False)
    scope: str


def issue(account_id: str, client_id: str, client_secret: str, *, seen: Seen) -> AccessToken:
    """An access token for whoever has the key. Raises `NotProven`."""
    key = find_key(client_id)
    actor = actor_of_key(key, seen, "oauth2")
    right = compare_digest(secrets_of(key)[0].encode(), client_secret.encode("utf-8", "replace"))
    if not (right & is_valid(key)) or key.account_id != account_id:
        note(key.account_id, Event.TOKEN_REFUSED, actor)
        raise NotProven(
            "The account, the client_id or the client_secret is wrong, or the key was revoked.",
            reason="invalid_client",
        )
    now = REAL.now() // 1000
    scope = " ".join(sorted(key.permissions))
    claims = {
        "aud": account_id,
        "azp": key.app_key,
        "scope": scope,
        "iss": ISSUER,
        "iat": now,
        "exp": now + TOKEN_LIFE // 1000,
        "jti": secrets.token_hex(8),
    }
    signing = signing_key()
    token = jwt.encode({"alg": ALGORITHM, "kid": signing.kid}, claims, signing)
    note(account_id, Event.TOKEN_ISSUED, actor)
    return AccessToken(token, scope)


def actor_of_token(token: str, seen: Seen) -> Actor:
    """The key for which this token was issued, with its permissions of this moment. Raises `NotProven`."""
    try:
        claims = jwt.decode(token, verifying_keys(), algorithms=[ALGORITHM]).claims
        good = claims["iss"] == ISSUER and claims["exp"] > REAL.now() // 1000
    except (JoseError, ValueError, KeyError, TypeError):
        good = False
    if not good:
        raise NotProven(
            "The access token is not one of ours or has expired; ask for a new one.", reason="invalid_token"
        )
    key = find_key(str(claims["azp"]))
    if not is_valid(key) or key.account_id != claims["aud"]:
        raise NotProven("The key of this access token was revoked.", reason="invalid_token")
    return actor_of_key(key, seen, "oauth2")
