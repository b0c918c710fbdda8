"""Each signed request counts once."""

import threading

from django.db import IntegrityError, transaction

from trunkline.platform.auth.models import Nonce
from trunkline.platform.auth.oauth1 import WINDOW_S, Claims
from trunkline.platform.auth.problems import SignatureProblem

# A timestamp may lie ahead of our clock by the window and is accepted until the window has passed: twice the window.
# The third one is for a clock that was set back meanwhile.
KEPT_S = 3 * WINDOW_S
PRUNED_EVERY_S = 60

_pruning = threading.Lock()
_pruned_at = 0


def use(claims: Claims, now: int) -> None:
    """Let this request count. Raises `SignatureProblem` if it did before; `now` in epoch seconds.

    Call it only after the signature was found right, or anybody could fill the table or use up others' nonces.
    """
    _prune(now)
    try:
        with transaction.atomic():
            Nonce.objects.create(
                app_key=claims.app_key,
                access_token=claims.access_token,
                timestamp=claims.timestamp,
                nonce=claims.nonce,
            )
    except IntegrityError:
        raise SignatureProblem(
            "nonce_used", "this request was received before; sign again with a new nonce"
        ) from None


def _prune(now: int) -> None:
    global _pruned_at
    if now - _pruned_at < PRUNED_EVERY_S or not _pruning.acquire(blocking=False):
        return
    try:
        Nonce.objects.filter(timestamp__lt=now - KEPT_S).delete()
        _pruned_at = now
    finally:
        _pruning.release()
