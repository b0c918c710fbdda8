"""Passwords as argon2id: how they are hashed, and that not too many are at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from threading import BoundedSemaphore

from django.contrib.auth.hashers import Argon2PasswordHasher, make_password, verify_password

from trunkline.platform.refusals import TooMany

# Each takes a core and its memory for as long as it runs; what waits longer than this is told to come again.
AT_ONCE = 4
WAIT_S = 5

_hashing = BoundedSemaphore(AT_ONCE)


class Argon2id(Argon2PasswordHasher):
    """Above the floor that OWASP names (19 MiB, two passes, one lane); hashes made by others are renewed at log-in."""

    time_cost = 2
    memory_cost = 32 * 1024
    parallelism = 1


@dataclass(frozen=True)
class Verified:
    right: bool
    outdated: bool
    """Hashed by other parameters than today's."""


def hash_password(password: str) -> str:
    """Raises `TooMany`."""
    with _turn():
        return make_password(password)


def verify(password: str, kept: str | None) -> Verified:
    """Compare with a hash; with None, of a user who is unknown, the work is the same. Raises `TooMany`."""
    against = kept or _of_nobody()
    with _turn():
        right, outdated = verify_password(password, against)
    return Verified(right and kept is not None, outdated and right)


@contextmanager
def _turn() -> Iterator[None]:
    if not _hashing.acquire(timeout=WAIT_S):
        raise TooMany("Too many log-ins at once; try again in a few seconds.", retry_after=5, reason="busy")
    try:
        yield
    finally:
        _hashing.release()


@cache
def _of_nobody() -> str:
    return make_password("of nobody")
