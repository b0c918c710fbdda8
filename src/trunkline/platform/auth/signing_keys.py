"""The keys that sign access tokens: made once, sealed, in turn. What an older one signed is accepted until it has expired."""

from functools import lru_cache
from typing import Any

import structlog
from django.db import IntegrityError, transaction
from joserfc.jwk import KeySet, RSAKey

from trunkline.clock import HOUR_MS, REAL
from trunkline.platform.accounts.secrets import sealer
from trunkline.platform.actors import Actor, Kind
from trunkline.platform.auth.models import SigningKey
from trunkline.platform.refusals import NotPermitted

log = structlog.get_logger()

BITS = 2048
TOKEN_LIFE = HOUR_MS
# Longer than the tokens that it signed, and than verifiers keep our key set.
OVERLAP = 2 * TOKEN_LIFE

_FIELD = "private"


def signing_key() -> RSAKey:
    """The key that signs at present; the first is made when it is needed."""
    row = SigningKey.objects.filter(retired=0).first() or _make()
    return _opened(row.kid, bytes(row.sealed_data_key), bytes(row.sealed))


def verifying_keys() -> KeySet:
    """The public keys whose signatures are accepted."""
    return KeySet([RSAKey.import_key(row.public) for row in _accepted()])


def published_keys() -> dict[str, Any]:
    """The key set (RFC 7517) for those who check tokens themselves."""
    signing_key()
    return {"keys": [row.public for row in _accepted()]}


def rotate_signing_key(actor: Actor) -> str:
    """From now on a new key signs; tokens that the old one signed stay good until they expire. The new key's id."""
    if actor.kind != Kind.OPERATOR:
        raise NotPermitted("Only an operator rotates the key that signs access tokens.")
    with transaction.atomic():
        SigningKey.objects.filter(retired=0).update(retired=REAL.now())
        row = _create()
        SigningKey.objects.filter(retired__gt=0, retired__lt=REAL.now() - OVERLAP).delete()
    log.info("signing key rotated", kid=row.kid)
    return row.kid


def reseal_signing_keys(actor: Actor) -> None:
    """Their data keys, too, are to be sealed by the first key of the settings."""
    if actor.kind != Kind.OPERATOR:
        raise NotPermitted("Only an operator rotates the sealing keys.")
    for row in SigningKey.objects.all():
        row.sealed_data_key = sealer().reseal_data_key("", bytes(row.sealed_data_key))
        row.save(update_fields=["sealed_data_key"])


def _accepted() -> list[SigningKey]:
    since = REAL.now() - OVERLAP
    return [row for row in SigningKey.objects.order_by("-id") if row.retired == 0 or row.retired > since]


def _make() -> SigningKey:
    try:
        with transaction.atomic():
            return _create()
    except IntegrityError:
        # Another process was first.
        return SigningKey.objects.get(retired=0)


def _create() -> SigningKey:
    key = RSAKey.generate_key(BITS, {"use": "sig", "alg": "RS256"}, private=True)
    kid = key.thumbprint()
    sealed_data_key = sealer().new_data_key("")
    data_key = sealer().open_data_key("", sealed_data_key)
    return SigningKey.objects.create(
        kid=kid,
        public={**key.as_dict(private=False), "kid": kid},
        sealed_data_key=sealed_data_key,
        sealed=data_key.seal(key.as_pem(private=True).decode(), record=kid, field=_FIELD),
        created=REAL.now(),
    )


@lru_cache(maxsize=4)
def _opened(kid: str, sealed_data_key: bytes, sealed: bytes) -> RSAKey:
    text = sealer().open_data_key("", sealed_data_key).open(sealed, record=kid, field=_FIELD)
    return RSAKey.import_key(text, {"kid": kid, "use": "sig", "alg": "RS256"})
