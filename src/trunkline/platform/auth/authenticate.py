"""From a signed request to the actor who sent it."""

from hmac import compare_digest

from trunkline.clock import REAL
from trunkline.platform.accounts.models import ApiKey
from trunkline.platform.actors import Actor
from trunkline.platform.audit.notices import Event, note
from trunkline.platform.auth import nonces
from trunkline.platform.auth.api_keys import actor_of_key, find_key, is_valid, secrets_of
from trunkline.platform.auth.oauth1 import Claims, SignedRequest, check_body_hash, is_signed_by, read_claims
from trunkline.platform.auth.problems import SignatureProblem
from trunkline.platform.seen import Seen


def authenticate(request: SignedRequest, seen: Seen) -> Actor:
    """The key that signed this request, as an actor. Raises `SignatureProblem`; a second time for any request."""
    now = REAL.now() // 1000
    claims = read_claims(request, now)
    key = find_key(claims.app_key)
    actor = actor_of_key(key, seen, "oauth1")
    try:
        _check(request, claims, key)
        nonces.use(claims, now)
    except SignatureProblem as problem:
        note(key.account_id, Event.SIGNATURE_REFUSED, actor, problem=problem.problem)
        raise
    return actor


def _check(request: SignedRequest, claims: Claims, key: ApiKey) -> None:
    known = is_valid(key) & compare_digest(key.access_token.encode(), claims.access_token.encode())
    # Asked of an unknown key, too: the time must not tell which keys exist.
    signed = is_signed_by(request, claims, *secrets_of(key))
    if not known:
        raise SignatureProblem("token_rejected", "the app key or access token is unknown or was revoked")
    if not signed:
        raise SignatureProblem(
            "signature_invalid",
            f"the signature does not fit; it covers {request.method} {request.url}, the query and the oauth_ parameters",
        )
    check_body_hash(request, claims)
