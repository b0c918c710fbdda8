"""How long a remote store is waited for. One that is away for longer is tried again by whoever needs it."""

import time
from collections.abc import Callable
from typing import TypeVar

from trunkline.store.contract import StoreUnavailable

CONNECT_SECONDS = 5.0
REQUEST_SECONDS = 60.0
"""For one request; large objects are many."""
WAITS = (0.2, 0.8, 3.0)
"""Seconds before each repetition of a request."""
_REPEATABLE = {408, 429, 500, 502, 503, 504}

_Found = TypeVar("_Found")


class Refused(Exception):
    """It would go no better the next time; the text says what went wrong."""


class TryAgain(Exception):
    """What may go better the next time; the text says what went wrong."""


def answered(status: int, told: str) -> Refused | TryAgain:
    """What to raise after an answer that is a failure."""
    return (TryAgain if status in _REPEATABLE else Refused)(f"the server answers {status} {told}".rstrip())


def asked(url: str, key: str, attempt: Callable[[], _Found]) -> _Found:
    """The result of the first attempt that goes well. Raises `StoreUnavailable`, and what else `attempt` raises.

    Every operation on a store can be repeated: one that was done and not answered is done again, with the same bytes.
    """
    try:
        return _patiently(attempt)
    except (Refused, TryAgain) as error:
        raise StoreUnavailable(f"{url}: {key}: {error}") from None


def _patiently(attempt: Callable[[], _Found]) -> _Found:
    for wait in WAITS:
        try:
            return attempt()
        except TryAgain:
            time.sleep(wait)
    return attempt()
