"""From a signed request to the actor who sent it."""

import secrets
from dataclasses import dataclass, field
from functools import cache
from hmac import compare_digest

from trunkline.clock import REAL
from trunkline.platform.accounts.models import ApiKey
from trunkline.platform.accounts.secrets import sealer
from trunkline.platform.actors import Actor, Kind
from trunkline.platform.auth import nonces
from trunkline.platform.auth.oauth1 import Claims, SignedRequest, check_body_hash, is_signed_by, read_claims
from trunkline.platform.auth.problems import SignatureProblem


@dataclass(frozen=True)
class _Key:
    """A key as it was found, secrets still sealed."""

    id: str
    account_id: str
    access_token: str
    permissions: frozenset[str]
    valid: bool
    data_key: bytes = field(repr=False)
    secret: bytes = field(repr=False)
    token_secret: bytes = field(repr=False)


def authenticate(request: SignedRequest) -> Actor:
    """The key that signed this request, as an actor. Raises `SignatureProblem`; a second time for any request."""
    now = REAL.now() // 1000
    claims = read_claims(request, now)
    # An unknown key costs the same work as a known one: the time must not tell which keys exist.
    key = _find(claims.app_key) or _nobody()
    known = key.valid & compare_digest(key.access_token.encode(), claims.access_token.encode())
    signed = _is_signed(request, claims, key)
    if not known:
        raise SignatureProblem("token_rejected", "the app key or access token is unknown or was revoked")
    if not signed:
        raise SignatureProblem(
            "signature_invalid",
            f"the signature does not fit; it covers {request.method} {request.url}, the query and the oauth_ parameters",
        )
    check_body_hash(request, claims)
    nonces.use(claims, now)
    return Actor(Kind.KEY, key.id, key.account_id, key.permissions)


def _find(app_key: str) -> _Key | None:
    # PostgreSQL takes no NUL in a text, not even to look for it.
    if not app_key.isprintable():
        return None
    row = ApiKey.objects.select_related("account__data_key").filter(app_key=app_key[:64]).first()
    if row is None:
        return None
    return _Key(
        id=row.id,
        account_id=row.account_id,
        access_token=row.access_token,
        permissions=frozenset(row.permissions),
        valid=row.revoked is None,
        data_key=bytes(row.account.data_key.sealed),
        secret=bytes(row.sealed_secret),
        token_secret=bytes(row.sealed_token_secret),
    )


@cache
def _nobody() -> _Key:
    """A key that nobody holds, to spend time on."""
    sealed = sealer().new_data_key("")
    data_key = sealer().open_data_key("", sealed)
    return _Key(
        id="",
        account_id="",
        access_token=secrets.token_hex(16),
        permissions=frozenset(),
        valid=False,
        data_key=sealed,
        secret=data_key.seal(secrets.token_hex(16), record="", field="secret"),
        token_secret=data_key.seal(secrets.token_hex(16), record="", field="token_secret"),
    )


def _is_signed(request: SignedRequest, claims: Claims, key: _Key) -> bool:
    data_key = sealer().open_data_key(key.account_id, key.data_key)
    secret = data_key.open(key.secret, record=key.id, field="secret")
    token_secret = data_key.open(key.token_secret, record=key.id, field="token_secret")
    return is_signed_by(request, claims, secret, token_secret)
