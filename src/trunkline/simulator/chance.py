"""Chance that can be repeated: every draw belongs to a key such as (seed, account, subject, agent, day)."""

from collections.abc import Sequence
from hashlib import blake2b
from random import Random
from typing import TypeVar

T = TypeVar("T")


def stream(*key: object) -> Random:
    """A source of random numbers for `key`: independent of all others, the same on every machine."""
    return Random(_number(key))  # noqa: S311 - repeatable on purpose, guards nothing


def chance(*key: object) -> float:
    """One number in [0, 1) for `key`; much cheaper than a stream."""
    return _number(key) / 2**64


def pick(draw: Random, of: Sequence[T]) -> T:
    """One of them; several times as quick as `Random.choice`."""
    return of[int(draw.random() * len(of))]


def identity(*key: object) -> str:
    """20 hexadecimal digits that stand for `key`."""
    return blake2b(_text(key), digest_size=10).hexdigest()


def _number(key: tuple[object, ...]) -> int:
    return int.from_bytes(blake2b(_text(key), digest_size=8).digest(), "big")


def _text(key: tuple[object, ...]) -> bytes:
    return "|".join(map(str, key)).encode()
